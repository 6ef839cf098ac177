// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.harness.units.ReportJson;
import org.jspecify.annotations.Nullable;

/**
 * How long a closure takes; as JSON, the names are those of the components in lower case with underscores. Times are those of the
 * run with the median time; those that stand here and in {@code shapes} are those of the walk alone.
 *
 * @param ok whether everything came, and was right; {@code failures} says what did not hold
 * @param sizes {@code small} or {@code package}
 * @param depth levels of references, that of the first item included
 * @param bytes of all NARs
 * @param medianBytes of a NAR
 * @param delayMs added to a round trip
 * @param rate bytes a second that all seeders can send together, and that the server can; 0 is no bound
 * @param runs how many, of each shape
 * @param against {@code plain} for a substituter that does on the network what Guix's own does, {@code guix} for Guix's own;
 *            nothing when none was measured
 * @param guixVersion which Guix that was
 * @param nodeSeconds from the first question to the reply for the last item
 * @param httpSeconds the same of {@code against}; nothing when none was measured
 * @param speedup {@code httpSeconds} by {@code nodeSeconds}
 * @param walkSeconds what the node took to answer about each path
 * @param walkRoundTrips {@code walkSeconds} in round trips of the delay; nothing without a delay
 * @param countedRoundTrips that a walk needs, one after the other; nothing when they were not counted
 * @param linkShare bytes of NARs by what the links could carry in {@code nodeSeconds}; nothing without a bound
 * @param itemsLinkShare the same in the time from the request for the first item on, before which no NAR may come
 * @param leftRunning processes that were still there after the end
 */
record ClosureReport(boolean ok, List<String> failures, int items, String sizes, int depth, long bytes,
        long medianBytes, long delayMs, long rate, int seeders, int runs, @Nullable String against,
        @Nullable String guixVersion, double nodeSeconds, @Nullable Double httpSeconds, @Nullable Double speedup,
        double walkSeconds, @Nullable Double walkRoundTrips, @Nullable Double countedRoundTrips,
        @Nullable Double linkShare, @Nullable Double itemsLinkShare, Map<String, OfShape> shapes, int leftRunning) {
    ClosureReport {
        failures = List.copyOf(failures);
        shapes = new LinkedHashMap<>(shapes);
    }

    /**
     * The same of one shape.
     *
     * @param node what {@code nodeSeconds} consist of
     * @param http what {@code httpSeconds} consist of
     * @param nodeRuns {@code nodeSeconds} of each run
     */
    record OfShape(double nodeSeconds, @Nullable Double httpSeconds, @Nullable Double speedup, double walkSeconds,
            @Nullable Double walkRoundTrips, @Nullable Double linkShare, @Nullable Double itemsLinkShare, Phases node,
            @Nullable Phases http, List<Double> nodeRuns, List<Double> httpRuns) {
        OfShape {
            nodeRuns = List.copyOf(nodeRuns);
            httpRuns = List.copyOf(httpRuns);
        }
    }

    /**
     * What came one after the other.
     *
     * @param batchSeconds the question about all paths at once; 0 where there was none
     * @param walkSeconds the questions about one path each
     * @param substituteSeconds the items
     */
    record Phases(double batchSeconds, double walkSeconds, double substituteSeconds) {}

    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
