// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.units;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.guixp2p.protocol.FormatException;

/**
 * A short time as people write it.
 *
 * @param duration not negative
 */
public record Span(Duration duration) {
    private static final Pattern SHAPE = Pattern.compile("([0-9]{1,6}) ?(ms|s)");

    public Span {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("negative: " + duration);
        }
    }

    /**
     * Reads a whole number of {@code ms} or {@code s}.
     *
     * @throws FormatException when it is anything else
     */
    public static Span parse(String text) throws FormatException {
        Matcher parts = SHAPE.matcher(text);
        if (!parts.matches()) {
            throw new FormatException("a time such as '50ms' expected, found " + FormatException.quote(text));
        }
        long number = Long.parseLong(parts.group(1));
        return new Span(parts.group(2).equals("s") ? Duration.ofSeconds(number) : Duration.ofMillis(number));
    }

    @Override
    public String toString() {
        return duration.toMillis() + " ms";
    }
}
