// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.profile;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.guixp2p.protocol.FormatException;

/**
 * Reads s-expressions piece by piece, as Guile's {@code write} and {@code pretty-print} write them ({@code libguile/print.c}, and
 * {@code libguile/read.c} for escapes). Nothing is kept of what was read but how deep it is.
 */
final class SchemeTokens {
    /** Of a whole file: an entry of a profile takes some hundred bytes, so that thousands of packages fit. */
    static final int MAX_BYTES = 2 << 20;
    static final int MAX_DEPTH = 256;
    /** Of one string or word, in characters. */
    static final int MAX_TOKEN = 1 << 16;
    private static final int END = -1;

    private final String text;
    private int at;
    private int depth;

    /** @throws FormatException when it is too long, or not UTF-8 */
    SchemeTokens(byte[] bytes) throws FormatException {
        if (bytes.length > MAX_BYTES) {
            throw new FormatException("s-expression: longer than " + MAX_BYTES + " bytes");
        }
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new FormatException("s-expression: not in UTF-8", e);
        }
    }

    /** @throws FormatException when that is no piece of an s-expression, or one is missing */
    SchemeToken next() throws FormatException {
        skipSpace();
        int c = peek();
        return switch (c) {
            case END -> end();
            case '(', '[' -> open();
            case ')', ']' -> close();
            case '"' -> new SchemeToken.Text(string());
            case '\'', '`', ',' -> {
                at++;
                yield new SchemeToken.Word(Character.toString(c));
            }
            default -> new SchemeToken.Word(word());
        };
    }

    /** How many lists are open. */
    int depth() {
        return depth;
    }

    private SchemeToken end() throws FormatException {
        if (depth > 0) {
            throw fault("a list is not closed");
        }
        return new SchemeToken.End();
    }

    private SchemeToken open() throws FormatException {
        if (depth == MAX_DEPTH) {
            throw fault("nested deeper than " + MAX_DEPTH);
        }
        depth++;
        at++;
        return new SchemeToken.Open();
    }

    private SchemeToken close() throws FormatException {
        if (depth == 0) {
            throw fault("a list is closed that was not opened");
        }
        depth--;
        at++;
        return new SchemeToken.Close();
    }

    private void skipSpace() {
        while (true) {
            int c = peek();
            if (c == ';') {
                int line = text.indexOf('\n', at);
                at = line < 0 ? text.length() : line + 1;
            } else if (c != END && Character.isWhitespace(c)) {
                at++;
            } else {
                return;
            }
        }
    }

    private int peek() {
        return at < text.length() ? text.charAt(at) : END;
    }

    private String word() throws FormatException {
        int start = at;
        if (text.startsWith("#{", at)) {
            skipPast("}#");
        } else if (text.charAt(at) == '|') {
            at++;
            skipPast("|");
        } else {
            if (text.startsWith("#\\", at)) {
                // A character, which may be a parenthesis.
                at = Math.min(text.length(), at + 3);
            }
            while (!isDelimiter(peek())) {
                at++;
            }
        }
        if (at == start) {
            throw fault("nothing begins with this");
        }
        return text.substring(start, checked(start));
    }

    private void skipPast(String end) throws FormatException {
        int there = text.indexOf(end, at);
        if (there < 0) {
            throw fault("a symbol has no end");
        }
        at = there + end.length();
    }

    private static boolean isDelimiter(int c) {
        return c == END || Character.isWhitespace(c) || "()[]\";".indexOf(c) >= 0;
    }

    private int checked(int start) throws FormatException {
        if (at - start > MAX_TOKEN) {
            throw fault("a string or word of more than " + MAX_TOKEN + " characters");
        }
        return at;
    }

    private String string() throws FormatException {
        StringBuilder read = new StringBuilder();
        int start = at++;
        while (peek() != '"') {
            int c = peek();
            if (c == END) {
                throw fault("a string has no end");
            }
            at++;
            if (c == '\\') {
                escape(read);
            } else {
                read.append((char) c);
            }
            checked(start);
        }
        at++;
        return read.toString();
    }

    private void escape(StringBuilder read) throws FormatException {
        int c = peek();
        at++;
        switch (c) {
            case '"', '\\', '(', ')', '|' -> read.append((char) c);
            case 'n' -> read.append('\n');
            case 't' -> read.append('\t');
            case 'r' -> read.append('\r');
            case 'a' -> read.append('\u0007');
            case 'b' -> read.append('\b');
            case 'f' -> read.append('\f');
            case 'v' -> read.append('\u000b');
            case '0' -> read.append('\0');
            case 'x' -> hexadecimal(2, read);
            case 'u' -> hexadecimal(4, read);
            case 'U' -> hexadecimal(6, read);
            case '\n' -> skipIndent();
            default -> throw fault("an escape that there is not");
        }
    }

    private void skipIndent() {
        while (peek() == ' ' || peek() == '\t') {
            at++;
        }
    }

    private void hexadecimal(int digits, StringBuilder read) throws FormatException {
        int point = 0;
        for (int i = 0; i < digits; i++) {
            int digit = peek() == END ? -1 : Character.digit(peek(), 16);
            if (digit < 0) {
                throw fault(digits + " hexadecimal digits expected");
            }
            point = point * 16 + digit;
            at++;
        }
        if (!Character.isValidCodePoint(point)) {
            throw fault("no character has this number");
        }
        read.appendCodePoint(point);
    }

    /** Says where, and nothing of what is there: files of others may be read by mistake. */
    FormatException fault(String what) {
        return new FormatException("s-expression: at character " + at + ": " + what);
    }
}
