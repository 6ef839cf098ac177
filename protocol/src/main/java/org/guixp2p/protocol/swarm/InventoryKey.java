// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.hash.SipHash;
import org.guixp2p.protocol.item.NarHash;

/**
 * What makes fingerprints of the NarHashes in a peer's inventory: numbers below a range that is 8192 times as large as the
 * inventory, so that one NarHash in 8192 that is not in it has the fingerprint of one that is. The range consists of pages, for
 * {@link #PAGE_ITEMS} items each.
 *
 * <p>The owner of the inventory draws the key by chance. One key serves all peers to which it is sent; and nobody could have
 * made NARs beforehand whose fingerprints there are those of others.
 *
 * @param k0 the first 8 bytes of the key, as a little-endian number
 * @param k1 the other 8
 * @param items how many the inventory has, or will have before long: 0 to {@link #MAX_ITEMS}
 */
public record InventoryKey(long k0, long k1, int items) {
    /** Length in bytes of a key. */
    public static final int KEY_BYTES = 16;
    public static final int MAX_ITEMS = 1 << 20;
    /** For so many items there is a page. */
    public static final int PAGE_ITEMS = 512;
    /** How many numbers a page has, as a power of two. */
    public static final int PAGE_BITS = 22;

    public InventoryKey {
        Wire.range("number of items", items, 0, MAX_ITEMS);
    }

    /** With a key of {@link #KEY_BYTES} bytes. */
    static InventoryKey of(byte[] key, int items) {
        ByteBuffer words = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
        return new InventoryKey(words.getLong(), words.getLong(), items);
    }

    /** A fresh key for so many items; the chance is to be one that nobody can foretell. */
    public static InventoryKey draw(RandomGenerator random, int items) {
        return new InventoryKey(random.nextLong(), random.nextLong(), items);
    }

    /** The {@link #KEY_BYTES} bytes of the key. */
    byte[] bytes() {
        return ByteBuffer.allocate(KEY_BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(k0).putLong(k1).array();
    }

    /** How many pages the range has; at least one. */
    public int pages() {
        return Math.max(1, (items + PAGE_ITEMS - 1) / PAGE_ITEMS);
    }

    /** Fingerprints are from 0 to one less than this. */
    public long range() {
        return (long) pages() << PAGE_BITS;
    }

    /** The fingerprint of a NAR. */
    public long fingerprint(NarHash nar) {
        return Math.unsignedMultiplyHigh(SipHash.hash(k0, k1, nar.digest()), range());
    }
}
