// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * A bencoded dictionary as it stands in a datagram. All of it has been checked for its form; a value is read, and copied, only
 * when it is asked for, so keys that nobody knows cost nothing. Keys may come in any order, but not twice.
 *
 * <p>Lengths are in bytes, and limits include both ends.
 */
final class BencodeDict {
    private final String what;
    private final byte[] bytes;
    private final List<Entry> entries;

    /** Where a value stands. */
    private record Span(int from, int end) {}

    /** Where a key stands, without its length, and its value. */
    private record Entry(int keyFrom, int keyEnd, Span value) {}

    private BencodeDict(String what, byte[] bytes, List<Entry> entries) {
        this.what = what;
        this.bytes = bytes;
        this.entries = entries;
    }

    /**
     * Reads the one dictionary that {@code bytes}, which are not copied, must be.
     *
     * @param what it is, for messages
     * @param most how long it may be
     */
    static BencodeDict read(String what, byte[] bytes, int most) throws FormatException {
        if (bytes.length > most) {
            throw new FormatException(what + ": up to " + most + " bytes expected, found " + bytes.length);
        }
        return read(what, bytes, new Span(0, bytes.length));
    }

    private static BencodeDict read(String what, byte[] bytes, Span span) throws FormatException {
        BencodeScanner scanner = new BencodeScanner(bytes, span.from, span.end, false);
        List<Entry> entries = new ArrayList<>();
        scanner.expect('d');
        // Where keys are in order, as they should be, none can come twice.
        boolean sorted = true;
        while (scanner.peek() != 'e') {
            int from = scanner.string();
            int end = scanner.position();
            if (!entries.isEmpty()) {
                Entry last = entries.getLast();
                sorted &= Arrays.compareUnsigned(bytes, last.keyFrom, last.keyEnd, bytes, from, end) < 0;
            }
            scanner.skip();
            entries.add(new Entry(from, end, new Span(end, scanner.position())));
        }
        scanner.expect('e');
        if (!scanner.atEnd()) {
            throw new FormatException(what + ": more than one bencoded value");
        }
        if (!sorted) {
            refuseRepeated(what, bytes, entries);
        }
        return new BencodeDict(what, bytes, entries);
    }

    private static void refuseRepeated(String what, byte[] bytes, List<Entry> entries) throws FormatException {
        List<Entry> inOrder = new ArrayList<>(entries);
        inOrder.sort((a, b) -> Arrays.compareUnsigned(bytes, a.keyFrom, a.keyEnd, bytes, b.keyFrom, b.keyEnd));
        for (int i = 1; i < inOrder.size(); i++) {
            Entry one = inOrder.get(i - 1);
            Entry next = inOrder.get(i);
            if (Arrays.equals(bytes, one.keyFrom, one.keyEnd, bytes, next.keyFrom, next.keyEnd)) {
                String key = new String(bytes, next.keyFrom, next.keyEnd - next.keyFrom, StandardCharsets.ISO_8859_1);
                throw new FormatException(what + ": " + FormatException.quote(key) + " twice");
            }
        }
    }

    /** Where the value of a key of ASCII stands; null when there is none. */
    private @Nullable Span find(String key) {
        for (Entry entry : entries) {
            if (isKey(entry, key)) {
                return entry.value;
            }
        }
        return null;
    }

    private boolean isKey(Entry entry, String key) {
        if (entry.keyEnd - entry.keyFrom != key.length()) {
            return false;
        }
        for (int i = 0; i < key.length(); i++) {
            if (bytes[entry.keyFrom + i] != key.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    boolean has(String key) {
        return find(key) != null;
    }

    /** A scanner before the value of {@code key}, which must be there. */
    private BencodeScanner at(String key) throws FormatException {
        return scanner(required(key), false);
    }

    private Span required(String key) throws FormatException {
        Span span = find(key);
        if (span == null) {
            throw new FormatException(what + ": no '" + key + "'");
        }
        return span;
    }

    private BencodeScanner scanner(Span span, boolean sorted) {
        return new BencodeScanner(bytes, span.from, span.end, sorted);
    }

    private void expect(String key, boolean holds, String expected) throws FormatException {
        if (!holds) {
            throw new FormatException(what + " '" + key + "': " + expected + " expected");
        }
    }

    private static boolean isString(BencodeScanner scanner) throws FormatException {
        return scanner.peek() >= '0' && scanner.peek() <= '9';
    }

    /** The next value, a string, of a scanner of this datagram. */
    Octets next(BencodeScanner scanner) throws FormatException {
        int from = scanner.string();
        return Octets.slice(bytes, from, scanner.position());
    }

    /** A byte string of {@code least} to {@code most} bytes. */
    Octets string(String key, int least, int most) throws FormatException {
        BencodeScanner scanner = at(key);
        expect(key, isString(scanner), "a string");
        Octets string = next(scanner);
        expect(key, string.length() >= least && string.length() <= most, least + " to " + most + " bytes");
        return string;
    }

    /** The same, empty when there is none. */
    Octets optionalString(String key, int least, int most) throws FormatException {
        return has(key) ? string(key, least, most) : Octets.EMPTY;
    }

    /** A string, or nothing when there is none of that form: for what is not worth refusing the rest. */
    Optional<Octets> hint(String key, int least, int most) throws FormatException {
        Span span = find(key);
        if (span == null || !isString(scanner(span, false))) {
            return Optional.empty();
        }
        Octets string = next(scanner(span, false));
        return string.length() >= least && string.length() <= most ? Optional.of(string) : Optional.empty();
    }

    /** Whether there is a number other than 0. */
    boolean flag(String key) throws FormatException {
        return isNumber(find(key)) && at(key).number() != 0;
    }

    private boolean isNumber(@Nullable Span span) {
        return span != null && bytes[span.from] == 'i';
    }

    /** A number from {@code least} to {@code most}. */
    long number(String key, long least, long most) throws FormatException {
        expect(key, isNumber(required(key)), "a number");
        long number = at(key).number();
        expect(key, number >= least && number <= most, least + " to " + most);
        return number;
    }

    /** The first {@code most} elements of a list of strings; none when there is no list. */
    List<Octets> strings(String key, int most) throws FormatException {
        List<Octets> strings = new ArrayList<>();
        if (has(key)) {
            BencodeScanner scanner = list(key);
            while (scanner.peek() != 'e' && strings.size() < most) {
                expect(key, isString(scanner), "strings");
                strings.add(next(scanner));
            }
        }
        return strings;
    }

    /** A scanner before the first element of a list. */
    BencodeScanner list(String key) throws FormatException {
        BencodeScanner scanner = at(key);
        expect(key, scanner.peek() == 'l', "a list");
        scanner.expect('l');
        return scanner;
    }

    BencodeDict dictionary(String key) throws FormatException {
        Span span = required(key);
        expect(key, bytes[span.from] == 'd', "a dictionary");
        return read(what + " " + key, bytes, span);
    }

    /** How many bytes the value of {@code key} takes, whatever it is; 0 when there is none. */
    int encodedLength(String key) {
        Span span = find(key);
        return span == null ? 0 : span.end - span.from;
    }

    /** A value of any kind, in the bytes that stand there; its keys must be in order, each once. */
    Octets verbatim(String key) throws FormatException {
        Span span = required(key);
        scanner(span, true).skip();
        return Octets.slice(bytes, span.from, span.end);
    }
}
