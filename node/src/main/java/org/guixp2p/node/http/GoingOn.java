// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.util.List;
import java.util.function.Consumer;

/**
 * What is done when a connection breaks in the middle of a file: the rest is asked for where the same file lies.
 *
 * @param again at the same place, after all others
 * @param elsewhere at these, best first; those that are other files are passed over
 * @param told hears when the rest comes from elsewhere, before anything of it does
 */
public record GoingOn(boolean again, List<NarOffer> elsewhere, Consumer<NarOffer> told) {
    /** Nowhere. */
    static final GoingOn NOWHERE = new GoingOn(false, List.of(), offer -> {});
    /** At the same place alone. */
    public static final GoingOn HERE = new GoingOn(true, List.of(), offer -> {});

    public GoingOn {
        elsewhere = List.copyOf(elsewhere);
    }
}
