// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.mirrors;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.harness.units.ReportJson;

/**
 * What bad mirrors cost; as JSON, the names are those of the components in lower case with underscores.
 *
 * @param ok whether each item came, and was restored as it should be; {@code failures} says what did not hold
 * @param bytes of all NARs
 * @param mirrors by what is wrong with the first server, {@code none} being the node that has the good one alone
 * @param leftRunning processes that were still there after the end
 */
record MirrorsReport(boolean ok, List<String> failures, int items, long bytes, Map<String, Cost> mirrors,
        int leftRunning) {
    /**
     * What one costs.
     *
     * @param seconds from the first question to the last item
     * @param slowestSeconds of the item that took longest
     * @param costSeconds by how much longer all took than without it
     */
    record Cost(double seconds, double slowestSeconds, double costSeconds) {}

    MirrorsReport {
        failures = List.copyOf(failures);
        mirrors = new LinkedHashMap<>(mirrors);
    }

    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
