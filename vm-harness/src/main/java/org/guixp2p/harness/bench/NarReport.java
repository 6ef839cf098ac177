// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.util.List;
import org.guixp2p.harness.units.ReportJson;

/**
 * How fast the NAR of a tree is read out of the tree; as JSON, the names are those of the components in lower case with
 * underscores. Times are medians of all rounds, in seconds.
 *
 * @param ok whether what was read was the tree's NAR, and {@code tar} ran; {@code failures} says what did not hold
 * @param bytes contents of all files
 * @param narBytes of the NAR
 * @param indexSeconds what making the index took, before the first round
 * @param narSeconds reading all of the NAR
 * @param tarSeconds the same tree by {@code tar}
 * @param ratio the rate of reading the NAR by that of {@code tar}
 * @param narRuns of each round; the first meets code that nothing has compiled yet
 * @param leftRunning processes that were still there after the end
 */
record NarReport(boolean ok, List<String> failures, long bytes, int files, long narBytes, double indexSeconds,
        double narSeconds, double tarSeconds, double ratio, List<Double> narRuns, List<Double> tarRuns,
        int leftRunning) {
    NarReport {
        failures = List.copyOf(failures);
        narRuns = List.copyOf(narRuns);
        tarRuns = List.copyOf(tarRuns);
    }

    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
