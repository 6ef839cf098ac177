// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.util.Arrays;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.InventoryKey;

/**
 * A page of a {@link NarFilter}: numbers of {@link InventoryKey#PAGE_BITS} bits, ascending. The upper six bits name one of 64
 * buckets, and the lower sixteen are what is kept of a number; before them stands, for each bucket, where it ends.
 */
final class FilterPage {
    /** Most numbers in a page: four times what it is for, which chance does not bring about. */
    static final int MOST = 4 * InventoryKey.PAGE_ITEMS;
    static final short[] EMPTY = new short[1 << (InventoryKey.PAGE_BITS - Short.SIZE)];

    private static final int BUCKETS = EMPTY.length;
    private static final int ARRAY_HEAD = 16;

    private FilterPage() {}

    /** How many numbers a page has. */
    static int size(short[] page) {
        return page.length - BUCKETS;
    }

    /** What a page with so many numbers takes, in bytes. */
    static int bytes(int numbers) {
        return ARRAY_HEAD + Short.BYTES * (BUCKETS + numbers);
    }

    static boolean contains(short[] page, int number) {
        int bucket = number >>> Short.SIZE;
        int end = BUCKETS + page[bucket];
        for (int i = BUCKETS + (bucket == 0 ? 0 : page[bucket - 1]); i < end; i++) {
            if (page[i] == (short) number) {
                return true;
            }
        }
        return false;
    }

    /**
     * Another page, without some numbers and then with others.
     *
     * @param removed ascending; one that stands there twice is removed twice
     * @param added ascending
     * @throws FormatException when one that is to be removed is not there, or the page is full
     */
    static short[] change(short[] page, int[] removed, int[] added) throws FormatException {
        int size = size(page) - removed.length + added.length;
        if (size > MOST) {
            throw new FormatException("inventory: more than " + MOST + " fingerprints in a page");
        }
        int[] numbers = numbers(page);
        int[] merged = new int[numbers.length + added.length];
        int count = 0;
        int gone = 0;
        int come = 0;
        for (int number : numbers) {
            if (gone < removed.length && removed[gone] == number) {
                gone++;
                continue;
            }
            while (come < added.length && added[come] <= number) {
                merged[count++] = added[come++];
            }
            merged[count++] = number;
        }
        if (gone < removed.length) {
            throw new FormatException("inventory: a fingerprint that is removed and was not there");
        }
        System.arraycopy(added, come, merged, count, added.length - come);
        return size == 0 ? EMPTY : of(Arrays.copyOf(merged, size));
    }

    private static int[] numbers(short[] page) {
        int[] numbers = new int[size(page)];
        int bucket = 0;
        for (int i = 0; i < numbers.length; i++) {
            while (page[bucket] <= i) {
                bucket++;
            }
            numbers[i] = bucket << Short.SIZE | Short.toUnsignedInt(page[BUCKETS + i]);
        }
        return numbers;
    }

    private static short[] of(int[] numbers) {
        short[] page = new short[BUCKETS + numbers.length];
        int bucket = 0;
        for (int i = 0; i < numbers.length; i++) {
            for (; bucket < numbers[i] >>> Short.SIZE; bucket++) {
                page[bucket] = (short) i;
            }
            page[BUCKETS + i] = (short) numbers[i];
        }
        Arrays.fill(page, bucket, BUCKETS, (short) numbers.length);
        return page;
    }
}
