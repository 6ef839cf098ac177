// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A bencoded dictionary (BEP 3) in the making: entries are put in any order, and written in that of their keys. */
final class BencodeWriter {
    private final Map<String, byte[]> entries = new TreeMap<>();

    BencodeWriter string(String key, byte[] value) {
        return put(key, encode(value));
    }

    BencodeWriter string(String key, String ascii) {
        return string(key, ascii.getBytes(StandardCharsets.US_ASCII));
    }

    /** Puts nothing when the string is empty. */
    BencodeWriter optionalString(String key, Octets value) {
        return value.isEmpty() ? this : string(key, value.shared());
    }

    BencodeWriter number(String key, long value) {
        return put(key, encode(value));
    }

    BencodeWriter strings(String key, List<byte[]> values) {
        return list(key, values.stream().map(BencodeWriter::encode).toList());
    }

    /** A list of values that are encoded already. */
    BencodeWriter list(String key, List<byte[]> encoded) {
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        list.write('l');
        encoded.forEach(list::writeBytes);
        list.write('e');
        return put(key, list.toByteArray());
    }

    BencodeWriter dictionary(String key, BencodeWriter value) {
        return put(key, value.encoded());
    }

    /** A value that is encoded already. */
    BencodeWriter verbatim(String key, Octets encoded) {
        return put(key, encoded.shared());
    }

    private BencodeWriter put(String key, byte[] encoded) {
        if (entries.put(key, encoded) != null) {
            throw new IllegalStateException("'" + key + "' twice");
        }
        return this;
    }

    byte[] encoded() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        bytes.write('d');
        entries.forEach((key, value) -> {
            bytes.writeBytes(encode(key.getBytes(StandardCharsets.US_ASCII)));
            bytes.writeBytes(value);
        });
        bytes.write('e');
        return bytes.toByteArray();
    }

    static byte[] encode(byte[] string) {
        byte[] length = (string.length + ":").getBytes(StandardCharsets.US_ASCII);
        byte[] encoded = new byte[length.length + string.length];
        System.arraycopy(length, 0, encoded, 0, length.length);
        System.arraycopy(string, 0, encoded, length.length, string.length);
        return encoded;
    }

    static byte[] encode(long number) {
        return ("i" + number + "e").getBytes(StandardCharsets.US_ASCII);
    }
}
