// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.guixp2p.harness.bench.BenchCommand;
import org.guixp2p.harness.bench.BenchOptions;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.units.BitRate;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Span;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code guix-p2p bench closure}. */
@Command(name = "closure", description = {
    "Measure how long a whole closure takes, asked for as guix-daemon asks: path by path, then item by item.",
    "A substitute server, seeders and fetchers run in processes of their own on loopback, a relay before each that answers."})
public final class ClosureCommand implements Callable<Integer> {
    private static final int MOST_ITEMS = 5000;
    private static final int MOST_SEEDERS = 64;
    private static final int MOST_RUNS = 100;
    private static final long LARGEST = 64L << 30;
    private static final long PACKAGES = 1L << 30;
    private static final Duration MOST_DELAY = Duration.ofSeconds(10);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Option(names = "--items", paramLabel = "N", defaultValue = "300", description = "How many items, from 1 to 5000 (default: ${DEFAULT-VALUE}).")
    private int items;

    @Option(names = "--sizes", paramLabel = "KIND", defaultValue = "small", description = "'small': half of the items have less than 40 kB; or 'package': some are large (default: ${DEFAULT-VALUE}).")
    private Sizes sizes = Sizes.SMALL;

    @Option(names = "--total", paramLabel = "SIZE", description = "Bytes of files of all items, from 1B to 64GiB (default: for packages 1GiB, for small items what comes of their sizes).")
    private @Nullable ByteCount total;

    @Option(names = "--seeders", paramLabel = "N", defaultValue = "2", description = "How many, from 1 to 64 (default: ${DEFAULT-VALUE}).")
    private int seeders;

    @Option(names = "--rate", paramLabel = "RATE", description = "What the links of all seeders carry together, each an equal part, and that of the server, such as 200Mbit/s (default: no bound).")
    private @Nullable BitRate rate;

    @Option(names = "--delay", paramLabel = "TIME", defaultValue = "50ms", description = "What is added to a round trip to a seeder or to the server, half of it each way (default: ${DEFAULT-VALUE}).")
    private Span delay = new Span(Duration.ZERO);

    @Option(names = "--runs", paramLabel = "N", defaultValue = "1", description = "How many, from 1 to 100; the median is shown (default: ${DEFAULT-VALUE}).")
    private int runs;

    @Option(names = "--warm-up", paramLabel = "N", defaultValue = "300", description = "Items of another closure that each node fetches before, as nodes run for long, up to 5000; connections to the server are lost afterwards (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(names = "--round-trips", description = {
        "Count the round trips that the walk of a closure needs, too: by how much longer it takes with 2 s than with 1 s of delay,",
        "where no processor decides. Takes a minute."})
    private boolean roundTrips;

    @Option(names = "--against", paramLabel = "WHO", description = {
        "Let another substituter fetch the same, run by run, from the HTTP server alone.",
        "'http': Guix's own where Guix is present, by the 'guix' that GUIX_P2P_BUILTIN names or that is on PATH, else 'plain';",
        "'guix': Guix's own, or nothing is begun; 'plain': one that does what Guix's own does."})
    private @Nullable String against;

    @Override
    public Integer call() throws IOException {
        checkOptions();
        PrintWriter out = spec.commandLine().getOut();
        try {
            ClosureReport report = new ClosureBench(plan(), Programs.ofThisProcess(), options.steps(spec)).run();
            if (options.json()) {
                out.println(report.json());
            } else {
                out.println();
                ClosureSummary.of(report).forEach(out::println);
            }
            out.flush();
            return report.ok() ? BenchCommand.HELD : BenchCommand.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return BenchCommand.INTERRUPTED;
        }
    }

    private void checkOptions() {
        within("--items", items >= 1 && items <= MOST_ITEMS, "from 1 to " + MOST_ITEMS, items);
        within("--seeders", seeders >= 1 && seeders <= MOST_SEEDERS, "from 1 to " + MOST_SEEDERS, seeders);
        within("--warm-up", warmUp >= 0 && warmUp <= MOST_ITEMS, "from 0 to " + MOST_ITEMS, warmUp);
        within("--runs", runs >= 1 && runs <= MOST_RUNS, "from 1 to " + MOST_RUNS, runs);
        within("--delay", delay.duration().compareTo(MOST_DELAY) <= 0, "up to 10s", delay);
        within("--total", total == null || (total.bytes() >= 1 && total.bytes() <= LARGEST), "from 1B to 64GiB", total);
        within("--against", against == null || Against.NAMES.contains(against),
                "any of " + String.join(", ", Against.NAMES), against);
        options.check(spec);
    }

    private ClosurePlan plan() throws IOException, InterruptedException {
        ByteCount bytes = total == null ? new ByteCount(sizes == Sizes.PACKAGE ? PACKAGES : 0) : total;
        return new ClosurePlan(items, sizes, bytes, seeders, rate == null ? new BitRate(0) : rate, delay,
                warmUp, roundTrips, against(), runs, options.seed(), options.parent());
    }

    private Optional<Against> against() throws IOException, InterruptedException {
        return against == null
                ? Optional.empty()
                : Optional.of(Against.named(against, System.getenv(), options.steps(spec)));
    }

    private void within(String option, boolean is, String what, @Nullable Object found) {
        BenchOptions.check(spec, option, is, what, found);
    }
}
