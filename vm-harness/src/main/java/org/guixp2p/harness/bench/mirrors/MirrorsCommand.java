// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.mirrors;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.guixp2p.harness.bench.BenchCommand;
import org.guixp2p.harness.bench.BenchOptions;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.harness.units.BitRate;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Span;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code guix-p2p bench mirrors}. */
@Command(name = "mirrors", description = "Measure what it costs that the first of two substitute servers is dead, slow, or lies.")
public final class MirrorsCommand implements Callable<Integer> {
    private static final int MOST_ITEMS = 1000;
    private static final long MOST_BYTES = 1L << 30;
    private static final Duration MOST_DELAY = Duration.ofSeconds(2);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Option(names = "--items", paramLabel = "N", defaultValue = "20", description = "How many are fetched, one after another (default: ${DEFAULT-VALUE}).")
    private int items;

    @Option(names = "--size", paramLabel = "SIZE", defaultValue = "5MiB", description = "Of each (default: ${DEFAULT-VALUE}).")
    private ByteCount size = new ByteCount(0);

    @Option(names = "--rate", paramLabel = "RATE", defaultValue = "100Mbit/s", description = "What the link of each server that answers carries (default: ${DEFAULT-VALUE}).")
    private BitRate rate = new BitRate(0);

    @Option(names = "--slow", paramLabel = "RATE", defaultValue = "4Mbit/s", description = "What that of the slow one carries (default: ${DEFAULT-VALUE}).")
    private BitRate slow = new BitRate(0);

    @Option(names = "--delay", paramLabel = "TIME", defaultValue = "20ms", description = "What is added to a round trip, half of it each way (default: ${DEFAULT-VALUE}).")
    private Span delay = new Span(Duration.ZERO);

    @Override
    public Integer call() {
        BenchOptions.check(spec, "--items", items >= 1 && items <= MOST_ITEMS, "from 1 to " + MOST_ITEMS, items);
        BenchOptions.check(spec, "--size", size.bytes() >= 1 && size.bytes() <= MOST_BYTES, "from 1B to 1GiB", size);
        BenchOptions.check(spec, "--delay", delay.duration().compareTo(MOST_DELAY) <= 0, "up to 2s", delay);
        options.check(spec);
        Link link = new Link(rate.bytes(), delay.duration().dividedBy(2));
        MirrorsBench.Plan plan = new MirrorsBench.Plan(List.of(BadMirror.Kind.values()), items, size, link,
                slow.bytes(), options.seed(),
                options.parent());
        try {
            MirrorsReport report = new MirrorsBench(plan, Programs.ofThisProcess(), options.steps(spec)).run();
            show(report);
            return report.ok() ? BenchCommand.HELD : BenchCommand.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return BenchCommand.INTERRUPTED;
        }
    }

    private void show(MirrorsReport report) {
        PrintWriter out = spec.commandLine().getOut();
        if (options.json()) {
            out.println(report.json());
        } else {
            out.println();
            report.mirrors().forEach((kind, cost) -> out.printf(Locale.ROOT,
                    "  %-8s %7.2f s, %6.2f s more; the slowest item %.2f s%n", kind, cost.seconds(),
                    cost.costSeconds(), cost.slowestSeconds()));
            report.failures().forEach(failure -> out.println("  - " + failure));
        }
        out.flush();
    }
}
