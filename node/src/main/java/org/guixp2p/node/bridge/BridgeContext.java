// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.util.function.LongSupplier;

/**
 * What every session needs.
 *
 * @param walks hears what daemons ask
 * @param agent name and version of this program
 * @param nanoTime a steady clock, as {@link System#nanoTime}
 */
record BridgeContext(Substitutes substitutes, Walks walks, String agent, Turns turns, LongSupplier nanoTime) {
    BridgeContext(Substitutes substitutes, Walks walks, String agent, LongSupplier nanoTime) {
        this(substitutes, walks, agent, new Turns(), nanoTime);
    }
}
