// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.util.function.LongSupplier;

/**
 * What every session needs.
 *
 * @param agent name and version of this program
 * @param nanoTime a steady clock, as {@link System#nanoTime}
 */
record BridgeContext(Substitutes substitutes, String agent, Turns turns, LongSupplier nanoTime) {
    BridgeContext(Substitutes substitutes, String agent, LongSupplier nanoTime) {
        this(substitutes, agent, new Turns(), nanoTime);
    }
}
