// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import java.util.EnumMap;
import java.util.Map;

/**
 * What of the lists is shown.
 *
 * @param on which one keys move
 * @param from from which row on each is shown; from the first where there is none
 * @param paused whether nothing new is shown
 */
record Focus(Listing on, Map<Listing, Integer> from, boolean paused) {
    static final Focus FIRST = new Focus(Listing.DOWNLOADS, Map.of(), false);

    Focus {
        from = Map.copyOf(from);
    }

    Focus next() {
        return new Focus(on.next(), from, paused);
    }

    Focus before() {
        return new Focus(on.before(), from, paused);
    }

    int from(Listing list) {
        return from.getOrDefault(list, 0);
    }

    Focus moved(int rows) {
        return at(on, Math.max(0, from(on) + rows));
    }

    Focus pausedOrNot() {
        return new Focus(on, from, !paused);
    }

    /** No further down than there is something. */
    Focus within(Sample sample) {
        Focus within = this;
        for (Listing list : Listing.values()) {
            within = within.at(list, Math.min(from(list), Math.max(0, list.rows(sample) - 1)));
        }
        return within;
    }

    private Focus at(Listing list, int row) {
        Map<Listing, Integer> moved = new EnumMap<>(Listing.class);
        moved.putAll(from);
        moved.put(list, row);
        return new Focus(on, moved, paused);
    }
}
