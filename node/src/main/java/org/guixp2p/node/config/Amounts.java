// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import java.util.Locale;

/** Amounts as people read them. */
public final class Amounts {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};
    private static final int UNIT = 1024;

    private Amounts() {}

    /** Bytes with a unit, to one decimal: {@code 1.5 MiB}. */
    public static String bytes(double bytes) {
        double number = bytes;
        int unit = 0;
        while (number >= UNIT && unit < UNITS.length - 1) {
            number /= UNIT;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", number, UNITS[unit]);
    }

    /** Seconds by the two largest units that there are any of: {@code 3 d 4 h}, {@code 2 min 5 s}. */
    public static String seconds(long seconds) {
        long minutes = seconds / 60;
        long hours = minutes / 60;
        if (hours >= 24) {
            return hours / 24 + " d " + hours % 24 + " h";
        }
        if (hours > 0) {
            return hours + " h " + minutes % 60 + " min";
        }
        return minutes > 0 ? minutes + " min " + seconds % 60 + " s" : seconds + " s";
    }
}
