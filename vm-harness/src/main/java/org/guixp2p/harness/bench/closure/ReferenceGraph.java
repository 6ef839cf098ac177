// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Who refers to whom, by number: 0 refers to all others, at once or through some of them, and nobody to one before him.
 *
 * @param levels of each, how many references lie between 0 and it at least; they never fall from one number to the next
 * @param references of each, in order; some refer to themselves, as store items do
 */
record ReferenceGraph(List<Integer> levels, List<SortedSet<Integer>> references) {
    private static final int MOST_MORE = 6;
    private static final int SELF = 3;

    ReferenceGraph {
        levels = List.copyOf(levels);
        references = List.copyOf(references);
    }

    /**
     * One of so many levels.
     *
     * @param depth levels, 0 being the first
     */
    static ReferenceGraph make(int items, int depth, RandomGenerator random) {
        int[] levels = levels(items, Math.min(items, depth), random);
        List<SortedSet<Integer>> references = new ArrayList<>();
        for (int i = 0; i < items; i++) {
            references.add(new TreeSet<>());
        }
        for (int i = 1; i < items; i++) {
            references.get(anyOn(levels, levels[i] - 1, random)).add(i);
        }
        for (int i = 0; i < items; i++) {
            int beyond = firstBeyond(levels, levels[i] + 1);
            for (int more = random.nextInt(MOST_MORE); more > 0 && i + 1 < beyond; more--) {
                references.get(i).add(random.nextInt(i + 1, beyond));
            }
            if (random.nextInt(SELF) == 0) {
                references.get(i).add(i);
            }
        }
        return new ReferenceGraph(Arrays.stream(levels).boxed().toList(), references);
    }

    /** One on each level, and the others about the middle. */
    private static int[] levels(int items, int depth, RandomGenerator random) {
        int[] levels = new int[items];
        for (int i = 0; i < items; i++) {
            levels[i] = i < depth
                    ? i
                    : 1 + (int) ((depth - 1) * (random.nextDouble() + random.nextDouble()) / 2);
        }
        Arrays.sort(levels);
        return levels;
    }

    private static int anyOn(int[] levels, int level, RandomGenerator random) {
        return random.nextInt(firstBeyond(levels, level - 1), firstBeyond(levels, level));
    }

    /** The first number on a higher level than {@code level}. */
    private static int firstBeyond(int[] levels, int level) {
        int first = 0;
        while (first < levels.length && levels[first] <= level) {
            first++;
        }
        return first;
    }

    /** How many levels there are. */
    int depth() {
        return levels.getLast() + 1;
    }
}
