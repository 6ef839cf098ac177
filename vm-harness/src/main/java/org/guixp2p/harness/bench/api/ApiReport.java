// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.api;

import java.util.List;
import org.guixp2p.harness.units.ReportJson;

/**
 * How soon the REST API answers; as JSON, the names are those of the components in lower case with underscores.
 *
 * @param ok whether the node knew all of it and gave each answer; {@code failures} says what did not hold
 * @param seeds what {@code /api/status} says that it offers
 * @param knownPeers of how many peers it remembers what they did, as it says at its start
 * @param knownAddresses where peers have answered, in its book; that has room for 1,024
 * @param warmUp how often {@code /api/status} was asked before the clock ran
 * @param status {@code /api/status}
 * @param peers {@code /api/peers}
 * @param seedsPage the first page of {@code /api/seeds}
 * @param metrics {@code /metrics}, of which the node makes one text a second
 * @param leftRunning processes that were still there after the end
 */
record ApiReport(boolean ok, List<String> failures, int seeds, int knownPeers, int knownAddresses, int warmUp,
        Figures status, Figures peers, Figures seedsPage, Figures metrics, int leftRunning) {
    ApiReport {
        failures = List.copyOf(failures);
    }

    /**
     * How long the answers at one path took.
     *
     * @param answerBytes of the body of the last one
     */
    record Figures(int requests, long answerBytes, double p50Millis, double p99Millis, double maxMillis) {
        static final Figures NONE = new Figures(0, 0, 0, 0, 0);
    }

    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
