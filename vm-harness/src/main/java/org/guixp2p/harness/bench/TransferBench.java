// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.guixp2p.harness.bench.rivals.Course;
import org.guixp2p.harness.bench.rivals.Rival;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.harness.world.TreeItem;

/** Runs a {@link TransferPlan}: each run ours once, then every other program once, so that all meet the same machine. */
final class TransferBench {
    private static final long SPARE_ROOM = 64L << 20;

    private final TransferPlan plan;
    private final Programs programs;
    private final Consumer<String> steps;

    /**
     * A bench of {@code plan}.
     *
     * @param steps is told what happens
     */
    TransferBench(TransferPlan plan, Programs programs, Consumer<String> steps) {
        this.plan = plan;
        this.programs = programs;
        this.steps = steps;
    }

    /**
     * Measures.
     *
     * @throws InterruptedException when this thread or, by a signal, this process is told to stop; by then everything that was
     *         started has ended
     */
    TransferReport run() throws InterruptedException {
        TransferResults results = new TransferResults(plan);
        // As it is seeded and, for others, as a file; what each fetcher keeps and restores.
        long room = (plan.size().bytes() + plan.warmUp().bytes()) * (2 + 2L * plan.fetchers()) + SPARE_ROOM;
        try (Workplace place = Workplace.open(plan.parent(), "guix-p2p-bench", room);
                HttpClient http = HttpClient.newHttpClient()) {
            measure(place, http, results);
        } catch (IOException e) {
            results.fail(String.valueOf(e.getMessage()));
        }
        results.ended();
        return results.report();
    }

    private void measure(Workplace place, HttpClient http, TransferResults results)
            throws IOException, InterruptedException {
        steps.accept("making " + plan.data() + " data of " + plan.size() + ", seed " + plan.seed());
        Path seedRoot = place.directory().resolve("seed");
        Path store = TreeItem.storeBelow(seedRoot);
        TreeItem warmUp = BenchData.make(Data.RANDOM, plan.warmUp().bytes(), plan.seed() + 1, store);
        TreeItem item = BenchData.make(plan.data(), plan.size().bytes(), plan.seed(), store);
        results.item(item, BenchData.zstdBytes(item));
        List<Rival> rivals = rivals(results);
        Optional<Course> course = rivals.isEmpty() ? Optional.empty() : Optional.of(course(place, item));
        Optional<Link> link = plan.isRelayed() ? Optional.of(plan.link()) : Optional.empty();
        int nodes = plan.seeders() + plan.fetchers();
        try (BenchWorld world = BenchWorld.publish(place, http, programs, seedRoot, List.of(warmUp, item), nodes)) {
            for (int run = 1; run <= plan.runs(); run++) {
                if (run == 1 || plan.loss().isPresent()) {
                    steps.accept("starting " + plan.seeders() + " seeders");
                    world.startSeeders(plan.seeders(), link);
                }
                own(world, warmUp, item, run, results);
                for (Rival rival : rivals) {
                    if (!results.isMissing(rival.name())) {
                        rival(rival, course.orElseThrow(), run, results);
                    }
                }
            }
        }
    }

    private void own(BenchWorld world, TreeItem warmUp, TreeItem item, int run, TransferResults results)
            throws IOException, InterruptedException {
        if (plan.fetchers() > 1) {
            Transfer.Outcome alone = new Transfer(world, plan, warmUp, item).run(1, Optional.empty());
            results.alone(alone);
            steps.accept("run %d: one fetcher alone, %.2f s".formatted(run, alone.seconds()));
        }
        Transfer.Outcome outcome = new Transfer(world, plan, warmUp, item).run(plan.fetchers(), plan.loss());
        results.run(outcome);
        steps.accept("run %d: guix-p2p, %.2f s".formatted(run, outcome.seconds()));
        flush();
    }

    private void rival(Rival rival, Course course, int run, TransferResults results) throws InterruptedException {
        try {
            double seconds = rival.fetch(course);
            results.rival(rival.name(), seconds);
            steps.accept("run %d: %s, %.2f s".formatted(run, rival.name(), seconds));
        } catch (IOException e) {
            results.missing(rival.name(), "failed: " + e.getMessage());
            steps.accept("run %d: %s failed: %s".formatted(run, rival.name(), e.getMessage()));
        }
        flush();
    }

    private List<Rival> rivals(TransferResults results) {
        List<Rival> there = new ArrayList<>();
        for (String name : plan.rivals()) {
            Rival rival = Rival.named(name);
            rival.missing().ifPresentOrElse(why -> {
                results.missing(name, why);
                steps.accept("without " + name + ": " + why);
            }, () -> there.add(rival));
        }
        return there;
    }

    private Course course(Workplace place, TreeItem item) throws IOException {
        Path directory = Files.createDirectory(place.directory().resolve("file"));
        Path nar = directory.resolve("item.nar");
        item.writeNar(nar);
        return new Course(place, nar, item.nar().hash().digest(), plan.seeders(),
                plan.isRelayed() ? Optional.of(plan.link()) : Optional.empty(), plan.loss());
    }

    /** What one has written must not be written out while the next is measured. */
    private static void flush() throws InterruptedException {
        try {
            new ProcessBuilder("sync").start().waitFor();
        } catch (IOException e) {
            // Without it figures are a little less equal.
        }
    }
}
