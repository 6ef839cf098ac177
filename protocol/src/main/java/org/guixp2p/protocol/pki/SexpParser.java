// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.guixp2p.protocol.FormatException;

/**
 * Reads s-expressions as libgcrypt does ({@code src/sexp.c}), base64 atoms besides; display hints are refused, for
 * nothing that Guix writes has them.
 */
final class SexpParser {
    private static final int MAX_LENGTH_DIGITS = 7;

    private final byte[] text;
    private int at;

    SexpParser(byte[] text) {
        this.text = text;
    }

    Sexp parse() throws FormatException {
        if (text.length > Sexp.MAX_BYTES) {
            throw new FormatException("s-expression: longer than " + Sexp.MAX_BYTES + " bytes");
        }
        skipSpace();
        Sexp sexp = expression(0);
        skipSpace();
        if (at < text.length) {
            throw fault("something follows the expression");
        }
        return sexp;
    }

    private Sexp expression(int depth) throws FormatException {
        int c = peek();
        return switch (c) {
            case '(' -> list(depth + 1);
            case '#' -> new Sexp.Atom(hexadecimal());
            case '|' -> new Sexp.Atom(base64());
            case '"' -> new Sexp.Atom(quoted());
            case -1 -> throw fault("an expression is missing");
            default -> {
                if (isDigit(c)) {
                    yield new Sexp.Atom(withLength());
                }
                if (isTokenByte(c)) {
                    yield new Sexp.Atom(token());
                }
                throw fault("no expression begins with byte " + c);
            }
        };
    }

    private Sexp.SexpList list(int depth) throws FormatException {
        if (depth > Sexp.MAX_DEPTH) {
            throw fault("nested deeper than " + Sexp.MAX_DEPTH);
        }
        at++;
        List<Sexp> items = new ArrayList<>(4);
        skipSpace();
        while (peek() != ')') {
            if (peek() < 0) {
                throw fault("a list is not closed");
            }
            items.add(expression(depth));
            skipSpace();
        }
        at++;
        return new Sexp.SexpList(items);
    }

    /** {@code 3:abc}, or a length before one of the other forms, which it must match. */
    private byte[] withLength() throws FormatException {
        int start = at;
        while (isDigit(peek())) {
            at++;
        }
        int digits = at - start;
        if (digits > MAX_LENGTH_DIGITS || (digits > 1 && text[start] == '0')) {
            throw fault("bad length");
        }
        int length = Integer.parseInt(new String(text, start, digits, StandardCharsets.US_ASCII));
        byte[] bytes = switch (peek()) {
            case ':' -> verbatim(length);
            case '#' -> hexadecimal();
            case '|' -> base64();
            case '"' -> quoted();
            default -> throw fault("a length stands alone");
        };
        if (bytes.length != length) {
            throw fault("length " + length + " announced, " + bytes.length + " bytes found");
        }
        return bytes;
    }

    private byte[] verbatim(int length) throws FormatException {
        at++;
        if (length > text.length - at) {
            throw fault("an atom of " + length + " bytes is cut short");
        }
        byte[] bytes = Arrays.copyOfRange(text, at, at + length);
        at += length;
        return bytes;
    }

    private byte[] token() {
        int start = at;
        while (isTokenByte(peek())) {
            at++;
        }
        return Arrays.copyOfRange(text, start, at);
    }

    private byte[] hexadecimal() throws FormatException {
        at++;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int high = -1;
        for (; peek() != '#'; at++) {
            if (isSpace(peek())) {
                continue;
            }
            int digit = Character.digit(peek(), 16);
            if (digit < 0) {
                throw fault("not a hexadecimal digit");
            }
            if (high < 0) {
                high = digit;
            } else {
                bytes.write(high << 4 | digit);
                high = -1;
            }
        }
        if (high >= 0) {
            throw fault("odd number of hexadecimal digits");
        }
        at++;
        return bytes.toByteArray();
    }

    private byte[] base64() throws FormatException {
        at++;
        ByteArrayOutputStream digits = new ByteArrayOutputStream();
        for (; peek() != '|'; at++) {
            if (peek() < 0) {
                throw fault("base64 is not closed");
            }
            if (!isSpace(peek())) {
                digits.write(peek());
            }
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(digits.toByteArray());
            at++;
            return bytes;
        } catch (IllegalArgumentException e) {
            throw new FormatException("s-expression: bad base64 before byte " + at, e);
        }
    }

    private byte[] quoted() throws FormatException {
        at++;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (peek() != '"') {
            int c = next();
            if (c == '\\') {
                escape(bytes);
            } else {
                bytes.write(c);
            }
        }
        at++;
        return bytes.toByteArray();
    }

    /** What follows a backslash: C's escapes, of which only the hexadecimal and octal ones have a number. */
    private void escape(ByteArrayOutputStream bytes) throws FormatException {
        int c = next();
        switch (c) {
            case 'b' -> bytes.write('\b');
            case 't' -> bytes.write('\t');
            case 'v' -> bytes.write(0x0b);
            case 'n' -> bytes.write('\n');
            case 'f' -> bytes.write('\f');
            case 'r' -> bytes.write('\r');
            case '"', '\'', '\\' -> bytes.write(c);
            case 'x' -> bytes.write(number(next(), 16) << 4 | number(next(), 16));
            case '0', '1', '2', '3' -> bytes.write(number(c, 8) << 6 | number(next(), 8) << 3 | number(next(), 8));
            case '\r' -> skipOne('\n');
            case '\n' -> skipOne('\r');
            default -> throw fault("unknown escape");
        }
    }

    /** An escaped line end is no byte at all, be it one character or two. */
    private void skipOne(int second) {
        if (peek() == second) {
            at++;
        }
    }

    private int number(int c, int radix) throws FormatException {
        int digit = Character.digit(c, radix);
        if (digit < 0) {
            throw fault("bad digit in an escape");
        }
        return digit;
    }

    private void skipSpace() {
        while (isSpace(peek())) {
            at++;
        }
    }

    /** The byte at the current place, or -1 at the end. */
    private int peek() {
        return at < text.length ? text[at] & 0xff : -1;
    }

    private int next() throws FormatException {
        int c = peek();
        if (c < 0) {
            throw fault("a string is not closed");
        }
        at++;
        return c;
    }

    private FormatException fault(String what) {
        return new FormatException("s-expression: " + what + ", at byte " + at);
    }

    static boolean isSpace(int c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    static boolean isTokenByte(int c) {
        return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0 && "-./_:*+=".indexOf(c) >= 0);
    }
}
