// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.ahead;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.guixp2p.protocol.item.StorePath;
import org.jspecify.annotations.Nullable;

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
    static final long ITEM_BYTES = 320;
    static final long REFERENCE_BYTES = 8;

    private static final Comparator<Item> BY_GOAL = Comparator.comparing((Item item) -> !item.alone)
            .thenComparing(item -> item.position);

    private final Map<StorePath, Item> items = new HashMap<>();
    private @Nullable List<Item> order;
    private int at;
    private long told;
    private long bytes;

    /** What is to be fetched. */
    record Wanted(StorePath path, long narBytes) {}

    private static final class Item {
        private final StorePath path;
        private List<Item> references = List.of();
        private long narBytes;
        private long position;
        private boolean alone;
        /** Whether it can be had, as far as the daemon knows. */
        private boolean told;
        /** Whether it need not be fetched ahead any more. */
        private boolean over;
        private int missing;
        private final List<Item> referrers = new ArrayList<>(0);

        private Item(StorePath path) {
            this.path = path;
        }
    }

    /**
     * The daemon was told that an item can be had.
     *
     * @param alone whether it had asked about this one only
     * @param room for it in memory, in bytes; without, the item is passed over
     */
    void add(StorePath path, Collection<StorePath> references, long narBytes, boolean alone, long room) {
        Item item = items.get(path);
        if (item == null || !item.told) {
            long more = (item == null ? ITEM_BYTES : 0) + references.size() * (ITEM_BYTES + REFERENCE_BYTES);
            if (more > room) {
                return;
            }
            item = named(path);
            item.told = true;
            item.narBytes = narBytes;
            List<Item> named = new ArrayList<>(references.size());
            references.forEach(reference -> named.add(named(reference)));
            item.references = named;
            bytes += named.size() * REFERENCE_BYTES;
        } else if (item.alone || !alone) {
            return;
        }
        item.alone = alone;
        item.position = told++;
        order = null;
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
        if (item != null) {
            item.over = true;
        }
    }

    /** The next one to be fetched, which stays the next one until it is removed. */
    Optional<Wanted> next() {
        List<Item> all = order == null ? sorted() : order;
        order = all;
        while (at < all.size() && all.get(at).over) {
            at++;
        }
        return at < all.size() ? Optional.of(new Wanted(all.get(at).path, all.get(at).narBytes)) : Optional.empty();
    }

    /** What it takes of the heap. */
    long bytes() {
        return bytes;
    }

    private List<Item> sorted() {
        List<Item> all = items.values().stream().filter(item -> item.told).sorted(BY_GOAL).toList();
        for (Item item : all) {
            item.missing = 0;
            item.referrers.clear();
        }
        for (Item item : all) {
            for (Item reference : item.references) {
                if (reference.told && reference != item) {
                    item.missing++;
                    reference.referrers.add(item);
                }
            }
        }
        PriorityQueue<Item> ready = new PriorityQueue<>(BY_GOAL);
        all.stream().filter(item -> item.missing == 0).forEach(ready::add);
        List<Item> sorted = new ArrayList<>(all.size());
        for (Item first = ready.poll(); first != null; first = ready.poll()) {
            sorted.add(first);
            for (Item referrer : first.referrers) {
                if (--referrer.missing == 0) {
                    ready.add(referrer);
                }
            }
        }
        // What goes round in a circle no build has made, but somebody may have signed it.
        all.stream().filter(item -> item.missing > 0).forEach(sorted::add);
        at = 0;
        return sorted;
    }
}
