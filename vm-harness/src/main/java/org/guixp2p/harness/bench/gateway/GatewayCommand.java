// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.gateway;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.guixp2p.harness.bench.BenchCommand;
import org.guixp2p.harness.bench.BenchOptions;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.units.ByteCount;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code guix-p2p bench gateway}. */
@Command(name = "gateway", description = "Measure the substitute server in a node: against nginx, and with many clients.")
public final class GatewayCommand implements Callable<Integer> {
    private static final long MOST_BYTES = 64L << 30;
    private static final int MOST_ROUNDS = 1000;
    private static final int MOST_CLIENTS = 400;
    private static final int MOST_QUESTIONS = 3000;
    private static final int MOST_FETCHERS = 100;
    private static final double BYTES_PER_MB = 1e6;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Option(names = "--size", paramLabel = "SIZE", defaultValue = "1GiB", description = "Of the NAR that the node holds (default: ${DEFAULT-VALUE}).")
    private ByteCount size = new ByteCount(0);

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5", description = "How often it is fetched from each; figures are medians (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(names = "--clients", paramLabel = "N", defaultValue = "200", description = "Clients who ask for narinfos (default: ${DEFAULT-VALUE}).")
    private int clients;

    @Option(names = "--questions", paramLabel = "N", defaultValue = "200", description = "Narinfos that each asks for (default: ${DEFAULT-VALUE}).")
    private int questions;

    @Option(names = "--fetchers", paramLabel = "N", defaultValue = "50", description = "Clients who want one NAR at once (default: ${DEFAULT-VALUE}).")
    private int fetchers;

    @Option(names = "--wanted", paramLabel = "SIZE", defaultValue = "64MiB", description = "Of that NAR (default: ${DEFAULT-VALUE}).")
    private ByteCount wanted = new ByteCount(0);

    @Override
    public Integer call() {
        bytes("--size", size);
        bytes("--wanted", wanted);
        count("--rounds", rounds, MOST_ROUNDS);
        count("--clients", clients, MOST_CLIENTS);
        count("--questions", questions, MOST_QUESTIONS);
        count("--fetchers", fetchers, MOST_FETCHERS);
        options.check(spec);
        GatewayBench.Plan plan = new GatewayBench.Plan(size, rounds, clients, questions, fetchers, wanted,
                options.seed(), options.parent());
        try {
            GatewayReport report = new GatewayBench(plan, Programs.ofThisProcess(), options.steps(spec)).run();
            show(report);
            return report.ok() ? BenchCommand.HELD : BenchCommand.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return BenchCommand.INTERRUPTED;
        }
    }

    private void bytes(String option, ByteCount value) {
        BenchOptions.check(spec, option, value.bytes() >= 1 && value.bytes() <= MOST_BYTES, "from 1B to 64GiB", value);
    }

    private void count(String option, int value, int most) {
        BenchOptions.check(spec, option, value >= 1 && value <= most, "from 1 to " + most, value);
    }

    private void show(GatewayReport report) {
        PrintWriter out = spec.commandLine().getOut();
        if (options.json()) {
            out.println(report.json());
        } else {
            out.println();
            out.printf(Locale.ROOT, "  a NAR of %.1f MB: %.3f s from the gateway, %.3f s from nginx; ratio %.2f%n",
                    report.narBytes() / BYTES_PER_MB, report.gatewaySeconds(), report.nginxSeconds(), report.ratio());
            out.printf(Locale.ROOT, "  %d narinfos to %d clients: %d errors, %.1f ms at the median, p99 %.1f ms%n",
                    report.lookups(), report.clients(), report.lookupErrors(), report.p50Millis(), report.p99Millis());
            out.printf(Locale.ROOT, "  %d clients at once: %d downloads, %d complete, %.1f s%n", report.fetchers(),
                    report.downloads(), report.complete(), report.fetchSeconds());
            report.failures().forEach(failure -> out.println("  - " + failure));
        }
        out.flush();
    }
}
