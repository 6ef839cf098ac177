// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A bencoded dictionary (BEP 3) in the making: entries are put in any order, and written in that of their keys. It is written at
 * once into an array of its length, since each datagram comes this way.
 */
final class BencodeWriter {
    private final List<Entry> entries = new ArrayList<>();

    /**
     * One of the dictionary's.
     *
     * @param key in ASCII
     * @param isString whether the value is to be written as a string; otherwise it is encoded already
     */
    private record Entry(String key, byte[] value, boolean isString) {
        int length() {
            return stringLength(key.length()) + (isString ? stringLength(value.length) : value.length);
        }
    }

    BencodeWriter string(String key, byte[] value) {
        return put(new Entry(key, value, true));
    }

    BencodeWriter string(String key, String ascii) {
        return string(key, ascii.getBytes(StandardCharsets.US_ASCII));
    }

    /** Puts nothing when the string is empty. */
    BencodeWriter optionalString(String key, Octets value) {
        return value.isEmpty() ? this : string(key, value.shared());
    }

    BencodeWriter number(String key, long value) {
        return encoded(key, encode(value));
    }

    BencodeWriter strings(String key, List<byte[]> values) {
        return list(key, values.stream().map(BencodeWriter::encode).toList());
    }

    /** A list of values that are encoded already. */
    BencodeWriter list(String key, List<byte[]> encoded) {
        Output list = new Output(2 + encoded.stream().mapToInt(value -> value.length).sum());
        list.write('l');
        encoded.forEach(list::write);
        list.write('e');
        return encoded(key, list.bytes);
    }

    BencodeWriter dictionary(String key, BencodeWriter value) {
        return encoded(key, value.encoded());
    }

    /** A value that is encoded already. */
    BencodeWriter verbatim(String key, Octets encoded) {
        return encoded(key, encoded.shared());
    }

    private BencodeWriter encoded(String key, byte[] value) {
        return put(new Entry(key, value, false));
    }

    private BencodeWriter put(Entry entry) {
        for (Entry other : entries) {
            if (other.key.equals(entry.key)) {
                throw new IllegalStateException("'" + entry.key + "' twice");
            }
        }
        entries.add(entry);
        return this;
    }

    byte[] encoded() {
        entries.sort(Comparator.comparing(Entry::key));
        int length = 2;
        for (Entry entry : entries) {
            length += entry.length();
        }
        Output bytes = new Output(length);
        bytes.write('d');
        for (Entry entry : entries) {
            bytes.writeString(entry.key.getBytes(StandardCharsets.US_ASCII));
            if (entry.isString) {
                bytes.writeString(entry.value);
            } else {
                bytes.write(entry.value);
            }
        }
        bytes.write('e');
        return bytes.bytes;
    }

    static byte[] encode(byte[] string) {
        Output bytes = new Output(stringLength(string.length));
        bytes.writeString(string);
        return bytes.bytes;
    }

    static byte[] encode(long number) {
        return ("i" + number + "e").getBytes(StandardCharsets.US_ASCII);
    }

    /** What a string of so many bytes takes. */
    private static int stringLength(int length) {
        return digits(length) + 1 + length;
    }

    private static int digits(int number) {
        int digits = 1;
        for (int left = number / 10; left > 0; left /= 10) {
            digits++;
        }
        return digits;
    }

    /** Bytes that are filled from the first on. */
    private static final class Output {
        private final byte[] bytes;
        private int position;

        private Output(int length) {
            bytes = new byte[length];
        }

        private void write(char ascii) {
            bytes[position++] = (byte) ascii;
        }

        private void write(byte[] some) {
            System.arraycopy(some, 0, bytes, position, some.length);
            position += some.length;
        }

        private void writeString(byte[] string) {
            int colon = position + digits(string.length);
            int left = string.length;
            for (int at = colon - 1; at >= position; at--) {
                bytes[at] = (byte) ('0' + left % 10);
                left /= 10;
            }
            position = colon;
            write(':');
            write(string);
        }
    }
}
