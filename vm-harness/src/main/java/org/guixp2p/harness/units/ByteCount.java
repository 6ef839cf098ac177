// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.units;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.guixp2p.protocol.FormatException;

/**
 * A number of bytes as people write and read it.
 *
 * @param bytes not negative
 */
public record ByteCount(long bytes) {
    private static final Pattern SHAPE = Pattern.compile("([0-9]{1,9}) ?(B|K|KiB|M|MiB|G|GiB)");
    private static final double KIB = 1024;

    public ByteCount {
        if (bytes < 0) {
            throw new IllegalArgumentException("negative: " + bytes);
        }
    }

    /**
     * Reads a whole number with a unit: {@code B}, {@code KiB}, {@code MiB}, {@code GiB}, or just their first letters.
     *
     * @throws FormatException when it is anything else
     */
    public static ByteCount parse(String text) throws FormatException {
        Matcher parts = SHAPE.matcher(text);
        if (!parts.matches()) {
            throw new FormatException("a size such as '256MiB' expected, found " + FormatException.quote(text));
        }
        long number = Long.parseLong(parts.group(1));
        return new ByteCount(switch (parts.group(2).charAt(0)) {
            case 'K' -> number << 10;
            case 'M' -> number << 20;
            case 'G' -> number << 30;
            default -> number;
        });
    }

    /** In the largest unit of which there is at least one, with one decimal. */
    @Override
    public String toString() {
        double scaled = bytes;
        String unit = "B";
        for (String next : new String[]{"KiB", "MiB", "GiB"}) {
            if (scaled < KIB) {
                break;
            }
            scaled /= KIB;
            unit = next;
        }
        return unit.equals("B") ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", scaled, unit);
    }
}
