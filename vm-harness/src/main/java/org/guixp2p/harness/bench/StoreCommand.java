// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.guixp2p.harness.process.Programs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code guix-p2p bench store}. */
@Command(name = "store", description = "Measure how long a node takes to start that seeds a store of many items, and what they take of its heap.")
final class StoreCommand implements Callable<Integer> {
    private static final int MOST = 1_000_000;
    private static final int MOST_RUNS = 100;
    private static final List<String> WHICH = List.of("public", "all");
    private static final double BYTES_PER_MB = 1e6;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Option(names = "--items", paramLabel = "N", defaultValue = "200000", description = "How many items, from 1 to 1000000 (default: ${DEFAULT-VALUE}).")
    private int items;

    @Option(names = "--seed-store", paramLabel = "WHICH", defaultValue = "public", description = "The setting of the node: public or all (default: ${DEFAULT-VALUE}).")
    private String seedStore = "";

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", description = "How many; figures are those of the run with the median time (default: ${DEFAULT-VALUE}).")
    private int runs;

    @Override
    public Integer call() {
        BenchOptions.check(spec, "--items", items >= 1 && items <= MOST, "from 1 to " + MOST, items);
        BenchOptions.check(spec, "--seed-store", WHICH.contains(seedStore), "public or all", seedStore);
        BenchOptions.check(spec, "--runs", runs >= 1 && runs <= MOST_RUNS, "from 1 to " + MOST_RUNS, runs);
        options.check(spec);
        StoreBench.Plan plan = new StoreBench.Plan(items, seedStore, runs, options.seed(), options.parent());
        try {
            StoreReport report = new StoreBench(plan, Programs.ofThisProcess(), options.steps(spec)).run();
            show(report);
            return report.ok() ? BenchCommand.HELD : BenchCommand.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return BenchCommand.INTERRUPTED;
        }
    }

    private void show(StoreReport report) {
        PrintWriter out = spec.commandLine().getOut();
        if (options.json()) {
            out.println(report.json());
        } else {
            out.println();
            line(out, report.items() + " items", report.on());
            line(out, "its store left alone", report.off());
            out.printf(Locale.ROOT, "  the database has %.1f MB, the trees that are there %.1f MB; %d were hashed%n",
                    report.databaseBytes() / BYTES_PER_MB, report.realBytes() / BYTES_PER_MB,
                    report.on().hashedItems());
            report.failures().forEach(failure -> out.println("  - " + failure));
        }
        out.flush();
    }

    private static void line(PrintWriter out, String what, StoreReport.Start start) {
        out.printf(Locale.ROOT, "  with %s: serves after %.1f s, has all after %.1f s (%.1f s of processors),"
                + " %s of heap, %s read%n", what, start.readySeconds(), start.startSeconds(), start.cpuSeconds(),
                megabytes(start.heapBytes()), megabytes(start.readBytes()));
    }

    private static String megabytes(long bytes) {
        return bytes < 0 ? "unknown" : String.format(Locale.ROOT, "%.1f MB", bytes / BYTES_PER_MB);
    }
}
