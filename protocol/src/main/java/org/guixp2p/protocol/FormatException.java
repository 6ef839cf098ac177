// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol;

import java.io.IOException;

/**
 * Input from outside that does not have the form it must have.
 *
 * <p>The message names the format, what was found and what was expected, in one line that may be shown to a user; it
 * quotes at most a short, printable piece of the input.
 */
public class FormatException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final int MAX_QUOTED = 80;

    public FormatException(String message) {
        super(message);
    }

    public FormatException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Quotes a piece of hostile input for a message: shortened, with control characters made visible. */
    public static String quote(CharSequence input) {
        StringBuilder quoted = new StringBuilder("'");
        int end = Math.min(input.length(), MAX_QUOTED);
        for (int i = 0; i < end; i++) {
            char c = input.charAt(i);
            if (c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0)) {
                quoted.append(String.format("\\x%02x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append(end < input.length() ? "…'" : "'").toString();
    }
}
