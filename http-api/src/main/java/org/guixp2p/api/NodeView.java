// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What the API reads of the node. Lists come in a stable order. */
public interface NodeView {
    /** Who the node is and how it is configured. */
    CompletionStage<NodeStatus> status();

    /** The peers it is connected to, by peer id. */
    CompletionStage<List<PeerStatus>> peers();

    /** Downloads under way and the latest finished ones, newest first. */
    CompletionStage<List<TransferStatus>> transfers();

    /**
     * What it can give to others: what was named or kept, by store path, then what the store has. What comes after a key is what comes
     * after {@link Page#next}; whatever else it says may be no key.
     */
    CompletionStage<Page<SeedStatus>> seeds(Page.Wanted wanted);

    /** How much it may send and receive. */
    CompletionStage<LimitsStatus> limits();

    /** What substitute servers are like: those of the configuration in its order, then others by their URLs. */
    CompletionStage<List<MirrorStatus>> mirrors();

    /**
     * The latest downloads that are over and, of each item that was not promised since, the last refusal, and why each went as it did: as
     * {@link BuildStatus#latestFirst}.
     */
    CompletionStage<List<BuildStatus>> builds();

    /**
     * Those of an item.
     *
     * @param key as {@link BuildStatus#isOf}
     */
    default CompletionStage<List<BuildStatus>> buildsOf(String key) {
        return builds().thenApply(all -> all.stream().filter(build -> build.isOf(key)).toList());
    }

    /** What others have to know to connect. */
    CompletionStage<ShareInfo> shareInfo();

    /** The settings in effect by their names, without secrets: texts, numbers, lists of texts, or null for what is off. */
    Map<String, @Nullable Object> config();

    /** What happens. */
    EventSource events();
}
