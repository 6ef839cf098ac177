// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.util.List;
import java.util.Map;
import org.guixp2p.harness.units.ReportJson;
import org.jspecify.annotations.Nullable;

/**
 * What was measured; as JSON, the names are those of the components in lower case with underscores. Figures from {@code seconds}
 * to {@code relayStalledMs} are those of the run with the median time.
 *
 * @param ok whether every run brought the original, from seeders alone; {@code failures} says what did not hold
 * @param data {@code random} or {@code package}
 * @param origin where the contents come from
 * @param narBytes size of the NAR
 * @param warmUpBytes size of the item that fetchers got before
 * @param rate bytes a second of each seeder's link, 0 when there is no bound
 * @param delayMs added to a round trip
 * @param loss {@code SEEDERS@SECOND}, or null
 * @param seconds from the request to the verified, restored tree, of the last fetcher
 * @param mibPerSecond NAR bytes by {@code seconds}, in MiB a second
 * @param linkShare NAR bytes by what all links could carry in {@code seconds}, those of killed seeders until then; null when there
 *        is no bound
 * @param wireBytes payload on all sockets, both ways; null when it is not known
 * @param wireBytesFrom {@code relay}, {@code tcp_info} (the kernel's counts) or both
 * @param zstd3Bytes what {@code zstd -3} makes of the whole NAR
 * @param duplicatedBytes NAR bytes that came twice
 * @param firstByteMs from the request to the first verified byte, as the restorer reports it; null when it never did
 * @param peakRssMib largest resident set of a fetcher
 * @param rssMib resident set of the first fetcher in the course of the transfer
 * @param relayStalledMs how long links stood still because the relay was not given a processor, all links together
 * @param fetcherSeconds {@code seconds} of each fetcher
 * @param aloneSeconds of one fetcher alone in the same run, where there are several; else null
 * @param runSeconds {@code seconds} of each run
 * @param against by name of the other program
 * @param missing by name, why another program did not run
 * @param leftRunning processes that were still there after the end
 */
record TransferReport(boolean ok, List<String> failures, String data, String origin, long narBytes, long warmUpBytes,
        int seeders,
        int fetchers, long rate, long delayMs, @Nullable String loss, int runs, double seconds, double mibPerSecond,
        @Nullable Double linkShare, @Nullable Long wireBytes, String wireBytesFrom, long zstd3Bytes,
        long duplicatedBytes, long requeuedBlocks, @Nullable Double firstByteMs, double peakRssMib, List<Double> rssMib,
        double relayStalledMs, List<Double> fetcherSeconds, @Nullable Double aloneSeconds, List<Double> runSeconds,
        Map<String, Rate> against, Map<String, String> missing, int leftRunning) {
    /**
     * How fast another program was.
     *
     * @param mibPerSecond of the run with the median time
     * @param ratio ours by that
     * @param runSeconds of each run
     */
    record Rate(double mibPerSecond, double ratio, double seconds, List<Double> runSeconds) {
        Rate {
            runSeconds = List.copyOf(runSeconds);
        }
    }

    TransferReport {
        failures = List.copyOf(failures);
        rssMib = List.copyOf(rssMib);
        fetcherSeconds = List.copyOf(fetcherSeconds);
        runSeconds = List.copyOf(runSeconds);
    }

    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
