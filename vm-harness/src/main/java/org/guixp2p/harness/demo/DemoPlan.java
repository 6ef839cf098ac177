// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.nio.file.Path;
import java.util.List;
import org.guixp2p.harness.units.ByteCount;

/**
 * What is to be shown.
 *
 * @param sources where the tree is taken from
 * @param size bytes of contents of the tree
 * @param store where a real store item is looked for
 * @param parent where the work directory is made
 * @param discovery how the nodes find each other
 * @param killOne whether a seeder is killed midway
 * @param liar whether one seeder serves corrupt blocks
 * @param hold whether the nodes stay up at the end
 */
public record DemoPlan(List<Path> sources, ByteCount size, Path store, Path parent, Discovery discovery,
        boolean killOne, boolean liar, boolean hold) {
    /** Seeders of each item. */
    static final int SEEDERS = 3;
    /** A real store item is not larger than this. */
    private static final long MAX_STORE_ITEM = 300L << 20;
    /** So long the transfer takes at least when a seeder is to be killed in the midst of it. */
    private static final int SECONDS_TO_KILL = 2;
    private static final long SLOWEST = 256 * 1024;

    public DemoPlan {
        sources = List.copyOf(sources);
    }

    /** {@code plain}, {@code kill-one}, {@code liar}, or the latter two together. */
    String mode() {
        String mode = (killOne ? "kill-one" : "") + (killOne && liar ? "+" : "") + (liar ? "liar" : "");
        return mode.isEmpty() ? "plain" : mode;
    }

    /**
     * What each seeder sends at most, in bytes a second; 0 is no bound. On loopback a transfer can be over before anybody
     * could be killed, so there is one when somebody is to be.
     */
    long maxUploadRate() {
        return killOne ? Math.max(SLOWEST, size.bytes() / SEEDERS / SECONDS_TO_KILL) : 0;
    }

    /** The most that the item from the store may have. */
    long maxStoreItem() {
        return Math.min(MAX_STORE_ITEM, size.bytes() * 2);
    }
}
