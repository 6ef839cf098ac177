// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.inventory;

import org.guixp2p.harness.units.ReportJson;

/**
 * What came of a simulation; as JSON, the names are those of the components in lower case with underscores.
 *
 * @param answeredShare share of the lookups, from 0 to 1, in which a connected peer had what its inventory named: nobody else was asked
 * @param nobodyShare share of the lookups for what no node had, which no directory can answer
 * @param vainQuestionsPerLookup questions to peers that did not have what their inventories named
 * @param bytesToldPerNodeAndSecond inventories and their changes, sent to all peers together
 * @param filterBytesPerNode what a node keeps of its peers' inventories, on average
 * @param seconds that it took
 */
record InventoriesReport(int nodes, int sessions, int items, double zipf, int kept, int lookups, double sessionSeconds,
        double answeredShare, double nobodyShare, double vainQuestionsPerLookup, double bytesToldPerNodeAndSecond,
        double filterBytesPerNode, double simulatedSeconds, double seconds, long seed) {
    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
