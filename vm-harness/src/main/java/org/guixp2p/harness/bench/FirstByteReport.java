// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.util.List;
import org.guixp2p.harness.units.ReportJson;

/**
 * How long the first byte takes; as JSON, the names are those of the components in lower case with underscores.
 *
 * @param ok whether all NARs came, and were right; {@code failures} says what did not hold
 * @param narBytes size of each NAR
 * @param delayMs added to a round trip
 * @param firstByteMs from the request on the node's socket to the first verified byte there, median of the rounds
 * @param roundTrips {@code firstByteMs} in round trips of the delay, 0 without a delay
 * @param wholeMs to the last byte, median of the rounds
 * @param roundsMs {@code firstByteMs} of each round; the first ones meet a node that has just been started
 * @param wireBytes payload that passed the relay for all NARs, both ways
 * @param leftRunning processes that were still there after the end
 */
record FirstByteReport(boolean ok, List<String> failures, long narBytes, long delayMs, double firstByteMs,
        double roundTrips, double wholeMs, List<Double> roundsMs, long wireBytes, int leftRunning) {
    FirstByteReport {
        failures = List.copyOf(failures);
        roundsMs = List.copyOf(roundsMs);
    }

    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
