// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;
import org.guixp2p.node.discovery.dht.IdRule;
import org.guixp2p.node.discovery.dht.Seeker;
import org.guixp2p.protocol.dht.DhtId;

/**
 * Lets a network grow, has peers announce themselves, and looks for them: each by a node and under a key that were not used before.
 * Nodes are those of the program; time is virtual.
 */
final class DhtSimulation {
    private static final int ROUTERS = 3;
    private static final int PEER_PORT = 4711;
    private static final Duration BETWEEN_JOINS = Duration.ofMillis(20);
    private static final Duration SETTLING = Duration.ofMinutes(5);
    private static final Duration LONGEST_LOOKUP = Duration.ofSeconds(30);
    /** From an announcement to the lookup, with nodes that come and go between. */
    private static final Duration AGE = Duration.ofMinutes(15);
    /** Nodes near a key to which attackers make themselves known. */
    private static final int CROWDED = 40;

    private final DhtPlan plan;
    private final Consumer<String> steps;
    private final Random random;
    private final VirtualNetwork network;
    private final Sybils sybils;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final List<Trial> trials = new ArrayList<>();

    /** One lookup. */
    private final class Trial implements Seeker {
        private final DhtId key;
        private final SimulatedNode peer;
        private long begun;
        private long questionsBefore;
        private long first = Long.MAX_VALUE;
        private long messages = -1;
        private SimulatedNode asker;

        private Trial() {
            key = DhtId.random(random);
            peer = any();
            asker = peer;
        }

        private void announce() {
            if (network.runs(peer)) {
                peer.node().announce(key, PEER_PORT, took -> {});
                peer.plan();
            }
        }

        private void look() {
            if (!network.runs(peer)) {
                return;
            }
            while (asker == peer) {
                asker = any();
            }
            begun = network.now();
            questionsBefore = asker.questions();
            asker.node().find(key, this);
            asker.plan();
        }

        private boolean isLooked() {
            return asker != peer;
        }

        private boolean hasFound() {
            return first < Long.MAX_VALUE;
        }

        @Override
        public void found(InetSocketAddress found) {
            if (found.equals(new InetSocketAddress(peer.address().getAddress(), PEER_PORT))) {
                first = Math.min(first, network.now() - begun);
            }
        }

        @Override
        public void over() {
            messages = asker.questions() - questionsBefore;
        }
    }

    /** @param steps told what happens */
    DhtSimulation(DhtPlan plan, Consumer<String> steps) {
        this.plan = plan;
        this.steps = steps;
        this.random = new Random(plan.seed());
        this.network = new VirtualNetwork(new Random(random.nextLong()), plan.loss());
        this.sybils = new Sybils(network, plan.rule(), plan.sybils());
    }

    private SimulatedNode any() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    DhtReport run() {
        long started = System.nanoTime();
        grow();
        // Those that live to the end are chosen first: whether somebody is found who is gone is not the question.
        List<SimulatedNode> doomed = doomed();
        announce();
        doomed.forEach(network::remove);
        look();
        return report(System.nanoTime() - started);
    }

    private void grow() {
        steps.accept(plan.nodes() + " nodes join");
        for (int i = 0; i < plan.nodes(); i++) {
            join();
            network.run(BETWEEN_JOINS);
            if (nodes.size() == ROUTERS + 1) {
                found();
            }
        }
        network.run(SETTLING);
    }

    /** The first node joined by nobody. It is told of others as soon as they are there, as whoever founds a network would. */
    private void found() {
        SimulatedNode first = nodes.getFirst();
        first.node().bootstrap(nodes.stream().skip(1).map(SimulatedNode::address).toList());
        first.plan();
    }

    private void join() {
        List<InetSocketAddress> routers = nodes.isEmpty()
                ? List.of()
                : random.ints(ROUTERS, 0, nodes.size()).distinct().mapToObj(i -> nodes.get(i).address()).toList();
        SimulatedNode node = new SimulatedNode(network, plan.rule(), random.nextDouble() < plan.bound(), routers);
        nodes.add(node);
        sybils.meet(node.address(), (double) nodes.size() / plan.nodes());
        plan.churn().ifPresent(mean -> {
            long session = (long) (-Math.log(1 - random.nextDouble()) * mean.toNanos());
            network.at(network.now() + session, () -> {
                network.remove(node);
                nodes.remove(node);
                join();
            });
        });
    }

    private List<SimulatedNode> doomed() {
        List<SimulatedNode> doomed = new ArrayList<>();
        for (int left = (int) (plan.dead() * nodes.size()); left > 0; left--) {
            int last = nodes.size() - 1;
            int one = random.nextInt(nodes.size());
            doomed.add(nodes.set(one, nodes.get(last)));
            nodes.remove(last);
        }
        return doomed;
    }

    private void announce() {
        steps.accept(plan.lookups() + " peers announce themselves");
        long pause = plan.churn().isPresent()
                ? plan.time().toNanos() / plan.lookups()
                : Duration.ofMillis(20).toNanos();
        for (int i = 0; i < plan.lookups(); i++) {
            network.at(network.now() + i * pause, this::begin);
        }
        if (plan.churn().isEmpty()) {
            network.run(Duration.ofNanos(plan.lookups() * pause).plus(LONGEST_LOOKUP));
        }
    }

    private void begin() {
        Trial trial = new Trial();
        trials.add(trial);
        if (plan.sybils() > 0) {
            sybils.crowd(trial.key, nodes.stream()
                    .sorted(Comparator.comparing(node -> node.node().id(), trial.key::compareDistances)).limit(CROWDED)
                    .map(SimulatedNode::address).toList());
        }
        network.at(network.now() + Duration.ofSeconds(plan.sybils() > 0 ? 10 : 0).toNanos(), trial::announce);
        if (plan.churn().isPresent()) {
            network.at(network.now() + AGE.toNanos(), trial::look);
        }
    }

    private void look() {
        steps.accept("they are looked for");
        if (plan.churn().isPresent()) {
            long hours = plan.time().toHours();
            for (long hour = 1; hour <= hours; hour++) {
                network.run(Duration.ofHours(1));
                // Whoever cannot wait for all of it has this.
                List<Trial> over = trials.stream().filter(trial -> trial.messages >= 0).toList();
                steps.accept("hour %d of %d: %d of %d found".formatted(hour, hours,
                        over.stream().filter(Trial::hasFound).count(), over.size()));
            }
            network.run(plan.time().minusHours(hours).plus(AGE));
        } else {
            long pause = plan.time().toNanos() / plan.lookups();
            long from = network.now();
            for (int i = 0; i < trials.size(); i++) {
                network.at(from + i * pause, trials.get(i)::look);
            }
            network.run(plan.time());
        }
        network.run(LONGEST_LOOKUP);
    }

    private DhtReport report(long took) {
        List<Trial> looked = trials.stream().filter(Trial::isLooked).toList();
        long[] first = looked.stream().mapToLong(trial -> trial.first).sorted().toArray();
        double simulatedMinutes = network.now() / 60e9;
        return new DhtReport(plan.nodes(), plan.dead(), plan.loss(),
                plan.churn().map(Duration::toSeconds).orElse(0L), plan.sybils(),
                plan.rule() == IdRule.ENFORCED ? "private" : "mainline", plan.bound(), looked.size(),
                share(looked.stream().filter(Trial::hasFound).count(), looked.size()),
                millis(first, 0.5), millis(first, 0.95),
                looked.stream().filter(trial -> trial.messages >= 0).mapToLong(trial -> trial.messages).average()
                        .orElse(0),
                network.messages() / simulatedMinutes / plan.nodes(), network.now() / 1e9, took / 1e9, plan.seed());
    }

    private static double share(long part, long all) {
        return all == 0 ? 0 : (double) part / all;
    }

    /** -1 when that many were never found. */
    private static double millis(long[] sorted, double share) {
        if (sorted.length == 0) {
            return -1;
        }
        long nanos = sorted[(int) Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
        return nanos == Long.MAX_VALUE ? -1 : nanos / 1e6;
    }

    /** For people. */
    static String line(DhtReport report) {
        return String.format(Locale.ROOT,
                "%.2f %% of %d found; the first after %.0f ms (p50), %.0f ms (p95); %.1f messages a lookup",
                100 * report.foundShare(), report.lookups(), report.firstP50Ms(), report.firstP95Ms(),
                report.messagesPerLookup());
    }
}
