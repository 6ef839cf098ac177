// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.guixp2p.harness.process.Programs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code guix-p2p bench seeds}. */
@Command(name = "seeds", description = "Measure how long a node takes to start that offers many items, and what they take of its heap.")
final class SeedsCommand implements Callable<Integer> {
    private static final int MOST = 1_000_000;
    private static final double BYTES_PER_MB = 1e6;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Option(names = "--items", paramLabel = "N", defaultValue = "100000", description = "How many items, from 1 to 1000000 (default: ${DEFAULT-VALUE}).")
    private int items;

    @Option(names = "--kept", description = "NARs kept after downloads, instead of items of the store.")
    private boolean kept;

    @Override
    public Integer call() {
        BenchOptions.check(spec, "--items", items >= 1 && items <= MOST, "from 1 to " + MOST, items);
        options.check(spec);
        SeedsBench.Plan plan = new SeedsBench.Plan(items, kept, options.parent());
        try {
            SeedsReport report = new SeedsBench(plan, Programs.ofThisProcess(), options.steps(spec)).run();
            show(report);
            return report.ok() ? BenchCommand.HELD : BenchCommand.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return BenchCommand.INTERRUPTED;
        }
    }

    private void show(SeedsReport report) {
        PrintWriter out = spec.commandLine().getOut();
        if (options.json()) {
            out.println(report.json());
        } else {
            out.println();
            line(out, report.items() + " items", report.startSeconds(), report.cpuSeconds(), report.heapBytes());
            line(out, "nothing", report.emptyStartSeconds(), report.emptyCpuSeconds(), report.emptyHeapBytes());
            report.failures().forEach(failure -> out.println("  - " + failure));
        }
        out.flush();
    }

    private static void line(PrintWriter out, String what, double seconds, double cpuSeconds, long heapBytes) {
        out.printf(Locale.ROOT, "  with %s: %.1f s to start (%.1f s of processors), %s of heap%n", what, seconds,
                cpuSeconds, heapBytes < 0 ? "unknown" : "%.1f MB".formatted(heapBytes / BYTES_PER_MB));
    }
}
