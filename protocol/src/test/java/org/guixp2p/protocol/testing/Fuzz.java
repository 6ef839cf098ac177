// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.opentest4j.AssertionFailedError;

/** What every fuzz target checks of a parser. */
public final class Fuzz {
    /** Longer than any message with a quotation in it. */
    private static final int MAX_MESSAGE = 1000;

    private Fuzz() {}

    /** Some parser, with its input. */
    @FunctionalInterface
    public interface Parser<T> {
        T parse() throws FormatException;
    }

    /** What was read; nothing when it was refused, which a short message of one printable line must say. */
    public static <T> Optional<T> accepted(Parser<T> parser) {
        try {
            return Optional.of(parser.parse());
        } catch (FormatException e) {
            String message = String.valueOf(e.getMessage());
            check(e.getMessage() != null && !message.isEmpty() && message.length() <= MAX_MESSAGE, "no clear message");
            check(message.equals(FormatException.printable(message)), "a message that steers a terminal");
            return Optional.empty();
        }
    }

    /** Fails unless {@code holds}. */
    public static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionFailedError(otherwise);
        }
    }

    /** Fails unless {@code again} gives {@code value}. */
    public static <T> void same(T value, Parser<T> again) {
        try {
            check(value.equals(again.parse()), "not the same after a round trip: " + value);
        } catch (FormatException e) {
            throw new AssertionFailedError("refused after a round trip: " + value, e);
        }
    }
}
