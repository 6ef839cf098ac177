// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import java.util.Locale;

/** How choices are written, in the settings and wherever they are shown. */
public final class Words {
    private Words() {}

    /** In lower case with hyphens, such as {@code p2p-first}. */
    public static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
