// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.InventoryKey;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * Which NARs a peer says that it has: their fingerprints, a little more than 18 bits each. It says yes of every NAR that the peer
 * named, and of one in 8192 others (one in 4096 when the inventory has grown to twice its size since it was begun).
 *
 * <p>Never changes: a change makes another filter, which shares with this one the pages that are the same. So one that many
 * look at from several threads can be replaced at any time, and a change costs by what it changes.
 */
public final class NarFilter {
    private static final int REFERENCE = 4;
    private static final int SELF = 32;
    /** How much an inventory may grow before its owner has to begin it anew. */
    private static final int GROWTH = 2;
    private static final int PAGE_MASK = (1 << InventoryKey.PAGE_BITS) - 1;

    private final InventoryKey key;
    private final short[][] pages;
    private final int items;
    private final long bytes;

    private NarFilter(InventoryKey key, short[][] pages, int items, long bytes) {
        this.key = key;
        this.pages = pages;
        this.items = items;
        this.bytes = bytes;
    }

    /** The filter of a peer that has named nothing yet. */
    public static NarFilter empty(InventoryKey key) {
        short[][] pages = new short[key.pages()][];
        Arrays.fill(pages, FilterPage.EMPTY);
        return new NarFilter(key, pages, 0, SELF + (long) REFERENCE * pages.length);
    }

    /** What a filter takes once it has what its key promises, in bytes. */
    public static long bytes(InventoryKey key) {
        return SELF + key.pages() * (long) (REFERENCE + FilterPage.bytes(0)) + (long) Short.BYTES * key.items();
    }

    /** What this filter takes, in bytes. */
    public long bytes() {
        return bytes;
    }

    /** How many NARs the peer has named. */
    public int items() {
        return items;
    }

    /** Of NARs that the peer does not have, the part that the filter says yes of. */
    public double falsePositiveRate() {
        return (double) items / key.range();
    }

    /** Whether the peer named this NAR, or one that has the same fingerprint. */
    public boolean mayHave(NarHash nar) {
        return whichMayHave(List.of(this), nar).get(0);
    }

    /**
     * Of which filters {@link #mayHave} is true, by their places in the list. Each step is done for all of them before the next
     * one: the processor waits for memory in every step, and so it waits for many filters at a time.
     */
    static BitSet whichMayHave(List<NarFilter> filters, NarHash nar) {
        int count = filters.size();
        long[] fingerprints = new long[count];
        for (int i = 0; i < count; i++) {
            fingerprints[i] = filters.get(i).key.fingerprint(nar);
        }
        short[][] pages = new short[count][];
        for (int i = 0; i < count; i++) {
            pages[i] = filters.get(i).pages[(int) (fingerprints[i] >>> InventoryKey.PAGE_BITS)];
        }
        BitSet found = new BitSet(count);
        for (int i = 0; i < count; i++) {
            found.set(i, FilterPage.contains(pages[i], (int) fingerprints[i] & PAGE_MASK));
        }
        return found;
    }

    /**
     * The filter after a change.
     *
     * @throws FormatException when the change cannot be of this inventory: a fingerprint is beyond the range, or was to be removed
     *         and is not there; or there are more than twice as many as there should be
     */
    public NarFilter with(SwarmMessage.InventoryChange change) throws FormatException {
        int count = items - change.removed().count() + change.added().count();
        if (count > GROWTH * InventoryKey.PAGE_ITEMS * pages.length) {
            throw new FormatException("inventory: " + count + " items, begun with " + key.items());
        }
        Run removed = new Run(change.removed().values());
        Run added = new Run(change.added().values());
        short[][] changed = pages.clone();
        long grown = bytes;
        for (int page = Math.min(removed.page(), added.page()); page < Integer.MAX_VALUE; page = Math
                .min(removed.page(), added.page())) {
            if (page >= pages.length) {
                throw new FormatException("inventory: a fingerprint beyond " + (key.range() - 1));
            }
            changed[page] = FilterPage.change(pages[page], removed.take(page), added.take(page));
            grown += taken(changed[page]) - taken(pages[page]);
        }
        return new NarFilter(key, changed, count, grown);
    }

    /** How many pages a change makes anew. */
    public static int pages(SwarmMessage.InventoryChange change) {
        Run removed = new Run(change.removed().values());
        Run added = new Run(change.added().values());
        int count = 0;
        for (int page = Math.min(removed.page(), added.page()); page < Integer.MAX_VALUE; page = Math
                .min(removed.page(), added.page())) {
            removed.pass(page);
            added.pass(page);
            count++;
        }
        return count;
    }

    /** Pages with nothing in them are one. */
    private static int taken(short[] page) {
        return page == FilterPage.EMPTY ? 0 : FilterPage.bytes(FilterPage.size(page));
    }

    /** Fingerprints, page by page. */
    private static final class Run {
        private final long[] fingerprints;
        private int next;

        private Run(long[] fingerprints) {
            this.fingerprints = fingerprints;
        }

        /** The page of the next one; the largest number when there is none. */
        private int page() {
            return next < fingerprints.length
                    ? (int) (fingerprints[next] >>> InventoryKey.PAGE_BITS)
                    : Integer.MAX_VALUE;
        }

        private void pass(int page) {
            while (page() == page) {
                next++;
            }
        }

        /** Takes those of a page, as numbers within it. */
        private int[] take(int page) {
            int from = next;
            pass(page);
            int[] numbers = new int[next - from];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (int) fingerprints[from + i] & PAGE_MASK;
            }
            return numbers;
        }
    }
}
