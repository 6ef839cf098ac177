// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.util.function.LongSupplier;

/**
 * What every session needs.
 *
 * @param walks hears what daemons ask
 * @param agent name and version of this program
 * @param asked run for each command of a restorer's, on any thread; does not block
 * @param nanoTime a steady clock, as {@link System#nanoTime}
 */
record BridgeContext(Substitutes substitutes, Walks walks, String agent, Turns turns, Runnable asked,
        LongSupplier nanoTime) {
    BridgeContext(Substitutes substitutes, Walks walks, String agent, Runnable asked, LongSupplier nanoTime) {
        this(substitutes, walks, agent, new Turns(), asked, nanoTime);
    }
}
