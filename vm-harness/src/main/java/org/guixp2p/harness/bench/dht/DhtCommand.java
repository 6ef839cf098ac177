// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.guixp2p.harness.bench.SimulationOptions;
import org.guixp2p.node.discovery.dht.IdRule;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code guix-p2p bench dht}. */
@Command(name = "dht", description = "Simulate many nodes of the DHT in virtual time: how surely and how soon they find each other's peers.")
public final class DhtCommand implements Callable<Integer> {
    private static final int MOST_NODES = 1_000_000;
    private static final int PERCENT = 100;

    @Mixin
    private SimulationOptions options = new SimulationOptions();

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

    @Override
    public Integer call() {
        options.check("--nodes", nodes >= 2 && nodes <= MOST_NODES, "from 2 to " + MOST_NODES, nodes);
        options.check("--dead", dead >= 0 && dead < PERCENT, "from 0 to less than 100", dead);
        options.check("--loss", loss >= 0 && loss < PERCENT, "from 0 to less than 100", loss);
        options.check("--churn", churn == null || churn > 0, "more than 0", churn);
        options.check("--sybils", sybils >= 0 && sybils <= MOST_NODES, "from 0 to " + MOST_NODES, sybils);
        options.check("--rules", rules.equals("mainline") || rules.equals("private"), "mainline or private", rules);
        options.check("--bound", bound >= 0 && bound <= PERCENT, "from 0 to 100", bound);
        options.check("--lookups", lookups >= 1 && lookups <= MOST_NODES, "from 1 to " + MOST_NODES, lookups);
        options.check("--seconds", seconds == null || seconds > 0, "more than 0", seconds);
        Optional<Duration> session = Optional.ofNullable(churn).map(Duration::ofSeconds);
        long spread = seconds != null ? seconds : session.isPresent() ? 3600 : 60;
        boolean enforced = rules.equals("private");
        DhtPlan plan = new DhtPlan(nodes, dead / PERCENT, loss / PERCENT, session, sybils,
                enforced ? IdRule.ENFORCED : IdRule.PREFERRED, enforced ? 1 : bound / PERCENT, lookups,
                Duration.ofSeconds(spread), options.seed());
        DhtReport report = new DhtSimulation(plan, options.steps()).run();
        options.print(report.json(), DhtSimulation.line(report));
        return 0;
    }
}
