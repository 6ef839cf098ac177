// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** What the API reads of the node. Lists come in a stable order. */
public interface NodeView {
    /** Who the node is and how it is configured. */
    CompletionStage<NodeStatus> status();

    /** The peers it is connected to, by peer id. */
    CompletionStage<List<PeerStatus>> peers();

    /** Downloads under way and the latest finished ones, newest first. */
    CompletionStage<List<TransferStatus>> transfers();

    /** What it can give to others, by store path. */
    CompletionStage<List<SeedStatus>> seeds();

    /** How much it may send and receive. */
    CompletionStage<LimitsStatus> limits();

    /** What substitute servers are like: those of the configuration in its order, then others by their URLs. */
    CompletionStage<List<MirrorStatus>> mirrors();
}
