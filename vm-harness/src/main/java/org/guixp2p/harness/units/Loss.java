// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.units;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.guixp2p.protocol.FormatException;

/**
 * Seeders that are lost.
 *
 * @param seeders how many
 * @param second after the request, at which they are
 */
public record Loss(int seeders, double second) {
    private static final Pattern SHAPE = Pattern.compile("([0-9]{1,4})@([0-9]{1,5}(?:\\.[0-9]{1,3})?)");

    public Loss {
        if (seeders < 1 || !(second >= 0)) {
            throw new IllegalArgumentException(seeders + "@" + second);
        }
    }

    /**
     * Reads {@code SEEDERS@SECOND}.
     *
     * @throws FormatException when it is anything else, or nobody is lost
     */
    public static Loss parse(String text) throws FormatException {
        Matcher parts = SHAPE.matcher(text);
        if (!parts.matches() || Integer.parseInt(parts.group(1)) == 0) {
            throw new FormatException("a loss such as '3@2.5' expected, found " + FormatException.quote(text));
        }
        return new Loss(Integer.parseInt(parts.group(1)), Double.parseDouble(parts.group(2)));
    }

    @Override
    public String toString() {
        return seeders + "@" + second;
    }
}
