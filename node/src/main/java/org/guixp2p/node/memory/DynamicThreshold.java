// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.memory;

/**
 * How much each of several users may have of what they share: twice as much as is left after it (A. Choudhury and E. Hahne,
 * "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches", 1998). One alone gets two thirds of all, several get equal
 * parts, and there is always something left for the next one.
 */
public final class DynamicThreshold {
    private static final int TIMES_LEFT = 2;

    private DynamicThreshold() {}

    /** The most that one user may have when so much is left; below zero when less than nothing is. */
    public static long of(long left) {
        return TIMES_LEFT * left;
    }
}
