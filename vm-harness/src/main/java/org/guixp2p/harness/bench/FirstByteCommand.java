// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Span;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code guix-p2p bench first-byte}. */
@Command(name = "first-byte", description = {
    "Measure how long the first verified byte of a small NAR takes, from a connected peer that was not asked about it before.",
    "The node is asked on its socket, so that the time is its own and the network's alone."})
final class FirstByteCommand implements Callable<Integer> {
    private static final long LARGEST = 1L << 30;
    private static final int MOST_ROUNDS = 1000;
    private static final Duration MOST_DELAY = Duration.ofSeconds(10);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Option(names = "--size", paramLabel = "SIZE", defaultValue = "300000B", description = "Bytes of files of each item, from 1B to 1GiB (default: ${DEFAULT-VALUE}).")
    private ByteCount size = new ByteCount(0);

    @Option(names = "--delay", paramLabel = "TIME", defaultValue = "50ms", description = "What is added to a round trip, half of it each way (default: ${DEFAULT-VALUE}).")
    private Span delay = new Span(Duration.ZERO);

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "20", description = "How many items, from 1 to 1000; the median is shown (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Override
    public Integer call() {
        BenchOptions.check(spec, "--size", size.bytes() >= 1 && size.bytes() <= LARGEST, "from 1B to 1GiB", size);
        BenchOptions.check(spec, "--rounds", rounds >= 1 && rounds <= MOST_ROUNDS, "from 1 to " + MOST_ROUNDS, rounds);
        BenchOptions.check(spec, "--delay", delay.duration().compareTo(MOST_DELAY) <= 0, "up to 10s", delay);
        options.check(spec);
        FirstByteBench.Plan plan = new FirstByteBench.Plan(size, delay, rounds, options.seed(), options.parent());
        try {
            FirstByteReport report = new FirstByteBench(plan, Programs.ofThisProcess(), options.steps(spec)).run();
            show(report);
            return report.ok() ? BenchCommand.HELD : BenchCommand.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return BenchCommand.INTERRUPTED;
        }
    }

    private void show(FirstByteReport report) {
        PrintWriter out = spec.commandLine().getOut();
        if (options.json()) {
            out.println(report.json());
        } else {
            out.println();
            out.printf(Locale.ROOT, "  first byte %.1f ms after the request, %.2f round trips; the last %.1f ms%n",
                    report.firstByteMs(), report.roundTrips(), report.wholeMs());
            report.failures().forEach(failure -> out.println("  - " + failure));
        }
        out.flush();
    }
}
