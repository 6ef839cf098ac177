// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.time.Duration;

/**
 * How hard to work at what nobody waits for.
 *
 * @param batch so many items are asked about at a time
 * @param between from one batch to the next
 * @param again after nothing was left to ask, or nobody could be asked
 * @param retry after what earlier runs found out could not be read
 * @param start so long nothing is hashed at first: a machine that starts has other things to read
 * @param rest how many times as long as hashing one item took nothing is hashed then
 */
record SeedingPace(int batch, Duration between, Duration again, Duration retry, Duration start, int rest) {
    private static final Duration LONGEST_REST = Duration.ofHours(1);

    /**
     * Servers have 25 questions a second of a node, while a single {@code guix} that needs something asks a thousand in one go:
     * a store of 100,000 items takes an hour. A quarter of a disk's time is for hashing.
     */
    static final SeedingPace USUAL = new SeedingPace(50, Duration.ofSeconds(2), Duration.ofMinutes(10),
            Duration.ofSeconds(30), Duration.ofSeconds(30), 3);

    /** How long to rest after something took so long. */
    Duration after(Duration took) {
        Duration pause = took.multipliedBy(rest);
        return pause.compareTo(LONGEST_REST) < 0 ? pause : LONGEST_REST;
    }
}
