// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.guixp2p.api.NodeInsight;
import org.guixp2p.api.NodeStatus;
import org.guixp2p.node.metrics.NodeMetrics;
import org.guixp2p.node.metrics.NodeState;
import org.guixp2p.node.stages.Recent;
import org.guixp2p.persistence.reputation.Reputation;

/** What takes some work to find out, which is done on threads of its own, and once a while. */
final class Insight implements NodeInsight {
    private static final Duration MOMENT = Duration.ofSeconds(1);
    /** Threads that nobody waits for, made when they are needed. */
    private static final Executor ASIDE = task -> Thread.ofVirtual().name("insight").start(task);

    private final Recent<List<String>> notReady;
    private final Recent<String> metrics;

    /** @param status asks the node how it is doing */
    Insight(Readiness readiness, NodeMetrics counted, Supplier<CompletionStage<NodeStatus>> status,
            Reputation reputation) {
        this.notReady = new Recent<>(() -> readiness.missing(ASIDE), MOMENT, System::nanoTime);
        this.metrics = new Recent<>(
                () -> status.get().thenApply(Optional::of).exceptionally(late -> Optional.empty())
                        .thenApplyAsync(now -> counted.scrape(
                                now.map(said -> new NodeState(said, reputation.standings()))), ASIDE),
                MOMENT, System::nanoTime);
    }

    @Override
    public CompletionStage<List<String>> notReady() {
        return notReady.get();
    }

    @Override
    public CompletionStage<String> metrics() {
        return metrics.get();
    }
}
