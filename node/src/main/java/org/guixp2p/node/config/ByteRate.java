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

    private static final Pattern SHAPE = Pattern.compile("([0-9]{1,16}(?:\\.[0-9]{1,6})?) ?([A-Za-z]{0,3})");
    private static final String PER_SECOND = "/s";
    private static final Map<String, Long> FACTORS = Map.ofEntries(Map.entry("", 1L), Map.entry("b", 1L),
            Map.entry("k", 1L << 10), Map.entry("ki", 1L << 10), Map.entry("kib", 1L << 10), Map.entry("kb", 1_000L),
            Map.entry("m", 1L << 20), Map.entry("mi", 1L << 20), Map.entry("mib", 1L << 20),
            Map.entry("mb", 1_000_000L), Map.entry("g", 1L << 30), Map.entry("gi", 1L << 30),
            Map.entry("gib", 1L << 30), Map.entry("gb", 1_000_000_000L), Map.entry("t", 1L << 40),
            Map.entry("ti", 1L << 40), Map.entry("tib", 1L << 40), Map.entry("tb", 1_000_000_000_000L));
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
     * Reads a number with an optional suffix: {@code K}, {@code M}, {@code G}, {@code T} and {@code KiB}, {@code MiB} and so on
     * are powers of 1024, {@code kB}, {@code MB}, {@code GB}, {@code TB} powers of 1000; {@code /s} may follow.
     *
     * @throws FormatException when it is anything else, below one byte a second without being 0, or above 1 PiB/s
     */
    public static ByteRate parse(String text) throws FormatException {
        String number = text.endsWith(PER_SECOND) ? text.substring(0, text.length() - PER_SECOND.length()) : text;
        return new ByteRate(number(number, "rate").longValueExact());
    }

    /**
     * Reads a number of bytes, 1 PiB at most.
     *
     * @param what it is, for people
     * @return a whole number
     */
    static BigDecimal number(String text, String what) throws FormatException {
        Matcher parts = SHAPE.matcher(text);
        Long factor = parts.matches() ? FACTORS.get(parts.group(2).toLowerCase(Locale.ROOT)) : null;
        if (factor == null) {
            throw new FormatException("not a " + what + ": " + FormatException.quote(text));
        }
        BigDecimal exact = new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(factor));
        BigDecimal whole = exact.setScale(0, RoundingMode.DOWN);
        if (exact.compareTo(MOST) > 0 || (whole.signum() == 0 && exact.signum() != 0)) {
            throw new FormatException(what + " out of range: " + FormatException.quote(text));
        }
        return whole;
    }

    /** The number of bytes a second, in decimal. */
    @Override
    public String toString() {
        return Long.toString(bytesPerSecond);
    }
}
