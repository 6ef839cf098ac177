// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.guixp2p.protocol.FormatException;

/**
 * An upper bound on traffic.
 *
 * @param bytesPerSecond 0 means that there is no bound
 */
public record ByteRate(long bytesPerSecond) {
    public static final ByteRate UNLIMITED = new ByteRate(0);

    private static final Pattern SHAPE = Pattern.compile("([0-9]{1,16}(?:\\.[0-9]{1,6})?) ?([A-Za-z]{0,3})(?:/s)?");
    private static final Map<String, Long> FACTORS = Map.ofEntries(Map.entry("", 1L), Map.entry("b", 1L),
            Map.entry("k", 1L << 10), Map.entry("ki", 1L << 10), Map.entry("kib", 1L << 10), Map.entry("kb", 1_000L),
            Map.entry("m", 1L << 20), Map.entry("mi", 1L << 20), Map.entry("mib", 1L << 20),
            Map.entry("mb", 1_000_000L), Map.entry("g", 1L << 30), Map.entry("gi", 1L << 30),
            Map.entry("gib", 1L << 30), Map.entry("gb", 1_000_000_000L));
    private static final BigDecimal MOST = BigDecimal.valueOf(1L << 50);

    public ByteRate {
        if (bytesPerSecond < 0) {
            throw new IllegalArgumentException("negative rate: " + bytesPerSecond);
        }
    }

    public boolean isUnlimited() {
        return bytesPerSecond == 0;
    }

    /**
     * Reads a number with an optional suffix: {@code K}, {@code M}, {@code G} and {@code KiB}, {@code MiB}, {@code GiB} are
     * powers of 1024, {@code kB}, {@code MB}, {@code GB} powers of 1000; {@code /s} may follow.
     *
     * @throws FormatException when it is anything else, below one byte a second without being 0, or above 1 PiB/s
     */
    public static ByteRate parse(String text) throws FormatException {
        Matcher parts = SHAPE.matcher(text);
        if (!parts.matches()) {
            throw new FormatException("not a rate: " + FormatException.quote(text));
        }
        Long factor = FACTORS.get(parts.group(2).toLowerCase(Locale.ROOT));
        if (factor == null) {
            throw new FormatException("not a rate: " + FormatException.quote(text));
        }
        BigDecimal exact = new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(factor));
        BigDecimal whole = exact.setScale(0, RoundingMode.DOWN);
        if (exact.compareTo(MOST) > 0 || (whole.signum() == 0 && exact.signum() != 0)) {
            throw new FormatException("rate out of range: " + FormatException.quote(text));
        }
        return new ByteRate(whole.longValueExact());
    }

    /** The number of bytes a second, in decimal. */
    @Override
    public String toString() {
        return Long.toString(bytesPerSecond);
    }
}
