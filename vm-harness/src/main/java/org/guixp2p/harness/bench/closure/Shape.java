// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.util.Locale;

/** What a client has the daemon ask. */
enum Shape {
    /** Everything at once, to show what would be done; then as {@link #WALK}. */
    BATCH,
    /** One path after another, then one item after another. */
    WALK;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
