// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.gateway;

import java.util.List;
import org.guixp2p.harness.units.ReportJson;

/**
 * What the gateway does; as JSON, the names are those of the components in lower case with underscores. Times are in seconds unless
 * their name says otherwise; those of the NAR are medians of all rounds.
 *
 * @param ok whether each client got what it asked for, and nothing was fetched twice; {@code failures} says what did not hold
 * @param narBytes of the NAR that the gateway already holds
 * @param ratio the gateway's rate by that of nginx
 * @param lookups narinfos that all clients asked for together
 * @param lookupErrors answers that were not the narinfo
 * @param p50Millis what half of them took no longer than
 * @param p99Millis what all but one in a hundred took no longer than
 * @param fetchers clients who wanted the same NAR, which the node did not have
 * @param fetchedBytes of that NAR
 * @param downloads how often the node fetched it
 * @param complete clients who got all of it
 * @param leftRunning processes that were still there after the end
 */
record GatewayReport(boolean ok, List<String> failures, long narBytes, double gatewaySeconds, double nginxSeconds,
        double ratio, List<Double> gatewayRuns, List<Double> nginxRuns, int clients, int lookups, int lookupErrors,
        double lookupsPerSecond, double p50Millis, double p99Millis, int fetchers, long fetchedBytes, int downloads,
        int complete, double fetchSeconds, int leftRunning) {
    GatewayReport {
        failures = List.copyOf(failures);
        gatewayRuns = List.copyOf(gatewayRuns);
        nginxRuns = List.copyOf(nginxRuns);
    }

    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
