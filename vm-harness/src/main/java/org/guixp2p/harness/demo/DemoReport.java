// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.util.List;
import java.util.Map;
import org.guixp2p.harness.units.ReportJson;
import org.jspecify.annotations.Nullable;

/**
 * What a demonstration has shown; as JSON, the names are those of the components in lower case with underscores.
 *
 * @param ok whether everything held; {@code failures} says what did not, one line each
 * @param mode {@code plain}, {@code kill-one}, {@code liar} or {@code kill-one+liar}
 * @param discovery how the fetcher found the seeders: {@code named}, {@code dht} or {@code lan}
 * @param narBytes size of the NARs of all items together
 * @param seconds from each {@code substitute} request to the reply that says it is verified and restored, added up
 * @param mibPerSecond the former by the latter, in MiB a second
 * @param peers what each seeder has delivered; all of them stand here
 * @param requeuedBlocks blocks that had to be asked for again
 * @param corruptBlocks blocks that did not match the manifest
 * @param duplicatedBytes NAR bytes that came twice
 * @param restarts how often a NAR began again
 * @param killed the seeder that was killed, or null
 * @param liar the seeder that served corrupt blocks, or null
 * @param maxUploadRate bytes a second that each seeder sends at most, 0 when there is no bound
 * @param items what was sent
 * @param restorer what {@code guix-daemon} would have started
 * @param deduplicatedFiles files that share their bytes through {@code .links}
 * @param narinfoRequests what the substitute server was asked for
 * @param narRequests NARs that the substitute server was asked for; under {@code p2p-only} none
 * @param peakRssMib the largest resident set of each process, in MiB, by what it was
 * @param leftRunning processes that were still there after the end; with {@code held}, those that are to be
 * @param held whether the nodes were kept up
 * @param workDirectory where everything lies, when it was kept
 */
record DemoReport(boolean ok, List<String> failures, String mode, String discovery, long narBytes, double seconds,
        double mibPerSecond, List<Peer> peers, long requeuedBlocks, long corruptBlocks, long duplicatedBytes,
        int restarts,
        @Nullable Killed killed, @Nullable Liar liar, long maxUploadRate, List<Item> items,
        String restorer, int deduplicatedFiles, int narinfoRequests, int narRequests, Map<String, Double> peakRssMib,
        int leftRunning, boolean held, @Nullable String workDirectory) {
    DemoReport {
        failures = List.copyOf(failures);
        peers = List.copyOf(peers);
        items = List.copyOf(items);
    }

    /**
     * A seeder.
     *
     * @param bytes NAR bytes of it that are in the items
     */
    record Peer(String id, String name, long bytes) {}

    /**
     * The seeder that was killed.
     *
     * @param bytes what it had delivered
     * @param receivedBytes what all had delivered then
     * @param narBytes what there was to deliver
     */
    record Killed(String id, String name, long bytes, long receivedBytes, long narBytes) {}

    /**
     * The seeder that lies.
     *
     * @param corruptBlocks blocks of it that were found out
     */
    record Liar(String id, String name, long bytes, long corruptBlocks) {}

    /**
     * What was sent.
     *
     * @param origin where its contents come from
     */
    record Item(String storePath, String narHash, long narBytes, int files, int directories, int symlinks,
            String origin, double seconds, double mibPerSecond) {}

    /** One object, on one line. */
    String json() {
        return ReportJson.line(this);
    }
}
