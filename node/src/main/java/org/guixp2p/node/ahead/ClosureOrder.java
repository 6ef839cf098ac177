// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.ahead;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.guixp2p.protocol.item.StorePath;

/**
 * The items that one daemon process was told can be had, in the order in which it will most likely substitute them.
 *
 * <p>It substitutes an item only when all that it refers to is there. Of those for which that holds it takes whichever goal has
 * the lowest address (Guix: {@code build.cc}, {@code Worker::run}), and in that order it has asked about them, too. So those
 * come first that were asked about first. An item that was asked about alone has such a goal; one that was asked about together
 * with others may only have been shown to somebody, and comes after those. No clock, no I/O, one thread.
 */
final class ClosureOrder {
    /** What an item or the name of one takes of the heap, and a reference to one, in bytes. */
    static final long ITEM_BYTES = 450;
    static final long REFERENCE_BYTES = 8;

    private static final Comparator<Item> BY_GOAL = Comparator.comparing((Item item) -> !item.alone)
            .thenComparingLong(item -> item.position);

    private final Map<StorePath, Item> items = new HashMap<>();
    /** Those to be fetched, and those of them that refer to no other one. */
    private final NavigableSet<Item> open = new TreeSet<>(BY_GOAL);
    private final NavigableSet<Item> ready = new TreeSet<>(BY_GOAL);
    private long told;
    private long bytes;

    /** What is to be fetched. */
    record Wanted(StorePath path, long narBytes) {}

    private static final class Item {
        private final StorePath path;
        private long narBytes;
        private long position;
        private boolean alone;
        /** Whether it can be had, as far as the daemon knows. */
        private boolean told;
        /** Whether it need not be fetched ahead any more. */
        private boolean over;
        /** How many it refers to that are to be fetched. */
        private int missing;
        private final List<Item> referrers = new ArrayList<>(0);

        private Item(StorePath path) {
            this.path = path;
        }

        private boolean isOpen() {
            return told && !over;
        }
    }

    /**
     * The daemon was told that an item can be had.
     *
     * @param alone whether it had asked about this one only
     * @param room for it in memory, in bytes; without, the item is passed over
     * @return whether there was room
     */
    boolean add(StorePath path, Collection<StorePath> references, long narBytes, boolean alone, long room) {
        Item item = items.get(path);
        if (item == null || !item.told) {
            long fresh = references.stream().filter(reference -> !items.containsKey(reference)).count();
            long more = (item == null ? ITEM_BYTES : 0) + fresh * ITEM_BYTES + references.size() * REFERENCE_BYTES;
            if (more > room) {
                return false;
            }
            item = named(path);
            item.told = true;
            item.narBytes = narBytes;
            refer(item, references);
        } else if (item.alone || !alone) {
            return true;
        } else {
            open.remove(item);
            ready.remove(item);
        }
        place(item, alone);
        return true;
    }

    /** Notes what a new one refers to; those that refer to it wait for it from now on. */
    private void refer(Item item, Collection<StorePath> references) {
        for (StorePath path : references) {
            Item reference = named(path);
            bytes += REFERENCE_BYTES;
            if (reference != item) {
                reference.referrers.add(item);
                item.missing += reference.isOpen() ? 1 : 0;
            }
        }
        if (!item.over) {
            for (Item referrer : item.referrers) {
                referrer.missing++;
                ready.remove(referrer);
            }
        }
    }

    private void place(Item item, boolean alone) {
        item.alone = alone;
        item.position = told++;
        if (!item.over) {
            open.add(item);
            if (item.missing == 0) {
                ready.add(item);
            }
        }
    }

    private Item named(StorePath path) {
        return items.computeIfAbsent(path, fresh -> {
            bytes += ITEM_BYTES;
            return new Item(fresh);
        });
    }

    /** The item need not be fetched ahead: it is asked for now, or there. */
    void remove(StorePath path) {
        Item item = items.get(path);
        if (item == null || item.over) {
            return;
        }
        item.over = true;
        if (item.told) {
            open.remove(item);
            ready.remove(item);
            for (Item referrer : item.referrers) {
                if (--referrer.missing == 0 && referrer.isOpen()) {
                    ready.add(referrer);
                }
            }
        }
    }

    /** The next one to be fetched, until it, or what another one waits for, is removed, or one is told that comes before it. */
    Optional<Wanted> next() {
        // What goes round in a circle no build has made, but somebody may have signed it.
        NavigableSet<Item> among = ready.isEmpty() ? open : ready;
        return among.isEmpty()
                ? Optional.empty()
                : Optional.of(new Wanted(among.first().path, among.first().narBytes));
    }

    /** What it takes of the heap. */
    long bytes() {
        return bytes;
    }
}
