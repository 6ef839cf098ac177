// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.guixp2p.harness.process.LiveHeap;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.world.NodeProcess;

/** How long a node takes to start that has offered many items before, and what they take of its heap. */
final class SeedsBench {
    private static final long SPARE_ROOM = 64L << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Pattern NAMED = Pattern.compile("an earlier run: ([0-9]+) items in all");
    private static final Pattern KEPT = Pattern.compile("([0-9]+) NARs were kept earlier");
    private static final double MILLIS_PER_SECOND = 1e3;

    private final Plan plan;
    private final Programs programs;
    private final Consumer<String> steps;
    private final List<String> failures = new ArrayList<>();

    /**
     * What is to be measured.
     *
     * @param kept whether they are kept NARs, not items of the store
     */
    record Plan(int items, boolean kept, Path parent) {}

    private record Start(double seconds, double cpuSeconds, long heapBytes) {}

    SeedsBench(Plan plan, Programs programs, Consumer<String> steps) {
        this.plan = plan;
        this.programs = programs;
        this.steps = steps;
    }

    /** Measures; throws as {@link TransferBench#run} does. */
    SeedsReport run() throws InterruptedException {
        Start none = new Start(0, 0, -1);
        Start all = none;
        long room = plan.items() * EarlierRuns.BYTES_PER_ITEM + SPARE_ROOM;
        try (Workplace place = Workplace.open(plan.parent(), "guix-p2p-bench", room);
                HttpClient http = HttpClient.newHttpClient()) {
            EarlierRuns nothing = new EarlierRuns(place.directory().resolve("nothing"));
            EarlierRuns much = new EarlierRuns(place.directory().resolve("much"));
            steps.accept("writing what earlier runs would have left");
            if (plan.kept()) {
                nothing.keepNars(0);
                much.keepNars(plan.items());
            } else {
                nothing.nameItems(0);
                much.nameItems(plan.items());
            }
            steps.accept("starting a node that has nothing");
            none = start(place, http, "empty", nothing, 0);
            steps.accept("starting a node that has %d items".formatted(plan.items()));
            all = start(place, http, "seeder", much, plan.items());
        } catch (IOException e) {
            failures.add(String.valueOf(e.getMessage()));
        }
        int left = (int) ProcessHandle.current().descendants().filter(ProcessHandle::isAlive).count();
        if (left > 0) {
            failures.add(left + " processes are left running");
        }
        return new SeedsReport(failures.isEmpty(), failures, plan.items(), plan.kept(), all.seconds(),
                all.cpuSeconds(), all.heapBytes(), none.seconds(), none.cpuSeconds(), none.heapBytes(), left);
    }

    private Start start(Workplace place, HttpClient http, String name, EarlierRuns earlier, int expected)
            throws IOException, InterruptedException {
        long begun = System.nanoTime();
        NodeProcess node = NodeProcess.start(place, http, name, programs.node(List.of("node")),
                programs.environment(), earlier.settings(), List.of());
        Matcher said = node.awaitLog(PATIENCE, plan.kept() ? KEPT : NAMED);
        Duration taken = Duration.ofNanos(System.nanoTime() - begun);
        Duration cpu = node.child().process().info().totalCpuDuration().orElse(Duration.ZERO);
        if (Integer.parseInt(said.group(1)) != expected) {
            failures.add(name + " has " + said.group(1) + " items of " + expected);
        }
        long heap = LiveHeap.ofProcess(node.child().pid()).orElse(-1);
        node.child().end();
        return new Start(taken.toMillis() / MILLIS_PER_SECOND, cpu.toMillis() / MILLIS_PER_SECOND, heap);
    }
}
