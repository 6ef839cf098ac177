// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.EventSource;
import org.guixp2p.api.LimitsStatus;
import org.guixp2p.api.MirrorStatus;
import org.guixp2p.api.NodeStatus;
import org.guixp2p.api.NodeView;
import org.guixp2p.api.Page;
import org.guixp2p.api.PeerStatus;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.api.ShareInfo;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.madeup.MadeUpNode;
import org.jspecify.annotations.Nullable;

/** A node that is made up, but for what a test says otherwise. */
class AsMadeUp implements NodeView {
    private final MadeUpNode madeUp;

    AsMadeUp(MadeUpNode madeUp) {
        this.madeUp = madeUp;
    }

    @Override
    public CompletionStage<NodeStatus> status() {
        return madeUp.status();
    }

    @Override
    public CompletionStage<List<PeerStatus>> peers() {
        return madeUp.peers();
    }

    @Override
    public CompletionStage<List<TransferStatus>> transfers() {
        return madeUp.transfers();
    }

    @Override
    public CompletionStage<Page<SeedStatus>> seeds(Page.Wanted wanted) {
        return madeUp.seeds(wanted);
    }

    @Override
    public CompletionStage<LimitsStatus> limits() {
        return madeUp.limits();
    }

    @Override
    public CompletionStage<List<MirrorStatus>> mirrors() {
        return madeUp.mirrors();
    }

    @Override
    public CompletionStage<List<BuildStatus>> builds() {
        return madeUp.builds();
    }

    @Override
    public CompletionStage<ShareInfo> shareInfo() {
        return madeUp.shareInfo();
    }

    @Override
    public Map<String, @Nullable Object> config() {
        return madeUp.config();
    }

    @Override
    public EventSource events() {
        return madeUp.events();
    }
}
