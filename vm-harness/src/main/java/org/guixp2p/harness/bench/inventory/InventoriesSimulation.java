// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.inventory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.guixp2p.harness.bench.VirtualTime;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Nodes have sessions with others that are chosen by chance, want items by Zipf's law, and keep what they got last. A lookup asks those
 * whose inventories name the item, one after the other; where none has it, it goes to the DHT, or to a server.
 */
final class InventoriesSimulation {
    /** From the first session to the first lookup: all have told what they have. */
    private static final Duration SETTLING = Duration.ofMinutes(1);
    private static final double HOUR = Duration.ofHours(1).toNanos();

    private final InventoriesPlan plan;
    private final Consumer<String> steps;
    private final Random random;
    private final VirtualTime time = new VirtualTime();
    private final Zipf demand;
    private final List<NarHash> items = new ArrayList<>();
    private final List<SimulatedPeer> nodes = new ArrayList<>();
    private final Map<PeerId, SimulatedPeer> byId = new HashMap<>();
    /** How many nodes have an item. */
    private final Map<NarHash, Integer> owners = new HashMap<>();
    private int looked;
    private int answered;
    private int nobody;
    private int vain;

    /** @param steps told what happens */
    InventoriesSimulation(InventoriesPlan plan, Consumer<String> steps) {
        this.plan = plan;
        this.steps = steps;
        this.random = new Random(plan.seed());
        this.demand = new Zipf(plan.items(), plan.zipf());
    }

    InventoriesReport run() {
        long started = System.nanoTime();
        for (int i = 0; i < plan.items(); i++) {
            items.add(new NarHash(Sha256.hash(("item " + i).getBytes(StandardCharsets.US_ASCII))));
        }
        begin();
        time.run(SETTLING);
        long toldBefore = told();
        double before = time.now();
        steps.accept(plan.lookups() + " lookups");
        nodes.forEach(this::wantNext);
        while (looked < plan.lookups()) {
            time.run(Duration.ofSeconds(1));
        }
        double simulated = (time.now() - before) / 1e9;
        return new InventoriesReport(plan.nodes(), plan.sessions(), plan.items(), plan.zipf(), plan.kept(), looked,
                plan.session().toSeconds(), (double) answered / looked, (double) nobody / looked,
                (double) vain / looked, (told() - toldBefore) / simulated / plan.nodes(),
                nodes.stream().mapToLong(SimulatedPeer::filterBytes).average().orElse(0), simulated,
                (System.nanoTime() - started) / 1e9, plan.seed());
    }

    private long told() {
        return nodes.stream().mapToLong(SimulatedPeer::bytesTold).sum();
    }

    /** Each node has as many items as it keeps, got by the same law. */
    private void begin() {
        steps.accept(plan.nodes() + " nodes get " + plan.kept() + " items each, and meet");
        for (int i = 0; i < plan.nodes(); i++) {
            SimulatedPeer node = new SimulatedPeer(i, plan.kept(), new Random(random.nextLong()), time);
            nodes.add(node);
            byId.put(node.id(), node);
            for (int item : demand.drawDifferent(plan.kept(), random)) {
                get(node, items.get(item));
            }
        }
        for (int node = 0; node < nodes.size(); node++) {
            // Each session is one of two nodes: of an odd number every other node begins the half that is left.
            int begins = plan.sessions() / 2 + (node % 2 == 0 ? plan.sessions() % 2 : 0);
            for (int i = 0; i < begins; i++) {
                meetAnother(nodes.get(node));
            }
        }
    }

    private void get(SimulatedPeer node, NarHash nar) {
        owners.merge(nar, 1, Integer::sum);
        node.get(nar).ifPresent(gone -> owners.merge(gone, -1, Integer::sum));
    }

    private void meetAnother(SimulatedPeer node) {
        if (node.sessions() >= plan.nodes() - 1) {
            return;
        }
        SimulatedPeer other = nodes.get(random.nextInt(nodes.size()));
        while (other == node || node.knows(other)) {
            other = nodes.get(random.nextInt(nodes.size()));
        }
        SimulatedPeer met = other;
        node.meet(met);
        met.meet(node);
        time.at(time.now() + exponential((double) plan.session().toNanos()), () -> {
            node.part(met);
            met.part(node);
            meetAnother(node);
        });
    }

    private long exponential(double mean) {
        return (long) (-Math.log(1 - random.nextDouble()) * mean);
    }

    private void wantNext(SimulatedPeer node) {
        time.at(time.now() + exponential(HOUR / plan.anHour()), () -> {
            if (looked < plan.lookups()) {
                want(node);
                wantNext(node);
            }
        });
    }

    private void want(SimulatedPeer node) {
        NarHash nar = items.get(demand.draw(random));
        if (node.has(nar)) {
            // Nobody looks for what he has.
            return;
        }
        looked++;
        nobody += owners.getOrDefault(nar, 0) == 0 ? 1 : 0;
        for (PeerId peer : node.mayHave(nar)) {
            SimulatedPeer asked = byId.get(peer);
            if (asked != null && asked.has(nar)) {
                answered++;
                break;
            }
            vain++;
            node.missed(peer, nar);
        }
        get(node, nar);
    }

    /** For people. */
    static String line(InventoriesReport report) {
        return String.format(Locale.ROOT,
                "%.1f %% of the lookups answered without the DHT (%.1f %% were for what nobody has), %.2f questions in vain a lookup, "
                        + "%.1f kB told a node and second, %.2f MB of filters a node",
                100 * report.answeredShare(), 100 * report.nobodyShare(), report.vainQuestionsPerLookup(),
                report.bytesToldPerNodeAndSecond() / 1e3, report.filterBytesPerNode() / 1e6);
    }
}
