// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.guixp2p.protocol.FormatException;

/** A SHA-256 digest: 32 bytes, compared by value, ordered by its unsigned bytes. */
public final class Sha256 implements Comparable<Sha256> {
    /** Length of a digest in bytes. */
    public static final int BYTES = 32;

    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;

    private Sha256(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A digest of these 32 bytes, which are copied. */
    public static Sha256 of(byte[] digest) {
        if (digest.length != BYTES) {
            throw new IllegalArgumentException("a SHA-256 digest has 32 bytes, not " + digest.length);
        }
        return new Sha256(digest.clone());
    }

    /** The digest that stands at {@code offset} of {@code source}. */
    public static Sha256 at(byte[] source, int offset) {
        return new Sha256(Arrays.copyOfRange(source, offset, offset + BYTES));
    }

    /** Hashes {@code data}. */
    public static Sha256 hash(byte[] data) {
        return hash(data, 0, data.length);
    }

    /** Hashes {@code length} bytes of {@code data} from {@code offset} on. */
    public static Sha256 hash(byte[] data, int offset, int length) {
        MessageDigest digest = digest();
        digest.update(data, offset, length);
        return new Sha256(digest.digest());
    }

    /** The digest of what {@code digest} was fed; it is reset by this. */
    public static Sha256 finish(MessageDigest digest) {
        return of(digest.digest());
    }

    /** A fresh SHA-256 computation. */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Reads a digest in nix-base32 (52 digits) or hexadecimal (64), without the {@code sha256:} prefix.
     *
     * @throws FormatException when it is neither
     */
    public static Sha256 parse(CharSequence text) throws FormatException {
        return switch (text.length()) {
            case 52 -> new Sha256(NixBase32.decode(text, BYTES));
            case 64 -> {
                try {
                    yield new Sha256(HexFormat.of().parseHex(text));
                } catch (IllegalArgumentException e) {
                    throw new FormatException("SHA-256: not hexadecimal: " + FormatException.quote(text), e);
                }
            }
            default -> throw new FormatException("SHA-256: 52 nix-base32 digits or 64 hexadecimal ones expected, found "
                    + FormatException.quote(text));
        };
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    /** Copies the 32 bytes into {@code target} at {@code offset}. */
    public void copyTo(byte[] target, int offset) {
        System.arraycopy(bytes, 0, target, offset, BYTES);
    }

    /** Eight bytes from byte {@code 8 * index} on, as a little-endian number. */
    long word(int index) {
        return (long) WORD.get(bytes, index * Long.BYTES);
    }

    public String base32() {
        return NixBase32.encode(bytes);
    }

    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    /** Whether this is the digest that stands at {@code offset} of {@code other}. */
    public boolean matches(byte[] other, int offset) {
        return Arrays.equals(bytes, 0, BYTES, other, offset, offset + BYTES);
    }

    @Override
    public int compareTo(Sha256 other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Sha256 that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The digest in nix-base32. */
    @Override
    public String toString() {
        return base32();
    }
}
