// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import org.guixp2p.harness.units.ReportJson;

/**
 * What came of a simulation; as JSON, the names are those of the components in lower case with underscores.
 *
 * @param rules {@code mainline} or {@code private}
 * @param foundShare share of the lookups that found the peer that is there, from 0 to 1
 * @param firstP50Ms simulated milliseconds until half of all lookups had found it
 * @param messagesPerLookup questions for peers, on average
 * @param datagramsPerNodeAndMinute of all kinds, all the time
 * @param simulatedSeconds from the first node on
 * @param seconds that it took
 */
record DhtReport(int nodes, double dead, double loss, double churnSeconds, int sybils, String rules, double bound,
        int lookups, double foundShare, double firstP50Ms, double firstP95Ms, double messagesPerLookup,
        double datagramsPerNodeAndMinute,
        double simulatedSeconds, double seconds, long seed) {
    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
