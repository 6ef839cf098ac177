// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import org.guixp2p.harness.units.ReportJson;

/**
 * What announcing costs a node; as JSON, the names are those of the components in lower case with underscores. Bytes are those
 * of IPv4 datagrams with their headers; all seconds but {@code seconds} are simulated.
 *
 * @param hours from the end of the first round on, of which all figures are that say nothing else
 * @param bytesInPerSecond whatever has come to the node, questions of others included
 * @param coreShare processor time of the node's own code by the time that passed, from 0 to 1
 * @param foundShare share of the lookups that found the node, from 0 to 1; each for something that was announced once at least
 * @param lookups that have come to an end, in the first round too
 * @param leftOut items that the budget leaves out
 * @param notAnnounced items that the first round did not get to in six hours, after which it ends
 * @param firstRoundSeconds until each item was announced once, but for those
 * @param firstRoundBytesPerSecond in and out together
 * @param seconds that it took
 */
record AnnouncementsReport(int nodes, int items, int announceRate, double bound, double loss, double churnSeconds,
        double hours, double bytesInPerSecond, double bytesOutPerSecond, double datagramsPerSecond, double coreShare,
        double foundShare, int lookups, long leftOut, long notAnnounced, double firstRoundSeconds,
        double firstRoundBytesPerSecond, double seconds, long seed) {
    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
