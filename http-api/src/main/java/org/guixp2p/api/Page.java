// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Some of a list that may be long.
 *
 * @param next after which the next page begins; empty at the end
 */
public record Page<T>(List<T> items, Optional<String> next) {
    public Page {
        items = List.copyOf(items);
    }

    /** What is wanted of a list: no more than {@code limit}, after one that had this key. */
    public record Wanted(Optional<String> after, int limit) {}

    /** Those of a list that are wanted, by {@code key} in {@code order}: what comes and goes meanwhile moves nothing else to another page. */
    public static <T> Page<T> of(List<T> all, Function<T, String> key, Comparator<String> order, Wanted wanted) {
        List<T> left = all.stream()
                .filter(item -> wanted.after().isEmpty() || order.compare(key.apply(item), wanted.after().get()) > 0)
                .sorted(Comparator.comparing(key, order)).limit(wanted.limit() + 1L).toList();
        List<T> items = left.subList(0, Math.min(left.size(), wanted.limit()));
        return new Page<>(items,
                left.size() > items.size() ? Optional.of(key.apply(items.getLast())) : Optional.empty());
    }
}
