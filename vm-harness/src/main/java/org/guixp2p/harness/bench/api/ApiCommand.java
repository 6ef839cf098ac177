// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.api;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.guixp2p.harness.bench.BenchCommand;
import org.guixp2p.harness.bench.BenchOptions;
import org.guixp2p.harness.process.Programs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code guix-p2p bench api}. */
@Command(name = "api", description = "Measure how soon the REST API of a node answers that knows many peers and offers many items.")
public final class ApiCommand implements Callable<Integer> {
    private static final int MOST_SEEDS = 1_000_000;
    /** So many a node remembers. */
    private static final int MOST_PEERS = 10_000;
    private static final int MOST_REQUESTS = 1_000_000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "100000", description = "Items that the node offers, from 0 to 1000000 (default: ${DEFAULT-VALUE}).")
    private int seeds;

    @Option(names = "--peers", paramLabel = "N", defaultValue = "10000", description = "Peers that it knows, from 0 to 10000 (default: ${DEFAULT-VALUE}).")
    private int peers;

    @Option(names = "--requests", paramLabel = "N", defaultValue = "5000", description = "How often /api/status is asked for, and a tenth as often the others (default: ${DEFAULT-VALUE}).")
    private int requests;

    @Option(names = "--warm-up", paramLabel = "N", defaultValue = "2000", description = "How often before the clock runs (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Override
    public Integer call() {
        count("--seeds", seeds, 0, MOST_SEEDS);
        count("--peers", peers, 0, MOST_PEERS);
        count("--requests", requests, 1, MOST_REQUESTS);
        count("--warm-up", warmUp, 0, MOST_REQUESTS);
        options.check(spec);
        ApiBench.Plan plan = new ApiBench.Plan(seeds, peers, requests, warmUp, options.seed(), options.parent());
        try {
            ApiReport report = new ApiBench(plan, Programs.ofThisProcess(), options.steps(spec)).run();
            show(report);
            return report.ok() ? BenchCommand.HELD : BenchCommand.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return BenchCommand.INTERRUPTED;
        }
    }

    private void count(String option, int value, int least, int most) {
        BenchOptions.check(spec, option, value >= least && value <= most, "from " + least + " to " + most, value);
    }

    private void show(ApiReport report) {
        PrintWriter out = spec.commandLine().getOut();
        if (options.json()) {
            out.println(report.json());
        } else {
            out.println();
            out.printf(Locale.ROOT, "  %d items offered, %d peers known%n", report.seeds(), report.knownPeers());
            line(out, "/api/status", report.status());
            line(out, "/api/peers", report.peers());
            line(out, "/api/seeds", report.seedsPage());
            line(out, "/metrics", report.metrics());
            report.failures().forEach(failure -> out.println("  - " + failure));
        }
        out.flush();
    }

    private static void line(PrintWriter out, String path, ApiReport.Figures figures) {
        out.printf(Locale.ROOT, "  %-12s %d times: %.1f ms at the median, p99 %.1f ms, at most %.1f ms; %d bytes%n",
                path, figures.requests(), figures.p50Millis(), figures.p99Millis(), figures.maxMillis(),
                figures.answerBytes());
    }
}
