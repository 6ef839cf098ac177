// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds what somebody meant who misspelt a name. */
final class NearestName {
    private NearestName() {}

    /** The candidate nearest to {@code typed}, unless even that one is far off. */
    static Optional<String> of(String typed, List<String> candidates) {
        String folded = typed.toLowerCase(Locale.ROOT).replace('-', '_');
        int bound = Math.max(2, folded.length() / 3);
        return candidates.stream().min(Comparator.comparingInt(name -> distance(folded, name)))
                .filter(name -> distance(folded, name) <= bound);
    }

    /** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
    static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            cost[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            cost[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int best = Math.min(cost[i - 1][j - 1] + change, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
                boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1);
                cost[i][j] = swapped ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
            }
        }
        return cost[a.length()][b.length()];
    }
}
