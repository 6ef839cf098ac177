// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.util.Arrays;
import org.guixp2p.protocol.FormatException;

/**
 * Walks over bencoded values (BEP 3) in a datagram, and checks their form without copying anything.
 *
 * <p>Refused are numbers with leading zeros, {@code -0} or more than 64 bits, lengths with leading zeros or beyond the end, and
 * whatever is nested deeper than {@link #MAX_DEPTH}. Keys out of order are refused only where that is asked for: many
 * implementations send them.
 */
final class BencodeScanner {
    /** How many lists and dictionaries may be open at a time in one value. */
    static final int MAX_DEPTH = 16;

    private static final int MAX_LENGTH_DIGITS = 9;

    private final byte[] bytes;
    private final int end;
    private final boolean sorted;
    private int position;

    /**
     * @param from where the first value begins
     * @param end before which all ends
     * @param sorted whether keys must be in order, each once
     */
    BencodeScanner(byte[] bytes, int from, int end, boolean sorted) {
        this.bytes = bytes;
        this.position = from;
        this.end = end;
        this.sorted = sorted;
    }

    /** Where the next value begins. */
    int position() {
        return position;
    }

    boolean atEnd() {
        return position == end;
    }

    /** What the next value begins with: {@code i}, {@code l}, {@code d} or a digit; {@code e} ends a list or a dictionary. */
    byte peek() throws FormatException {
        if (atEnd()) {
            throw new FormatException("bencode: ends too early");
        }
        return bytes[position];
    }

    private byte next() throws FormatException {
        byte next = peek();
        position++;
        return next;
    }

    /** Passes the byte {@code expected}. */
    void expect(char expected) throws FormatException {
        if (peek() != expected) {
            throw new FormatException("bencode: '" + expected + "' expected, found " + found());
        }
        position++;
    }

    private String found() {
        return FormatException.quote(String.valueOf((char) (bytes[position] & 0xff)));
    }

    /** Passes one value, whatever it is. */
    void skip() throws FormatException {
        skip(0);
    }

    private void skip(int depth) throws FormatException {
        switch (peek()) {
            case 'i' -> {
                var _ = number();
            }
            case 'l' -> list(deeper(depth));
            case 'd' -> dictionary(deeper(depth));
            default -> {
                var _ = string();
            }
        }
    }

    private static int deeper(int depth) throws FormatException {
        if (depth == MAX_DEPTH) {
            throw new FormatException("bencode: nested deeper than " + MAX_DEPTH);
        }
        return depth + 1;
    }

    private void list(int depth) throws FormatException {
        expect('l');
        while (peek() != 'e') {
            skip(depth);
        }
        position++;
    }

    private void dictionary(int depth) throws FormatException {
        expect('d');
        int keyFrom = 0;
        int keyEnd = -1;
        while (peek() != 'e') {
            int from = string();
            if (sorted && keyEnd >= 0 && Arrays.compareUnsigned(bytes, keyFrom, keyEnd, bytes, from, position) >= 0) {
                throw new FormatException("bencode: keys out of order");
            }
            keyFrom = from;
            keyEnd = position;
            skip(depth);
        }
        position++;
    }

    /** Passes a byte string; {@link #position} is its end then. Returns where its first byte is. */
    int string() throws FormatException {
        int length = 0;
        int digits = 0;
        int first = peek();
        for (byte c = next(); c != ':'; c = next()) {
            if (c < '0' || c > '9' || ++digits > MAX_LENGTH_DIGITS) {
                position--;
                throw new FormatException("bencode: a value expected, found " + found());
            }
            length = 10 * length + c - '0';
        }
        if (digits == 0 || (digits > 1 && first == '0')) {
            throw new FormatException("bencode: a length of no digits, or with leading zeros");
        }
        if (length > end - position) {
            throw new FormatException(
                    "bencode: a string of " + length + " bytes, and " + (end - position) + " are left");
        }
        int from = position;
        position += length;
        return from;
    }

    /** Passes a number, and returns it. */
    long number() throws FormatException {
        expect('i');
        boolean negative = peek() == '-';
        if (negative) {
            position++;
        }
        int first = position;
        // Counted below zero, where there is one number more.
        long number = 0;
        for (byte c = next(); c != 'e'; c = next()) {
            if (c < '0' || c > '9') {
                position--;
                throw new FormatException("bencode: a digit expected, found " + found());
            }
            int digit = c - '0';
            if (number < (Long.MIN_VALUE + digit) / 10) {
                throw new FormatException("bencode: a number of more than 64 bits");
            }
            number = 10 * number - digit;
        }
        int digits = position - 1 - first;
        if (digits == 0 || (bytes[first] == '0' && (digits > 1 || negative))) {
            throw new FormatException("bencode: a number without digits, or with leading zeros");
        }
        if (!negative && number == Long.MIN_VALUE) {
            throw new FormatException("bencode: a number of more than 64 bits");
        }
        return negative ? number : -number;
    }
}
