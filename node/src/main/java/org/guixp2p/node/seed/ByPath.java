// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.guixp2p.protocol.item.StorePath;

/**
 * Things that belong to store items, by the paths of these and in their order: some after a path are found without a look at the others.
 * An item may have several, the one that came first before the others. For one thread.
 */
final class ByPath<T> {
    private static final String BEGIN = StorePath.STORE + "/";

    /** By names, which are compared as paths are: what comes after a path need not be one. */
    private final TreeMap<String, List<T>> all = new TreeMap<>();

    void add(StorePath path, T one) {
        all.merge(path.baseName(), List.of(one),
                (before, more) -> Stream.concat(before.stream(), more.stream()).toList());
    }

    /** Takes one away, if it is there. */
    void remove(StorePath path, T one) {
        all.computeIfPresent(path.baseName(), (_, those) -> {
            List<T> left = those.stream().filter(other -> !other.equals(one)).toList();
            return left.isEmpty() ? null : left;
        });
    }

    /** Those of an item. */
    List<T> of(StorePath path) {
        return all.getOrDefault(path.baseName(), List.of());
    }

    /** The first one of an item, by the item's name in the store. */
    Optional<T> first(String name) {
        return all.getOrDefault(name, List.of()).stream().findFirst();
    }

    /** The first one of each item, with the item's name in the store. */
    void forFirst(BiConsumer<String, T> each) {
        all.forEach((name, those) -> each.accept(name, those.getFirst()));
    }

    /**
     * The names in the store of the first items that have any.
     *
     * @param after full paths come after this, whatever it is; all when it is empty
     */
    Stream<String> names(Optional<String> after, int limit) {
        return after(after).limit(limit);
    }

    private Stream<String> after(Optional<String> after) {
        if (after.filter(path -> path.startsWith(BEGIN)).isPresent()) {
            return all.tailMap(after.get().substring(BEGIN.length()), false).keySet().stream();
        }
        return after.filter(path -> path.compareTo(BEGIN) > 0).isPresent() ? Stream.empty() : all.keySet().stream();
    }
}
