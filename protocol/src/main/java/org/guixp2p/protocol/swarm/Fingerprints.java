// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Fingerprints of NARs ({@link InventoryKey}) as one frame carries them, in ascending order; the same one may stand there more
 * than once, since two NARs may have it. Of each the difference from the one before is written, of the first that from 0, in
 * the shortest form of LEB128: groups of seven bits, the lowest first, each but the last with its highest bit set. So a
 * fingerprint of a whole inventory takes little more than two bytes.
 */
public final class Fingerprints {
    /** Most bytes in one frame; two of these leave room for the rest of a control frame. */
    public static final int MAX_BYTES = 32_000;

    private static final long LIMIT = new InventoryKey(0, 0, InventoryKey.MAX_ITEMS).range();
    private static final int GROUP_BITS = 7;
    private static final int MORE = 0x80;
    /** Five groups hold every difference below {@link #LIMIT}. */
    private static final int MOST_BITS = 5 * GROUP_BITS;

    /** As a frame carries them: up to eight times less to keep than the numbers, and a hostile frame makes use of that. */
    private final byte[] bytes;
    private final int count;

    private Fingerprints(byte[] bytes, int count) {
        this.bytes = bytes;
        this.count = count;
    }

    /**
     * Cuts fingerprints into as few pieces as there must be for frames.
     *
     * @param values in ascending order
     */
    public static List<Fingerprints> cut(long... values) {
        List<Fingerprints> pieces = new ArrayList<>();
        int from = 0;
        int length = 0;
        for (int i = 0; i < values.length; i++) {
            length += length(values[i] - (i == from ? 0 : values[i - 1]));
            if (length > MAX_BYTES) {
                pieces.add(of(Arrays.copyOfRange(values, from, i)));
                from = i;
                length = length(values[i]);
            }
        }
        if (from < values.length) {
            pieces.add(of(Arrays.copyOfRange(values, from, values.length)));
        }
        return pieces;
    }

    /**
     * These, as one frame carries them.
     *
     * @param values in ascending order; written they take {@link #MAX_BYTES} at most
     */
    public static Fingerprints of(long... values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long before = 0;
        for (long value : values) {
            check(value, before);
            long rest = value - before;
            for (; rest >= MORE; rest >>>= GROUP_BITS) {
                bytes.write((int) (rest | MORE));
            }
            bytes.write((int) rest);
            before = value;
        }
        Wire.range("length of fingerprints", bytes.size(), 0, MAX_BYTES);
        return new Fingerprints(bytes.toByteArray(), values.length);
    }

    /** Of bytes as {@link #bytes} gives them, and no others. */
    static Fingerprints read(byte[] bytes) {
        Wire.range("length of fingerprints", bytes.length, 0, MAX_BYTES);
        if (bytes.length > 0 && bytes[bytes.length - 1] < 0) {
            throw new IllegalArgumentException("fingerprints that are cut off");
        }
        int count = 0;
        long before = 0;
        for (int at = 0; at < bytes.length; at = end(bytes, at)) {
            long value = before + difference(bytes, at, end(bytes, at));
            check(value, before);
            before = value;
            count++;
        }
        return new Fingerprints(bytes.clone(), count);
    }

    private static void check(long value, long before) {
        if (value < before || value >= LIMIT) {
            throw new IllegalArgumentException("no fingerprint after " + before + ": " + value);
        }
    }

    private static int end(byte[] bytes, int from) {
        int last = from;
        while (bytes[last] < 0) {
            last++;
        }
        return last + 1;
    }

    private static long difference(byte[] bytes, int from, int end) {
        if (end - from > MOST_BITS / GROUP_BITS || (end - from > 1 && bytes[end - 1] == 0)) {
            throw new IllegalArgumentException("a difference of fingerprints that is not in its shortest form");
        }
        long difference = 0;
        for (int at = end - 1; at >= from; at--) {
            difference = difference << GROUP_BITS | (bytes[at] & (MORE - 1));
        }
        return difference;
    }

    private static int length(long difference) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(difference);
        return Math.max(1, (bits + GROUP_BITS - 1) / GROUP_BITS);
    }

    /** How many there are. */
    public int count() {
        return count;
    }

    /** All of them, in ascending order. */
    public long[] values() {
        long[] values = new long[count];
        long value = 0;
        int at = 0;
        for (int i = 0; i < count; i++) {
            int end = end(bytes, at);
            value += difference(bytes, at, end);
            values[i] = value;
            at = end;
        }
        return values;
    }

    /** As a frame carries them. A copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** How many bytes a frame takes for them. */
    public int length() {
        return bytes.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Fingerprints that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return count + " fingerprints";
    }
}
