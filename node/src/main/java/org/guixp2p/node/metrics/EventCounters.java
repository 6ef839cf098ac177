// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.NodeEvent;

/** Counts what happens. Safe for several threads; blocks for nothing. */
final class EventCounters {
    private static final Duration[] LOOKUPS = {Duration.ofMillis(10), Duration.ofMillis(50), Duration.ofMillis(100),
        Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofMillis(2500),
        Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(30)};
    private static final String WHOLE = "whole";
    private static final String PART = "part";

    private final TransferCounters transfers;
    private final Labelled<Counter> peers;
    private final Labelled<Counter> connections;
    private final Labelled<Timer> lookups;
    private final Counter lookupsBegun;
    private final Counter providers;
    private final Labelled<Counter> announced;
    private final Labelled<Counter> withdrawn;
    private final Labelled<Counter> inDht;
    private final Labelled<Counter> trusted;
    private final Labelled<Counter> refused;
    private final Counter builds;
    private final Labelled<Counter> seeds;
    private final Counter omitted;

    EventCounters(MeterRegistry registry) {
        this.transfers = new TransferCounters(registry);
        this.peers = Labelled.counters(registry, "guix.p2p.peer.changes", "What happened to connections with peers",
                "change", List.of("dialled", "dial-failed", "refused", "lost", "banned"));
        this.connections = Labelled.counters(registry, "guix.p2p.peer.connections",
                "Sessions that were begun, by who has dialled", "dialled.by", List.of("peer", "node"));
        this.lookups = new Labelled<>(List.of("enough", "exhausted", "late", "cancelled", "failed"),
                how -> Timer.builder("guix.p2p.lookup.duration").tag("outcome", how)
                        .description("How long it took to look for providers that are not connected")
                        .serviceLevelObjectives(LOOKUPS).register(registry));
        this.lookupsBegun = counter(registry, "guix.p2p.lookups.started",
                "How often providers were looked for that are not connected");
        this.providers = counter(registry, "guix.p2p.lookup.providers", "Providers that lookups have found");
        this.announced = Labelled.counters(registry, "guix.p2p.announcements.started",
                "NARs that others are told of", "of", List.of(WHOLE, PART));
        this.withdrawn = Labelled.counters(registry, "guix.p2p.announcements.withdrawn",
                "NARs that others are not told of any more", "of", List.of(WHOLE, PART));
        this.inDht = Labelled.counters(registry, "guix.p2p.dht.announcements",
                "Announcements in the DHT that are over, by whether anybody has taken them", "outcome",
                List.of("kept", "not-kept"));
        this.trusted = narinfos(registry, "trusted");
        this.refused = narinfos(registry, "refused");
        this.builds = counter(registry, "guix.p2p.builds.seen", "Builds that trusted narinfos have named");
        this.seeds = Labelled.counters(registry, "guix.p2p.seed.changes", "NARs that began or ceased to be offered",
                "change", List.of("added", "removed"));
        this.omitted = counter(registry, "guix.p2p.events.omitted", "Events that readers of events were not told of");
    }

    private static Counter counter(MeterRegistry registry, String name, String about) {
        return Counter.builder(name).description(about).register(registry);
    }

    private static Labelled<Counter> narinfos(MeterRegistry registry, String verdict) {
        return new Labelled<>(List.of("peers", "servers"), source -> Counter.builder("guix.p2p.narinfos")
                .description("Narinfos that came, by what was thought of them").tag("verdict", verdict)
                .tag("source", source).register(registry));
    }

    void count(NodeEvent event) {
        switch (event) {
            case NodeEvent.OfPeers one -> count(one);
            case NodeEvent.OfDiscovery one -> count(one);
            case NodeEvent.OfBuilds one -> count(one);
            case NodeEvent.OfTransfers one -> transfers.count(one);
            case NodeEvent.OfSeeds one -> count(one);
            case NodeEvent.EventsOmitted some -> omitted.increment((double) some.count());
        }
    }

    /** A download is over. */
    void over(BuildStatus build) {
        transfers.over(build);
    }

    private void count(NodeEvent.OfPeers event) {
        switch (event) {
            case NodeEvent.PeerDialled _ -> peers.of("dialled").increment();
            case NodeEvent.DialFailed _ -> peers.of("dial-failed").increment();
            case NodeEvent.PeerConnected one -> connections.of(one.inbound() ? "peer" : "node").increment();
            case NodeEvent.PeerRefused _ -> peers.of("refused").increment();
            case NodeEvent.PeerLost _ -> peers.of("lost").increment();
            case NodeEvent.PeerBanned _ -> peers.of("banned").increment();
        }
    }

    private void count(NodeEvent.OfDiscovery event) {
        switch (event) {
            case NodeEvent.LookupStarted _ -> lookupsBegun.increment();
            case NodeEvent.LookupEnded end -> {
                lookups.of(end.how()).record(Duration.ofNanos(Math.round(end.seconds() * 1e9)));
                providers.increment(end.providers());
            }
            case NodeEvent.AnnouncementStarted one -> announced.of(part(one.whole())).increment();
            case NodeEvent.AnnouncementWithdrawn one -> withdrawn.of(part(one.whole())).increment();
            case NodeEvent.AnnouncementEnded end -> inDht.of(end.keptBy() > 0 ? "kept" : "not-kept").increment();
        }
    }

    private static String part(boolean whole) {
        return whole ? WHOLE : PART;
    }

    private void count(NodeEvent.OfBuilds event) {
        switch (event) {
            case NodeEvent.BuildSeen _ -> builds.increment();
            case NodeEvent.MetadataTrusted one -> trusted.of(source(one.server())).increment();
            case NodeEvent.MetadataRefused one -> refused.of(source(one.server())).increment();
        }
    }

    private static String source(String server) {
        return server.contains("://") ? "servers" : "peers";
    }

    private void count(NodeEvent.OfSeeds event) {
        switch (event) {
            case NodeEvent.SeedAdded _ -> seeds.of("added").increment();
            case NodeEvent.SeedRemoved _ -> seeds.of("removed").increment();
            case NodeEvent.BlocksServed some -> transfers.served(some);
        }
    }
}
