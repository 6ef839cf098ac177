// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Span;
import org.guixp2p.harness.world.BridgeClient;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.bridge.FromRestorer;

/**
 * How long a node takes from a request on its socket to the first verified byte of a NAR that one connected peer has: other NARs
 * may have come from it, but it was never asked about this one.
 */
final class FirstByteBench {
    private static final long SPARE_ROOM = 64L << 20;
    private static final double MILLI = 1e6;
    private static final double KEPT_DIGITS = 1e3;

    private final Plan plan;
    private final Programs programs;
    private final Consumer<String> steps;
    private final List<String> failures = new ArrayList<>();
    private final List<BridgeClient.Times> times = new ArrayList<>();
    private long wireBytes;
    private long narBytes;

    /**
     * What is to be measured.
     *
     * @param size bytes of contents of each item
     * @param rounds items, one after another
     */
    record Plan(ByteCount size, Span delay, int rounds, long seed, Path parent) {}

    FirstByteBench(Plan plan, Programs programs, Consumer<String> steps) {
        this.plan = plan;
        this.programs = programs;
        this.steps = steps;
    }

    /** Measures; throws as {@link TransferBench#run} does. */
    FirstByteReport run() throws InterruptedException {
        long room = 3L * plan.rounds() * plan.size().bytes() + SPARE_ROOM;
        try (Workplace place = Workplace.open(plan.parent(), "guix-p2p-bench", room);
                HttpClient http = HttpClient.newHttpClient()) {
            measure(place, http);
        } catch (IOException e) {
            failures.add(String.valueOf(e.getMessage()));
        }
        int left = (int) ProcessHandle.current().descendants().filter(ProcessHandle::isAlive).count();
        if (left > 0) {
            failures.add(left + " processes are left running");
        }
        return report(left);
    }

    private void measure(Workplace place, HttpClient http) throws IOException, InterruptedException {
        Path seedRoot = place.directory().resolve("seed");
        Path store = TreeItem.storeBelow(seedRoot);
        List<TreeItem> items = new ArrayList<>();
        for (int i = 0; i < plan.rounds(); i++) {
            items.add(BenchData.make(Data.RANDOM, plan.size().bytes(), plan.seed() + i, store));
        }
        narBytes = items.getFirst().nar().size().bytes();
        steps.accept("starting a seeder and a fetcher");
        Duration delay = plan.delay().duration();
        Optional<Link> link = Optional.of(new Link(0, delay.dividedBy(2)));
        try (BenchWorld world = BenchWorld.publish(place, http, programs, seedRoot, items, 2)) {
            world.startSeeders(1, link);
            NodeProcess fetcher = world.startFetchers(1).getFirst();
            try (BridgeClient query = BridgeClient.connect(fetcher.socket(), FromRestorer.Mode.QUERY,
                    world.site().nixOptions("--query"))) {
                for (TreeItem item : items) {
                    query.info(item.path());
                }
            }
            ask(world, fetcher, items);
        }
    }

    private void ask(BenchWorld world, NodeProcess fetcher, List<TreeItem> items) throws IOException {
        long before = world.relayed();
        try (BridgeClient client = BridgeClient.connect(fetcher.socket(), FromRestorer.Mode.SUBSTITUTE,
                world.site().nixOptions("--substitute"))) {
            for (TreeItem item : items) {
                BridgeClient.Times round = client.nar(item);
                times.add(round);
                steps.accept("round %d: %.1f ms to the first byte, %.1f ms to the last".formatted(times.size(),
                        (round.first() - round.asked()) / MILLI, (round.last() - round.asked()) / MILLI));
            }
        }
        wireBytes = world.relayed() - before;
    }

    private FirstByteReport report(int left) {
        List<Double> first = times.stream().map(each -> rounded((each.first() - each.asked()) / MILLI)).toList();
        List<Double> whole = times.stream().map(each -> rounded((each.last() - each.asked()) / MILLI)).toList();
        long delay = plan.delay().duration().toMillis();
        return new FirstByteReport(failures.isEmpty() && times.size() == plan.rounds(), failures, narBytes, delay,
                TransferResults.medianOf(first), delay > 0 ? rounded(TransferResults.medianOf(first) / delay) : 0,
                TransferResults.medianOf(whole), first, wireBytes, left);
    }

    private static double rounded(double value) {
        return Math.round(value * KEPT_DIGITS) / KEPT_DIGITS;
    }
}
