// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.FormatException;

/**
 * A point of the DHT's key space: 160 bits that name a node, or what is looked for (BEP 5: "node id", "info-hash", "target").
 * Ordered as unsigned numbers.
 */
public final class DhtId implements Comparable<DhtId> {
    /** Length in bytes. */
    public static final int BYTES = 20;
    /** Length in bits. */
    public static final int BITS = 8 * BYTES;

    private static final int MIDDLE = Long.BYTES;
    private static final int LOW = 2 * Long.BYTES;

    private final long high;
    private final long middle;
    private final int low;

    private DhtId(long high, long middle, int low) {
        this.high = high;
        this.middle = middle;
        this.low = low;
    }

    /** The id of these {@link #BYTES} bytes, the most significant first. */
    public static DhtId of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("an id of the DHT has " + BYTES + " bytes, not " + bytes.length);
        }
        return at(bytes, 0);
    }

    /** The id that stands at {@code offset} of {@code source}. */
    static DhtId at(byte[] source, int offset) {
        ByteBuffer bytes = ByteBuffer.wrap(source);
        return new DhtId(bytes.getLong(offset), bytes.getLong(offset + MIDDLE), bytes.getInt(offset + LOW));
    }

    /** Any id, each as likely. */
    public static DhtId random(RandomGenerator random) {
        return new DhtId(random.nextLong(), random.nextLong(), random.nextInt());
    }

    /**
     * Any of the ids that share their first {@code length} bits with this one; whether they share the next is left to chance
     * too.
     *
     * @param length from 0 to {@link #BITS}
     */
    public DhtId randomWithPrefix(int length, RandomGenerator random) {
        DhtId other = random(random);
        long fromHigh = ones(length);
        long fromMiddle = ones(length - Long.SIZE);
        int fromLow = (int) (ones(length - 2 * Long.SIZE) >>> Integer.SIZE);
        return new DhtId((high & fromHigh) | (other.high & ~fromHigh),
                (middle & fromMiddle) | (other.middle & ~fromMiddle),
                (low & fromLow) | (other.low & ~fromLow));
    }

    /** The highest {@code count} bits of 64; none when it is not positive, all when it is 64 or more. */
    private static long ones(int count) {
        return count <= 0 ? 0 : -1L << Math.max(0, Long.SIZE - count);
    }

    /**
     * Reads 40 hexadecimal digits.
     *
     * @throws FormatException when it is anything else
     */
    public static DhtId parse(String text) throws FormatException {
        if (text.length() == 2 * BYTES) {
            try {
                return of(HexFormat.of().parseHex(text));
            } catch (IllegalArgumentException e) {
                throw new FormatException("id of the DHT: not hexadecimal: " + FormatException.quote(text), e);
            }
        }
        throw new FormatException("id of the DHT: " + 2 * BYTES + " hexadecimal digits expected, found "
                + FormatException.quote(text));
    }

    /** The distance to {@code other}: exclusive or, to be read as a number (Kademlia). */
    public DhtId distance(DhtId other) {
        return new DhtId(high ^ other.high, middle ^ other.middle, low ^ other.low);
    }

    /** Negative when {@code a} is nearer to this id than {@code b}, positive when it is farther, 0 when they are the same. */
    public int compareDistances(DhtId a, DhtId b) {
        // The first difference decides, and where a and b are the same the distances are too. No objects: sorting asks this often.
        int byHigh = Long.compareUnsigned(high ^ a.high, high ^ b.high);
        if (byHigh != 0) {
            return byHigh;
        }
        int byMiddle = Long.compareUnsigned(middle ^ a.middle, middle ^ b.middle);
        return byMiddle != 0 ? byMiddle : Integer.compareUnsigned(low ^ a.low, low ^ b.low);
    }

    /** How many bits from the most significant on are the same in {@code other}; {@link #BITS} when all are. */
    public int commonPrefix(DhtId other) {
        if (high != other.high) {
            return Long.numberOfLeadingZeros(high ^ other.high);
        }
        if (middle != other.middle) {
            return Long.SIZE + Long.numberOfLeadingZeros(middle ^ other.middle);
        }
        return 2 * Long.SIZE + Integer.numberOfLeadingZeros(low ^ other.low);
    }

    /** The {@link #BYTES} bytes, the most significant first. */
    public byte[] bytes() {
        return ByteBuffer.allocate(BYTES).putLong(high).putLong(middle).putInt(low).array();
    }

    @Override
    public int compareTo(DhtId other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        if (byHigh != 0) {
            return byHigh;
        }
        int byMiddle = Long.compareUnsigned(middle, other.middle);
        return byMiddle != 0 ? byMiddle : Integer.compareUnsigned(low, other.low);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DhtId that && high == that.high && middle == that.middle && low == that.low;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(high ^ Long.rotateLeft(middle, Integer.SIZE)) ^ low;
    }

    /** 40 hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes());
    }
}
