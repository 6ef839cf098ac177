// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.guixp2p.protocol.item.StorePath;

/**
 * In which order {@code guix-daemon} asks when it realises an item. Its goals have the item's name for a key, and of those that can
 * go on, the one with the smallest key does (Guix: {@code CompareGoalPtrs} and {@code SubstitutionGoal} in {@code
 * nix/libstore/build.cc}).
 */
final class DaemonOrder {
    private static final Comparator<StorePath> KEY = Comparator.comparing(StorePath::name)
            .thenComparing(Comparator.naturalOrder());

    private DaemonOrder() {}

    /** Tells what an item refers to. */
    interface Question {
        List<StorePath> references(StorePath path) throws IOException, InterruptedException;
    }

    /** Asks about {@code root} and all that it refers to, level by level. */
    static Map<StorePath, List<StorePath>> walk(StorePath root, Question question)
            throws IOException, InterruptedException {
        Map<StorePath, List<StorePath>> known = new HashMap<>();
        Set<StorePath> met = new HashSet<>(Set.of(root));
        NavigableSet<StorePath> level = keyed(Set.of(root));
        while (!level.isEmpty()) {
            NavigableSet<StorePath> next = keyed(Set.of());
            for (StorePath path : level) {
                List<StorePath> references = question.references(path);
                known.put(path, references);
                references.stream().filter(met::add).forEach(next::add);
            }
            level = next;
        }
        return known;
    }

    /**
     * In which order items are substituted, one at a time: whatever an item refers to comes before it.
     *
     * @throws IllegalArgumentException when references go round in a circle, or to an item that is not there
     */
    static List<StorePath> substitutes(Map<StorePath, List<StorePath>> references) {
        Map<StorePath, Integer> missing = new HashMap<>();
        Map<StorePath, List<StorePath>> waiting = new HashMap<>();
        NavigableSet<StorePath> ready = keyed(Set.of());
        references.forEach((path, all) -> {
            List<StorePath> others = all.stream().filter(each -> !each.equals(path)).toList();
            missing.put(path, others.size());
            others.forEach(each -> waiting.computeIfAbsent(each, _ -> new ArrayList<>()).add(path));
            if (others.isEmpty()) {
                ready.add(path);
            }
        });
        List<StorePath> order = new ArrayList<>();
        for (StorePath next = ready.pollFirst(); next != null; next = ready.pollFirst()) {
            order.add(next);
            for (StorePath path : waiting.getOrDefault(next, List.of())) {
                if (missing.merge(path, -1, Integer::sum) == 0) {
                    ready.add(path);
                }
            }
        }
        if (order.size() < references.size()) {
            throw new IllegalArgumentException("references that never end");
        }
        return order;
    }

    private static NavigableSet<StorePath> keyed(Set<StorePath> paths) {
        NavigableSet<StorePath> keyed = new TreeSet<>(KEY);
        keyed.addAll(paths);
        return keyed;
    }
}
