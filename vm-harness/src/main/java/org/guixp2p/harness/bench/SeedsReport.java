// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.util.List;
import org.guixp2p.harness.units.ReportJson;

/**
 * What it costs to have many items; as JSON, the names are those of the components in lower case with underscores.
 *
 * @param ok whether all items were there again; {@code failures} says what did not hold
 * @param items how many
 * @param kept whether they are kept NARs, not items of the store
 * @param startSeconds from the start of the process until all are there again
 * @param cpuSeconds of the process by then
 * @param heapBytes live objects of the node after a full collection, -1 when nothing tells
 * @param emptyStartSeconds the same of a node that has none
 * @param leftRunning processes that were still there after the end
 */
record SeedsReport(boolean ok, List<String> failures, int items, boolean kept, double startSeconds, double cpuSeconds,
        long heapBytes, double emptyStartSeconds, double emptyCpuSeconds, long emptyHeapBytes, int leftRunning) {
    SeedsReport {
        failures = List.copyOf(failures);
    }

    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
