// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.guixp2p.node.discovery.dht.IdRule;
import org.guixp2p.node.discovery.dht.Seeker;
import org.guixp2p.protocol.dht.DhtId;

/**
 * Lets one node among many announce what it has for hours, and others look for some of it now and then. Nodes are those of the
 * program; time is virtual, but for that of the processor.
 */
final class AnnouncementsSimulation {
    private static final int ROUTERS = 3;
    private static final Duration BETWEEN_JOINS = Duration.ofMillis(20);
    private static final Duration SETTLING = Duration.ofMinutes(5);
    private static final Duration LONGEST_LOOKUP = Duration.ofSeconds(30);
    /** What was sent has arrived by then, if it does. */
    private static final long ARRIVAL = Duration.ofSeconds(5).toNanos();
    /** A budget that is enough announces each within two; what others forget meanwhile has to be announced again. */
    private static final Duration LONGEST_FIRST_ROUND = Duration.ofHours(6);
    private static final Duration STEP = Duration.ofSeconds(1);

    private final AnnouncementsPlan plan;
    private final Consumer<String> steps;
    private final Random random;
    private final VirtualNetwork network;
    private final List<SimulatedNode> others = new ArrayList<>();
    private final List<Trial> trials = new ArrayList<>();
    /** What was announced, in that order, and has arrived. */
    private final List<DhtId> there = new ArrayList<>();
    private boolean ended;

    /** One lookup. */
    private static final class Trial implements Seeker {
        private final DhtId key;
        private final InetSocketAddress wanted;
        private final SimulatedNode asker;
        private boolean found;
        private boolean over;

        private Trial(DhtId key, InetSocketAddress wanted, SimulatedNode asker) {
            this.key = key;
            this.wanted = wanted;
            this.asker = asker;
        }

        private void look() {
            asker.node().find(key, this);
            asker.plan();
        }

        @Override
        public void found(InetSocketAddress peer) {
            if (peer.equals(wanted)) {
                found = true;
                asker.node().leave(key, this);
            }
        }

        @Override
        public void over() {
            over = true;
        }

        /** Not when the one who asked has gone meanwhile. */
        private boolean hasEnded() {
            return found || over;
        }
    }

    /** @param steps told what happens */
    AnnouncementsSimulation(AnnouncementsPlan plan, Consumer<String> steps) {
        this.plan = plan;
        this.steps = steps;
        this.random = new Random(plan.seed());
        this.network = new VirtualNetwork(new Random(random.nextLong()), plan.loss());
    }

    AnnouncementsReport run() {
        long started = System.nanoTime();
        steps.accept(plan.nodes() + " nodes join");
        for (int i = 1; i < plan.nodes(); i++) {
            join();
            network.run(BETWEEN_JOINS);
        }
        AnnouncingNode node = new AnnouncingNode(network, plan.rate(), routers());
        network.run(SETTLING);

        steps.accept(plan.items() + " items are announced for the first time");
        AnnouncingNode.Account joined = node.account();
        node.announce(Stream.generate(() -> DhtId.random(random)).limit(plan.items()).toList());
        lookNext(node);
        long begun = network.now();
        while (notAnnounced(node) > 0 && network.now() - begun < LONGEST_FIRST_ROUND.toNanos()) {
            network.run(STEP);
        }
        AnnouncingNode.Account first = node.account();
        long never = notAnnounced(node);
        if (never > 0) {
            steps.accept(never + " items were not announced within " + LONGEST_FIRST_ROUND.toHours() + " hours");
        }

        steps.accept("and again, for " + hours() + " hours");
        network.run(plan.time());
        AnnouncingNode.Account later = node.account();
        ended = true;
        network.run(LONGEST_LOOKUP);
        return report(node, first.since(joined), later.since(first), never, System.nanoTime() - started);
    }

    /** Of those that the budget does not leave out; where nearly nothing arrives some never are. */
    private static long notAnnounced(AnnouncingNode node) {
        return Math.max(0, node.announcer().chosen() - node.announced().size());
    }

    private List<InetSocketAddress> routers() {
        return others.isEmpty()
                ? List.of()
                : random.ints(ROUTERS, 0, others.size()).distinct().mapToObj(i -> others.get(i).address()).toList();
    }

    private void join() {
        SimulatedNode other = new SimulatedNode(network, IdRule.PREFERRED, random.nextDouble() < plan.bound(),
                routers());
        others.add(other);
        plan.churn().ifPresent(mean -> network.at(network.now() + exponential((double) mean.toNanos()), () -> {
            network.remove(other);
            others.remove(other);
            join();
        }));
    }

    private long exponential(double mean) {
        return (long) (-Math.log(1 - random.nextDouble()) * mean);
    }

    private void lookNext(AnnouncingNode node) {
        double mean = (double) plan.time().toNanos() / plan.lookups();
        network.at(network.now() + exponential(mean), () -> {
            if (!ended) {
                look(node);
                lookNext(node);
            }
        });
    }

    private void look(AnnouncingNode node) {
        node.announced().entrySet().stream().skip(there.size())
                .takeWhile(first -> first.getValue() + ARRIVAL <= network.now())
                .forEach(first -> there.add(first.getKey()));
        if (!there.isEmpty()) {
            Trial trial = new Trial(there.get(random.nextInt(there.size())),
                    new InetSocketAddress(node.address().getAddress(), AnnouncingNode.PEER_PORT),
                    others.get(random.nextInt(others.size())));
            trials.add(trial);
            trial.look();
        }
    }

    private double hours() {
        return plan.time().toSeconds() / 3600.0;
    }

    private AnnouncementsReport report(AnnouncingNode node, AnnouncingNode.Account first, AnnouncingNode.Account later,
            long never, long took) {
        List<Trial> looked = trials.stream().filter(Trial::hasEnded).toList();
        long found = looked.stream().filter(trial -> trial.found).count();
        return new AnnouncementsReport(plan.nodes(), plan.items(), plan.rate(), plan.bound(), plan.loss(),
                plan.churn().map(Duration::toSeconds).orElse(0L), hours(), later.aSecond(later.bytesIn()),
                later.aSecond(later.bytesOut()), later.aSecond(later.datagrams()),
                later.aSecond(later.processorNanos()) / 1e9, looked.isEmpty() ? 0 : (double) found / looked.size(),
                looked.size(), node.announcer().leftOut(), never, first.nanos() / 1e9,
                first.aSecond(first.bytesIn() + first.bytesOut()), took / 1e9, plan.seed());
    }

    /** For people. */
    static String line(AnnouncementsReport report) {
        return String.format(Locale.ROOT,
                "%.1f kB/s in, %.1f out, %.2f %% of a core; %.2f %% of %d lookups found it; %d items left out, "
                        + "%d not announced; the first round took %.0f min",
                report.bytesInPerSecond() / 1e3, report.bytesOutPerSecond() / 1e3, 100 * report.coreShare(),
                100 * report.foundShare(), report.lookups(), report.leftOut(), report.notAnnounced(),
                report.firstRoundSeconds() / 60);
    }
}
