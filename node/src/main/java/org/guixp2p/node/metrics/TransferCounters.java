// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.NodeEvent;

/** Counts what is fetched, and what is given to others. Safe for several threads. */
final class TransferCounters {
    private static final String PEERS = "peers";
    private static final String SERVERS = "servers";
    private static final String DISK = "disk";
    private static final List<String> OUTCOMES = List.of("done", "failed");
    private static final List<String> FROM = List.of(PEERS, SERVERS, "peers-and-servers", DISK, "nowhere");
    private static final Duration[] DURATIONS = {Duration.ofMillis(100), Duration.ofMillis(500), Duration.ofSeconds(1),
        Duration.ofSeconds(5), Duration.ofSeconds(15), Duration.ofMinutes(1), Duration.ofMinutes(5),
        Duration.ofMinutes(30)};

    private final Map<String, Labelled<Counter>> finished = new HashMap<>();
    private final Labelled<Timer> took;
    private final Labelled<Counter> notFromPeers;
    private final Labelled<Counter> receivedBytes;
    private final Labelled<Counter> receivedBlocks;
    private final Labelled<Counter> fallbacks;
    private final Counter begun;
    private final Counter requeued;
    private final Counter corrupt;
    private final Counter rootChanges;
    private final Counter servedBytes;
    private final Counter servedBlocks;

    TransferCounters(MeterRegistry registry) {
        this.begun = counter(registry, "guix.p2p.transfers.started", "Downloads that were begun");
        OUTCOMES.forEach(outcome -> finished.put(outcome, new Labelled<>(FROM,
                from -> Counter.builder("guix.p2p.transfers.finished")
                        .description("Downloads that are over, by how they ended and where the bytes came from")
                        .tag("outcome", outcome).tag("source", from).register(registry))));
        this.took = new Labelled<>(OUTCOMES, outcome -> Timer.builder("guix.p2p.transfer.duration")
                .description("How long downloads took").tag("outcome", outcome)
                .serviceLevelObjectives(DURATIONS).register(registry));
        this.notFromPeers = Labelled.counters(registry, "guix.p2p.transfers.not.from.peers",
                "Downloads that did not come from peers alone, by why", "reason",
                List.of("policy", "private", "no-provider", "too-few", "failed", "slower"));
        this.receivedBytes = new Labelled<>(List.of(PEERS, SERVERS, DISK),
                source -> Counter.builder("guix.p2p.received").baseUnit("bytes")
                        .description("Bytes of NARs that were received, by where they came from").tag("source", source)
                        .register(registry));
        this.receivedBlocks = Labelled.counters(registry, "guix.p2p.blocks.received",
                "Blocks that were received, by where they came from", "source", List.of(PEERS, SERVERS, DISK));
        this.fallbacks = Labelled.counters(registry, "guix.p2p.fallbacks",
                "Turns from one kind of source to the other midway, by to which", "to", List.of(PEERS, SERVERS));
        this.requeued = counter(registry, "guix.p2p.blocks.requeued", "Blocks that had to be asked for again");
        this.corrupt = counter(registry, "guix.p2p.blocks.corrupt", "Blocks that did not match their manifest");
        this.rootChanges = counter(registry, "guix.p2p.root.changes", "Turns from one manifest to another");
        this.servedBytes = Counter.builder("guix.p2p.served").baseUnit("bytes").tag("to", "others")
                .description("Bytes of NARs that were given to others").register(registry);
        this.servedBlocks = counter(registry, "guix.p2p.blocks.served", "Blocks that were given to others");
    }

    private static Counter counter(MeterRegistry registry, String name, String about) {
        return Counter.builder(name).description(about).register(registry);
    }

    void count(NodeEvent.OfTransfers event) {
        switch (event) {
            case NodeEvent.DownloadStarted _ -> begun.increment();
            case NodeEvent.BlocksReceived some -> received(some);
            case NodeEvent.BlocksRequeued some -> requeued.increment((double) some.blocks());
            case NodeEvent.CorruptBlock _ -> corrupt.increment();
            case NodeEvent.RootChanged _ -> rootChanges.increment();
            case NodeEvent.FellBackToHttp _ -> fallbacks.of(SERVERS).increment();
            case NodeEvent.FellBackToPeers _ -> fallbacks.of(PEERS).increment();
            // Their records say more.
            case NodeEvent.PhaseChanged _,NodeEvent.DownloadSucceeded _,NodeEvent.DownloadFailed _ -> {
            }
        }
    }

    private void received(NodeEvent.BlocksReceived some) {
        String kind = some.source().equals(DISK) ? DISK : some.source().contains("://") ? SERVERS : PEERS;
        receivedBytes.of(kind).increment((double) some.bytes());
        receivedBlocks.of(kind).increment((double) some.blocks());
    }

    void served(NodeEvent.BlocksServed some) {
        servedBytes.increment((double) some.bytes());
        servedBlocks.increment((double) some.blocks());
    }

    /** A download is over. */
    void over(BuildStatus build) {
        Labelled<Counter> outcome = finished.get(build.outcome());
        if (outcome != null) {
            outcome.of(build.from()).increment();
        }
        took.of(build.outcome()).record(Duration.ofMillis(Math.round(build.seconds() * 1000)));
        String reason = build.whyNotPeers();
        if (reason != null) {
            notFromPeers.of(reason).increment();
        }
    }
}
