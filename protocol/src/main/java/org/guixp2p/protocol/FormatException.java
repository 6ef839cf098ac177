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

    /** Quotes a piece of hostile input for a message: shortened, and made {@link #printable}. */
    public static String quote(CharSequence input) {
        int end = Math.min(input.length(), MAX_QUOTED);
        return "'" + printable(input.subSequence(0, end)) + (end < input.length() ? "…'" : "'");
    }

    /**
     * Makes visible whatever would end the line, steer a terminal, turn the direction of text or not be seen at all:
     * control and format characters, separators of lines and paragraphs, halves of surrogate pairs.
     */
    public static String printable(CharSequence input) {
        StringBuilder printable = new StringBuilder(input.length());
        for (int i = 0; i < input.length();) {
            int c = Character.codePointAt(input, i);
            i += Character.charCount(c);
            if (isVisible(c)) {
                printable.appendCodePoint(c);
            } else {
                printable.append(String.format(c < 0x100 ? "\\x%02x" : "\\u{%x}", c));
            }
        }
        return printable.toString();
    }

    /** Whether {@link #printable} has nothing to do. */
    public static boolean isPrintable(CharSequence input) {
        for (int i = 0; i < input.length();) {
            int c = Character.codePointAt(input, i);
            i += Character.charCount(c);
            if (!isVisible(c)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isVisible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE, Character.UNASSIGNED, Character.PRIVATE_USE ->
                false;
            default -> true;
        };
    }
}
