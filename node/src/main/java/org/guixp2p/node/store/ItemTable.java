// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.guixp2p.persistence.guixdb.StoreDatabase;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.ItemKey;

/**
 * The valid items of a store at a moment, in the order of their ids: some 70 bytes each, as there may be hundreds of thousands.
 * Their paths are not among them; the database has those. Never changes.
 */
final class ItemTable {
    /** What an item takes of the heap at most, in bytes: in this, in {@link ItemStates}, and while a later table is made. */
    static final int MOST_BYTES_PER_ITEM = 256;
    private static final int INDEX_BITS = 32;
    private static final long INDEX = 0xFFFF_FFFFL;

    private final int count;
    private final long[] ids;
    private final long[] registered;
    private final long[] sizes;
    private final byte[] hashes;
    private final boolean[] first;
    /** The first four bytes of each hash, and where it stands; sorted. */
    private final long[] byHash;
    /** The same of what peers ask for narinfos by. */
    private final long[] byKey;
    private final int strange;
    private final long exclusions;

    private ItemTable(Builder from) {
        count = from.count;
        ids = Arrays.copyOf(from.ids, count);
        registered = Arrays.copyOf(from.registered, count);
        sizes = Arrays.copyOf(from.sizes, count);
        hashes = Arrays.copyOf(from.hashes, count * Sha256.BYTES);
        first = Arrays.copyOf(from.first, count);
        byKey = Arrays.copyOf(from.byKey, count);
        strange = from.strange;
        exclusions = from.exclusions;
        byHash = new long[count];
        for (int i = 0; i < count; i++) {
            byHash[i] = entry(ByteBuffer.wrap(hashes).getInt(i * Sha256.BYTES), i);
        }
        Arrays.sort(byHash);
        Arrays.sort(byKey);
    }

    private static long entry(int prefix, int index) {
        return ((long) prefix << INDEX_BITS) | index;
    }

    private static int prefix(Sha256 digest) {
        return ByteBuffer.wrap(digest.bytes()).getInt();
    }

    /** Without anything. */
    static ItemTable empty() {
        return new ItemTable(new Builder(item -> false, path -> false, 0));
    }

    /** Takes what the database has. */
    static final class Builder implements StoreDatabase.Visitor {
        private final Predicate<ValidItem> isNever;
        private final Predicate<StorePath> isFirst;
        private final long exclusions;
        private int count;
        private long[] ids = new long[1024];
        private long[] registered = new long[1024];
        private long[] sizes = new long[1024];
        private byte[] hashes = new byte[1024 * Sha256.BYTES];
        private boolean[] first = new boolean[1024];
        private long[] byKey = new long[1024];
        private int strange;

        /**
         * @param isNever passed over
         * @param isFirst to be offered before others
         * @param exclusions as {@link ItemTable#exclusions}
         */
        Builder(Predicate<ValidItem> isNever, Predicate<StorePath> isFirst, long exclusions) {
            this.isNever = isNever;
            this.isFirst = isFirst;
            this.exclusions = exclusions;
        }

        @Override
        public void item(ValidItem item) {
            if (isNever.test(item)) {
                return;
            }
            if (count == ids.length) {
                grow();
            }
            ids[count] = item.id();
            registered[count] = item.registered();
            sizes[count] = item.size().bytes();
            item.hash().digest().copyTo(hashes, count * Sha256.BYTES);
            first[count] = isFirst.test(item.path());
            byKey[count] = entry(prefix(ItemKey.of(item.path()).digest()), count);
            count++;
        }

        private void grow() {
            int more = count + count / 2;
            ids = Arrays.copyOf(ids, more);
            registered = Arrays.copyOf(registered, more);
            sizes = Arrays.copyOf(sizes, more);
            hashes = Arrays.copyOf(hashes, more * Sha256.BYTES);
            first = Arrays.copyOf(first, more);
            byKey = Arrays.copyOf(byKey, more);
        }

        @Override
        public void strange(long id) {
            strange++;
        }

        ItemTable build() {
            return new ItemTable(this);
        }
    }

    int count() {
        return count;
    }

    /** How often the user had excluded something when this was begun, which it heeds. */
    long exclusions() {
        return exclusions;
    }

    /** Rows of the database that made no sense. */
    int strange() {
        return strange;
    }

    /** Of its registration. */
    long id(int item) {
        return ids[item];
    }

    long registered(int item) {
        return registered[item];
    }

    NarHash hash(int item) {
        return new NarHash(Sha256.at(hashes, item * Sha256.BYTES));
    }

    NarSize size(int item) {
        return new NarSize(sizes[item]);
    }

    /** Whether it is to be offered before others. */
    boolean isFirst(int item) {
        return first[item];
    }

    /** Where the item with this id stands; negative when it does not. */
    int indexOf(long id) {
        return Arrays.binarySearch(ids, id);
    }

    /** Where the first item with a higher id stands, or would. */
    int after(long id) {
        int at = indexOf(id);
        return at < 0 ? -at - 1 : at + 1;
    }

    /** Whether {@code item} is {@code other} of {@code table}: registered once, with one hash. */
    boolean isSame(int item, ItemTable table, int other) {
        return ids[item] == table.ids[other] && registered[item] == table.registered[other]
                && Arrays.equals(hashes, item * Sha256.BYTES, (item + 1) * Sha256.BYTES, table.hashes,
                        other * Sha256.BYTES, (other + 1) * Sha256.BYTES);
    }

    /** The items whose NAR has this hash: two may be alike. */
    int[] find(NarHash hash) {
        return candidates(byHash, prefix(hash.digest()))
                .filter(item -> hash.digest().matches(hashes, item * Sha256.BYTES)).toArray();
    }

    /** The items that may have this key: most times none or one, and whoever has their paths sees which. */
    int[] candidates(ItemKey key) {
        return candidates(byKey, prefix(key.digest())).toArray();
    }

    private static IntStream candidates(long[] index, int prefix) {
        int from = Arrays.binarySearch(index, entry(prefix, 0));
        int start = from < 0 ? -from - 1 : from;
        return IntStream.range(start, index.length).takeWhile(i -> (int) (index[i] >> INDEX_BITS) == prefix)
                .map(i -> (int) (index[i] & INDEX));
    }

    /** Those to be offered first, and of the others the largest: by these much is given, and few questions are asked. */
    int[] inOrder() {
        long[] order = new long[count];
        for (int i = 0; i < count; i++) {
            // The size's order of magnitude, in 1/16 of a power of two, is exact enough.
            long rank = (first[i] ? 0 : 1L << 12) + (1L << 11) - magnitude(sizes[i]);
            order[i] = (rank << INDEX_BITS) | i;
        }
        Arrays.sort(order);
        return Arrays.stream(order).mapToInt(entry -> (int) (entry & INDEX)).toArray();
    }

    private static long magnitude(long size) {
        int log = Long.SIZE - 1 - Long.numberOfLeadingZeros(size | 1);
        long fraction = log >= 4 ? (size >> (log - 4)) & 15 : 0;
        return log * 16L + fraction;
    }
}
