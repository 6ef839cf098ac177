// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.inventory;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Numbers from 0 on, the k-th of which is drawn as often as (k + 1) to the power of minus an exponent. */
final class Zipf {
    /** In a row, until it is no longer waited for one that has not been drawn yet. */
    private static final int TRIES = 200;

    private final double exponent;
    private final double[] cumulated;

    Zipf(int count, double exponent) {
        this.exponent = exponent;
        cumulated = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.pow(i + 1, -exponent);
            cumulated[i] = sum;
        }
    }

    /** How often those from {@code first} on are drawn, from 0 to 1. */
    double shareFrom(int first) {
        double all = cumulated[cumulated.length - 1];
        return first == 0 ? 1 : (all - cumulated[first - 1]) / all;
    }

    /**
     * Draws until {@code most} different ones have been drawn; those, in that order.
     *
     * @param most as many as there are at most
     */
    int[] drawDifferent(int most, RandomGenerator random) {
        BitSet had = new BitSet(cumulated.length);
        int[] drawn = new int[most];
        int count = 0;
        int inVain = 0;
        while (count < most && inVain < TRIES) {
            int next = draw(random);
            if (had.get(next)) {
                inVain++;
            } else {
                had.set(next);
                drawn[count] = next;
                count++;
                inVain = 0;
            }
        }
        if (count < most) {
            int left = most - count;
            System.arraycopy(drawRest(had, left, random), 0, drawn, count, left);
        }
        return drawn;
    }

    /** Without a try in vain: whose clock, which runs as fast as it is popular, strikes first comes first (Efraimidis and Spirakis). */
    private int[] drawRest(BitSet had, int most, RandomGenerator random) {
        record Strike(double time, int number) {}
        return IntStream.range(0, cumulated.length).filter(number -> !had.get(number))
                .mapToObj(number -> new Strike(random.nextExponential() * Math.pow(number + 1, exponent), number))
                .sorted(Comparator.comparingDouble(Strike::time)).limit(most).mapToInt(Strike::number).toArray();
    }

    int draw(RandomGenerator random) {
        double point = random.nextDouble() * cumulated[cumulated.length - 1];
        int found = Arrays.binarySearch(cumulated, point);
        // Those at a point belong to the number after it.
        return Math.min(found < 0 ? -found - 1 : found + 1, cumulated.length - 1);
    }
}
