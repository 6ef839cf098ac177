// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;

/**
 * What every session needs.
 *
 * @param agent name and version of this program
 * @param turns how many large commands may be at work at a time, over all sessions
 * @param nanoTime a steady clock, as {@link System#nanoTime}
 */
record BridgeContext(Substitutes substitutes, String agent, Semaphore turns, LongSupplier nanoTime) {
    /** A command has at most 16 MiB; what is made of it takes several times as much. */
    private static final int LARGE_AT_A_TIME = 2;

    BridgeContext(Substitutes substitutes, String agent, LongSupplier nanoTime) {
        this(substitutes, agent, new Semaphore(LARGE_AT_A_TIME, true), nanoTime);
    }
}
