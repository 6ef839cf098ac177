// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.util.List;
import org.guixp2p.harness.units.ReportJson;

/**
 * What it costs to seed a store of many items; as JSON, the names are those of the components in lower case with underscores.
 *
 * @param ok whether the node knew all items; {@code failures} says what did not hold
 * @param items how many the database has
 * @param seedStore {@code public} or {@code all}
 * @param realBytes of the trees that are there; those of other items are not
 * @param databaseBytes of the database
 * @param on of the node that seeds the store
 * @param off of a node that does not
 * @param runs seconds to start, of each run of the node that seeds the store
 * @param leftRunning processes that were still there after the end
 */
record StoreReport(boolean ok, List<String> failures, int items, String seedStore, long realBytes, long databaseBytes,
        Start on, Start off, List<Double> runs, int leftRunning) {
    StoreReport {
        failures = List.copyOf(failures);
        runs = List.copyOf(runs);
    }

    /**
     * One start; that with the median time.
     *
     * @param readySeconds from the start of the process until it serves
     * @param startSeconds until it knows all items, which with {@code all} it offers; without its store, {@code readySeconds}
     * @param cpuSeconds of the process by then
     * @param heapBytes live objects after a full collection, when it had come to rest; -1 when nothing tells
     * @param readBytes what the process had read until it came to rest, from the kernel's cache too; -1 when nothing tells
     * @param hashedItems whose hash the node had found out by its end
     */
    record Start(double readySeconds, double startSeconds, double cpuSeconds, long heapBytes, long readBytes,
            long hashedItems) {}

    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
