// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.guixp2p.node.discovery.dht.IdRule;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code guix-p2p bench dht}. */
@Command(name = "dht", description = "Simulate many nodes of the DHT in virtual time: how surely and how soon they find each other's peers.")
public final class DhtCommand implements Callable<Integer> {
    private static final int MOST_NODES = 1_000_000;
    private static final int PERCENT = 100;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--nodes", paramLabel = "N", defaultValue = "1000", description = "How many nodes (default: ${DEFAULT-VALUE}).")
    private int nodes;

    @Option(names = "--dead", paramLabel = "PERCENT", defaultValue = "0", description = "How many of them are gone at once before the lookups begin (default: ${DEFAULT-VALUE}).")
    private double dead;

    @Option(names = "--loss", paramLabel = "PERCENT", defaultValue = "0", description = "How many datagrams are lost (default: ${DEFAULT-VALUE}).")
    private double loss;

    @Option(names = "--churn", paramLabel = "MEAN", description = "Nodes come and go; how many seconds they stay on average.")
    private @Nullable Long churn;

    @Option(names = "--sybils", paramLabel = "N", defaultValue = "0", description = "Addresses of an attacker who wants nobody to find anything (default: ${DEFAULT-VALUE}).")
    private int sybils;

    @Option(names = "--rules", paramLabel = "mainline|private", defaultValue = "mainline", description = "Whether nodes may have ids that are not bound to their addresses (default: ${DEFAULT-VALUE}).")
    private String rules = "mainline";

    @Option(names = "--bound", paramLabel = "PERCENT", defaultValue = "100", description = "How many honest nodes have ids that are bound to their addresses, with --rules mainline (default: ${DEFAULT-VALUE}).")
    private double bound;

    @Option(names = "--lookups", paramLabel = "N", defaultValue = "1000", description = "How many, each for another key (default: ${DEFAULT-VALUE}).")
    private int lookups;

    @Option(names = "--seconds", paramLabel = "N", description = "Simulated time over which they are spread (default: 60, with --churn 3600).")
    private @Nullable Long seconds;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "What chance begins with (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

    @Override
    public Integer call() {
        check("--nodes", nodes >= 2 && nodes <= MOST_NODES, "from 2 to " + MOST_NODES, nodes);
        check("--dead", dead >= 0 && dead < PERCENT, "from 0 to less than 100", dead);
        check("--loss", loss >= 0 && loss < PERCENT, "from 0 to less than 100", loss);
        check("--churn", churn == null || churn > 0, "more than 0", churn);
        check("--sybils", sybils >= 0 && sybils <= MOST_NODES, "from 0 to " + MOST_NODES, sybils);
        check("--rules", rules.equals("mainline") || rules.equals("private"), "mainline or private", rules);
        check("--bound", bound >= 0 && bound <= PERCENT, "from 0 to 100", bound);
        check("--lookups", lookups >= 1 && lookups <= MOST_NODES, "from 1 to " + MOST_NODES, lookups);
        check("--seconds", seconds == null || seconds > 0, "more than 0", seconds);
        Optional<Duration> session = Optional.ofNullable(churn).map(Duration::ofSeconds);
        long spread = seconds != null ? seconds : session.isPresent() ? 3600 : 60;
        boolean enforced = rules.equals("private");
        DhtPlan plan = new DhtPlan(nodes, dead / PERCENT, loss / PERCENT, session, sybils,
                enforced ? IdRule.ENFORCED : IdRule.PREFERRED, enforced ? 1 : bound / PERCENT, lookups,
                Duration.ofSeconds(spread), seed);
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter steps = json ? spec.commandLine().getErr() : out;
        DhtReport report = new DhtSimulation(plan, step -> {
            steps.println("guix-p2p bench: " + step);
            steps.flush();
        }).run();
        out.println(json ? report.json() : "  " + DhtSimulation.line(report));
        out.flush();
        return 0;
    }

    private void check(String option, boolean is, String what, @Nullable Object found) {
        if (!is) {
            throw new ParameterException(spec.commandLine(), option + ": " + what + ", not " + found);
        }
    }
}
