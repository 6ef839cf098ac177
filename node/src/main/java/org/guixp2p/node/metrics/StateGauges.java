// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.guixp2p.persistence.reputation.Standings;

/** Gauges of the state that was looked at last; of one that nobody could tell they say that they do not know (NaN). */
final class StateGauges {
    private static final List<String> SCORES = List.of("0-0.25", "0.25-0.5", "0.5-0.75", "0.75-1");

    private final MeterRegistry registry;
    private volatile Optional<NodeState> state = Optional.empty();

    StateGauges(MeterRegistry registry, TrafficRates rates) {
        this.registry = registry;
        rate("guix.p2p.receive.bytes.per.second", "received", rates::received);
        rate("guix.p2p.serve.bytes.per.second", "given to others", rates::served);
        gauge("guix.p2p.uptime.seconds", "Since the node was ready", Tags.empty(),
                now -> (double) now.status().uptimeSeconds());
        gauge("guix.p2p.transfers.active", "Downloads under way", Tags.empty(), now -> now.status().activeTransfers());
        gauge("guix.p2p.seeds", "NARs that are offered", Tags.empty(), now -> now.status().seeds());
        gauge("guix.p2p.peers", "Peers that are connected", Tags.of("session", "full"),
                now -> now.status().connectedPeers());
        gauge("guix.p2p.peers", "Peers that are connected", Tags.of("session", "light"),
                now -> now.status().lightPeers());
        gauge("guix.p2p.dht.nodes", "Nodes of the DHT that are known", Tags.empty(), now -> now.status().dhtNodes());
        gauge("guix.p2p.provider.records", "Keys under which others in the DHT know this node", Tags.empty(),
                now -> now.status().providerRecords());
        reachable("ipv4", now -> reached(now.status().connectivity().ipv4()));
        reachable("ipv6", now -> reached(now.status().connectivity().ipv6()));
        gauge("guix.p2p.reputation.refused.peers", "Peers that are refused for what they did", Tags.empty(),
                now -> now.peers().refused());
        for (int quarter = 0; quarter < Standings.QUARTERS; quarter++) {
            int which = quarter;
            gauge("guix.p2p.reputation.peers", "Peers of which something is remembered, by their score from 0 to 1",
                    Tags.of("score", SCORES.get(quarter)),
                    now -> now.peers().byScore().get(which));
        }
    }

    private void gauge(String name, String about, Tags tags, ToDoubleFunction<NodeState> value) {
        Gauge.builder(name, () -> state.map(value::applyAsDouble).orElse(Double.NaN)).description(about).tags(tags)
                .register(registry);
    }

    private void rate(String name, String what, Supplier<Number> now) {
        Gauge.builder(name, now)
                .description("Bytes of NARs a second that were " + what + " over the last " + RecentRate.SECONDS + " s")
                .register(registry);
    }

    private void reachable(String family, ToDoubleFunction<NodeState> value) {
        gauge("guix.p2p.reachable", "Whether peers elsewhere get through: 1, 0, or NaN while that is not known",
                Tags.of("family", family), value);
    }

    private static double reached(String verdict) {
        return switch (verdict) {
            case "reachable" -> 1;
            case "unreachable" -> 0;
            default -> Double.NaN;
        };
    }

    void show(Optional<NodeState> now) {
        state = now;
    }
}
