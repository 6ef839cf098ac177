// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.guixp2p.harness.bench.SimulationOptions;
import org.guixp2p.node.config.NodeConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code guix-p2p bench announcements}. */
@Command(name = "announcements", description = "Simulate a node of the DHT that announces many items, in virtual time: what that costs it, and whether they are found.")
public final class AnnouncementsCommand implements Callable<Integer> {
    private static final int MOST_NODES = 1_000_000;
    private static final int MOST_ITEMS = 65_536;
    private static final int MOST_RATE = 10_000;
    private static final int MOST_HOURS = 1000;
    private static final int PERCENT = 100;

    @Mixin
    private SimulationOptions options = new SimulationOptions();

    @Option(names = "--nodes", paramLabel = "N", defaultValue = "2000", description = "How many nodes (default: ${DEFAULT-VALUE}).")
    private int nodes;

    @Option(names = "--items", paramLabel = "N", defaultValue = "5000", description = "How many items one of them announces (default: ${DEFAULT-VALUE}).")
    private int items;

    @Option(names = "--hours", paramLabel = "N", defaultValue = "3", description = "Simulated time that counts, after each item was announced once (default: ${DEFAULT-VALUE}).")
    private double hours;

    @Option(names = "--rate", paramLabel = "N", description = "How many messages a second announcing may cost (default: that of dht_announce_rate).")
    private @Nullable Integer rate;

    @Option(names = "--bound", paramLabel = "PERCENT", defaultValue = "100", description = "How many other nodes have ids that are bound to their addresses (default: ${DEFAULT-VALUE}).")
    private double bound;

    @Option(names = "--loss", paramLabel = "PERCENT", defaultValue = "0", description = "How many datagrams are lost (default: ${DEFAULT-VALUE}).")
    private double loss;

    @Option(names = "--churn", paramLabel = "MEAN", description = "Other nodes come and go; how many seconds they stay on average.")
    private @Nullable Long churn;

    @Option(names = "--lookups", paramLabel = "N", defaultValue = "1000", description = "How many in those hours, and as often in the first round (default: ${DEFAULT-VALUE}).")
    private int lookups;

    @Override
    public Integer call() {
        int budget = rate == null ? NodeConfig.Dht.RATE : rate;
        options.check("--nodes", nodes >= 2 && nodes <= MOST_NODES, "from 2 to " + MOST_NODES, nodes);
        options.check("--items", items >= 1 && items <= MOST_ITEMS, "from 1 to " + MOST_ITEMS, items);
        options.check("--hours", hours > 0 && hours <= MOST_HOURS, "more than 0, up to " + MOST_HOURS, hours);
        options.check("--rate", budget >= 1 && budget <= MOST_RATE, "from 1 to " + MOST_RATE, budget);
        options.check("--bound", bound >= 0 && bound <= PERCENT, "from 0 to 100", bound);
        options.check("--loss", loss >= 0 && loss < PERCENT, "from 0 to less than 100", loss);
        options.check("--churn", churn == null || churn > 0, "more than 0", churn);
        options.check("--lookups", lookups >= 1 && lookups <= MOST_NODES, "from 1 to " + MOST_NODES, lookups);
        AnnouncementsPlan plan = new AnnouncementsPlan(nodes, items, budget, bound / PERCENT, loss / PERCENT,
                Optional.ofNullable(churn).map(Duration::ofSeconds), lookups,
                Duration.ofMillis((long) (hours * Duration.ofHours(1).toMillis())), options.seed());
        AnnouncementsReport report = new AnnouncementsSimulation(plan, options.steps()).run();
        options.print(report.json(), AnnouncementsSimulation.line(report));
        return 0;
    }
}
