// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.units;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.guixp2p.protocol.FormatException;

/**
 * The rate of a link as people write and read it.
 *
 * @param bytes a second, not negative; 0 is no bound
 */
public record BitRate(long bytes) {
    private static final Pattern SHAPE = Pattern
            .compile("([0-9]{1,9}) ?(bit|kbit|Mbit|Gbit|KiB|MiB|GiB|kB|MB|GB)(/s)?");
    private static final long KILO = 1000;
    private static final int BITS = 8;

    public BitRate {
        if (bytes < 0) {
            throw new IllegalArgumentException("negative: " + bytes);
        }
    }

    /**
     * Reads a whole number with a unit: {@code kbit}, {@code Mbit}, {@code Gbit}, {@code kB}, {@code MB}, {@code GB} (powers of
     * 1000), {@code KiB}, {@code MiB}, {@code GiB}; with {@code /s} behind it or not.
     *
     * @throws FormatException when it is anything else, or less than a byte a second
     */
    public static BitRate parse(String text) throws FormatException {
        Matcher parts = SHAPE.matcher(text);
        if (!parts.matches()) {
            throw new FormatException("a rate such as '40Mbit/s' expected, found " + FormatException.quote(text));
        }
        long bytes = Long.parseLong(parts.group(1)) * multiple(parts.group(2))
                / (parts.group(2).endsWith("bit") ? BITS : 1);
        if (bytes == 0) {
            throw new FormatException("a rate of nothing: " + FormatException.quote(text));
        }
        return new BitRate(bytes);
    }

    private static long multiple(String unit) {
        boolean binary = unit.endsWith("iB");
        return switch (unit.charAt(0)) {
            case 'k', 'K' -> binary ? 1L << 10 : KILO;
            case 'M' -> binary ? 1L << 20 : KILO * KILO;
            case 'G' -> binary ? 1L << 30 : KILO * KILO * KILO;
            default -> 1;
        };
    }

    /** In Mbit a second. */
    @Override
    public String toString() {
        return bytes == 0
                ? "no bound"
                : String.format(Locale.ROOT, "%.3f", bytes * (double) BITS / (KILO * KILO)).replaceFirst("\\.?0+$", "")
                        + " Mbit/s";
    }
}
