// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.inventory;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Numbers from 0 on, the k-th of which is drawn as often as (k + 1) to the power of minus an exponent. */
final class Zipf {
    private final double[] cumulated;

    Zipf(int count, double exponent) {
        cumulated = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.pow(i + 1, -exponent);
            cumulated[i] = sum;
        }
    }

    int draw(RandomGenerator random) {
        double point = random.nextDouble() * cumulated[cumulated.length - 1];
        int found = Arrays.binarySearch(cumulated, point);
        // Those at a point belong to the number after it.
        return Math.min(found < 0 ? -found - 1 : found + 1, cumulated.length - 1);
    }
}
