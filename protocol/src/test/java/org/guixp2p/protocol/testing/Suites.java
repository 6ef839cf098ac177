// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Assertions;

/** What the suites of a parser of text have in common. */
public final class Suites {
    private Suites() {}

    /** A parser under test. */
    @FunctionalInterface
    public interface Parser {
        Object parse(String text) throws FormatException;
    }

    /** The message with which {@code text} is refused: one printable line, however long the text is. */
    public static String refusal(Parser parser, String text) {
        FormatException refused = Assertions.assertThrows(FormatException.class, () -> parser.parse(text),
                () -> "accepted " + FormatException.quote(text));
        String message = String.valueOf(refused.getMessage());
        assertTrue(!message.isEmpty() && message.length() < 500, message);
        Assertions.assertEquals(FormatException.printable(message), message);
        return message;
    }

    /** Refuses the first {@code length} characters of {@code text}, for every length from 0 to {@code end} - 1. */
    public static void refusesPrefixes(Parser parser, String text, int end) {
        for (int length = 0; length < end; length++) {
            refusal(parser, text.substring(0, length));
        }
    }

    /** Refuses {@code text} with any of the bytes that end lines or words, or steer terminals, put in at any place. */
    public static void refusesControlsIn(Parser parser, String text) {
        for (String control : new String[]{"\n", "\r", "\0", "\t", "\u001b", "\u0085", "\u2028", "\u202e"}) {
            for (int at = 0; at <= text.length(); at++) {
                refusal(parser, text.substring(0, at) + control + text.substring(at));
            }
        }
    }
}
