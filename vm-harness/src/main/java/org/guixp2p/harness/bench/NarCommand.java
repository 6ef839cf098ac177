// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.guixp2p.harness.units.ByteCount;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code guix-p2p bench nar}. */
@Command(name = "nar", description = "Measure how fast the NAR of a tree is read out of the tree, block by block, against tar.")
final class NarCommand implements Callable<Integer> {
    private static final long MOST_BYTES = 64L << 30;
    private static final int MOST_FILES = 1_000_000;
    private static final int MOST_ROUNDS = 1000;
    private static final double BYTES_PER_MB = 1e6;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Option(names = "--size", paramLabel = "SIZE", defaultValue = "200000000B", description = "Bytes of all files together (default: ${DEFAULT-VALUE}).")
    private ByteCount size = new ByteCount(0);

    @Option(names = "--files", paramLabel = "N", defaultValue = "10000", description = "How many files, from 1 to 1000000 (default: ${DEFAULT-VALUE}).")
    private int files;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "15", description = "How often the tree is read each way; figures are medians (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Override
    public Integer call() {
        BenchOptions.check(spec, "--size", size.bytes() >= 1 && size.bytes() <= MOST_BYTES, "from 1B to 64GiB", size);
        BenchOptions.check(spec, "--files", files >= 1 && files <= MOST_FILES, "from 1 to " + MOST_FILES, files);
        BenchOptions.check(spec, "--rounds", rounds >= 1 && rounds <= MOST_ROUNDS, "from 1 to " + MOST_ROUNDS, rounds);
        options.check(spec);
        NarBench.Plan plan = new NarBench.Plan(size, files, rounds, options.seed(), options.parent());
        try {
            NarReport report = new NarBench(plan, options.steps(spec)).run();
            show(report);
            return report.ok() ? BenchCommand.HELD : BenchCommand.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return BenchCommand.INTERRUPTED;
        }
    }

    private void show(NarReport report) {
        PrintWriter out = spec.commandLine().getOut();
        if (options.json()) {
            out.println(report.json());
        } else {
            out.println();
            out.printf(Locale.ROOT, "  %d files, %.1f MB; %.3f s to make the index%n", report.files(),
                    report.bytes() / BYTES_PER_MB, report.indexSeconds());
            line(out, "the NAR through its index", report, report.narSeconds());
            line(out, "tar", report, report.tarSeconds());
            out.printf(Locale.ROOT, "  ratio: %.2f%n", report.ratio());
            report.failures().forEach(failure -> out.println("  - " + failure));
        }
        out.flush();
    }

    private static void line(PrintWriter out, String what, NarReport report, double seconds) {
        out.printf(Locale.ROOT, "  %s: %.3f s, %.0f MB/s%n", what, seconds,
                seconds > 0 ? report.bytes() / seconds / BYTES_PER_MB : 0);
    }
}
