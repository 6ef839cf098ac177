// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** A short string of bytes that means something to its maker alone, such as a token: immutable, compared by value. */
public final class Octets {
    public static final Octets EMPTY = new Octets(new byte[0]);

    private final byte[] bytes;

    private Octets(byte[] bytes) {
        this.bytes = bytes;
    }

    /** These bytes, copied. */
    public static Octets of(byte... bytes) {
        return new Octets(bytes.clone());
    }

    /** The ASCII bytes of {@code text}. */
    public static Octets ascii(String text) {
        return new Octets(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** The bytes of {@code source} from {@code from} to before {@code to}, copied. */
    static Octets slice(byte[] source, int from, int to) {
        return new Octets(Arrays.copyOfRange(source, from, to));
    }

    public int length() {
        return bytes.length;
    }

    public boolean isEmpty() {
        return bytes.length == 0;
    }

    /** A copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The bytes themselves, which nobody changes. */
    byte[] shared() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Octets that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Hexadecimal. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
