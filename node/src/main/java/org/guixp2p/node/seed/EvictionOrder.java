// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.time.Instant;
import java.util.Comparator;
import org.guixp2p.protocol.item.NarHash;

/**
 * Which of the NARs that are kept goes first when room is wanted: what others would miss least. Without I/O, clocks and chance.
 */
final class EvictionOrder {
    /**
     * What counts of a NAR.
     *
     * @param demand how often it was given lately, in whole NARs
     * @param others how many others are known to have it
     * @param lasting whether the user wants it to go last
     * @param spare whether nobody would miss it
     * @param since when it was kept, or given last
     */
    record Kept(NarHash hash, double demand, int others, boolean lasting, boolean spare, Instant since) {
        /** What each who has it would have to give more, if it were not here. */
        private double worth() {
            return demand / (1 + others);
        }
    }

    private static final Comparator<Kept> BY_KIND = Comparator.comparing(Kept::lasting)
            .thenComparing(Comparator.comparing(Kept::spare).reversed());

    /**
     * What goes first comes first: what nobody would miss; then least demand for each who has it; of what nobody wants, what most
     * others have; then what was wanted longest ago. What the user wants to last comes after all others.
     */
    static final Comparator<Kept> FIRST_TO_GO = BY_KIND.thenComparingDouble(Kept::worth)
            .thenComparing(Comparator.comparingInt(Kept::others).reversed()).thenComparing(Kept::since)
            .thenComparing(Kept::hash);

    /** Likewise, before it is known how many others have something. */
    static final Comparator<Kept> LIKELY_FIRST = BY_KIND.thenComparingDouble(Kept::demand).thenComparing(Kept::since)
            .thenComparing(Kept::hash);

    private EvictionOrder() {}
}
