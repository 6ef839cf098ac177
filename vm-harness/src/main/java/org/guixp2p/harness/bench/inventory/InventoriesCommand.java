// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.inventory;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.guixp2p.harness.bench.SimulationOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code guix-p2p bench inventories}. */
@Command(name = "inventories", description = "Simulate many nodes that tell each other what they have, in virtual time: how many lookups that answers.")
public final class InventoriesCommand implements Callable<Integer> {
    private static final int LEAST_NODES = 3;
    private static final int MOST_NODES = 100_000;
    private static final int MOST_ITEMS = 10_000_000;
    private static final int MOST_ZIPF = 4;
    /** A lookup is for what a node has not: it would take for ever where nodes have all that is wanted. */
    private static final double LEAST_SHARE_NOT_KEPT = 1e-4;

    @Mixin
    private SimulationOptions options = new SimulationOptions();

    @Option(names = "--nodes", paramLabel = "N", defaultValue = "2000", description = "How many nodes (default: ${DEFAULT-VALUE}).")
    private int nodes;

    @Option(names = "--sessions", paramLabel = "N", defaultValue = "60", description = "How many sessions each has on average, full and light ones (default: ${DEFAULT-VALUE}).")
    private int sessions;

    @Option(names = "--items", paramLabel = "N", defaultValue = "20000", description = "How many items there are (default: ${DEFAULT-VALUE}).")
    private int items;

    @Option(names = "--zipf", paramLabel = "EXPONENT", defaultValue = "1", description = "How much more popular items are wanted more: the k-th as often as k^-EXPONENT (default: ${DEFAULT-VALUE}).")
    private double zipf;

    @Option(names = "--kept", paramLabel = "N", defaultValue = "1000", description = "How many items each node keeps, those it got last (default: ${DEFAULT-VALUE}).")
    private int kept;

    @Option(names = "--lookups", paramLabel = "N", defaultValue = "40000", description = "How many lookups (default: ${DEFAULT-VALUE}).")
    private int lookups;

    @Option(names = "--an-hour", paramLabel = "N", defaultValue = "60", description = "How many items each node wants in an hour on average (default: ${DEFAULT-VALUE}).")
    private int anHour;

    @Option(names = "--session-seconds", paramLabel = "N", defaultValue = "3600", description = "How long a session lasts on average; then another node is met (default: ${DEFAULT-VALUE}).")
    private long sessionSeconds;

    @Override
    public Integer call() {
        options.check("--nodes", nodes >= LEAST_NODES && nodes <= MOST_NODES,
                "from " + LEAST_NODES + " to " + MOST_NODES, nodes);
        options.check("--sessions", sessions >= 2 && sessions < nodes, "from 2 to less than the nodes", sessions);
        options.check("--items", items >= 1 && items <= MOST_ITEMS, "from 1 to " + MOST_ITEMS, items);
        options.check("--zipf", zipf >= 0 && zipf <= MOST_ZIPF, "from 0 to " + MOST_ZIPF, zipf);
        options.check("--kept", kept >= 1 && kept <= items / 2, "from 1 to half of the items", kept);
        options.check("--lookups", lookups >= 1 && lookups <= MOST_ITEMS, "from 1 to " + MOST_ITEMS, lookups);
        options.check("--an-hour", anHour >= 1 && anHour <= MOST_ITEMS, "from 1 to " + MOST_ITEMS, anHour);
        options.check("--session-seconds", sessionSeconds >= 1, "more than 0", sessionSeconds);
        double rest = new Zipf(items, zipf).shareFrom(kept);
        options.check("--kept", rest >= LEAST_SHARE_NOT_KEPT,
                "fewer, or a smaller --zipf, so that not nearly all that is wanted is there", kept);
        InventoriesPlan plan = new InventoriesPlan(nodes, sessions, items, zipf, kept, lookups, anHour,
                Duration.ofSeconds(sessionSeconds), options.seed());
        InventoriesReport report = new InventoriesSimulation(plan, options.steps()).run();
        options.print(report.json(), InventoriesSimulation.line(report));
        return 0;
    }
}
