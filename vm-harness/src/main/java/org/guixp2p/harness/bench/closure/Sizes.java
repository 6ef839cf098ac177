// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.util.Locale;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.FormatException;

/** How large the items of a closure are: log-normal, as those of real stores are. */
public enum Sizes {
    /** Most fit into one block of the swarm. */
    SMALL(1.0, 4),
    /** From a few hundred bytes to some hundred times the median. */
    PACKAGE(1.8, 16);

    /** Of small items without a total, in bytes. */
    static final long MEDIAN_BYTES = 40_000;

    private static final long LEAST_BYTES = 256;

    private final double sigma;
    private final int files;

    Sizes(double sigma, int files) {
        this.sigma = sigma;
        this.files = files;
    }

    /**
     * Reads the word for one.
     *
     * @throws FormatException when it is none
     */
    public static Sizes parse(String text) throws FormatException {
        for (Sizes sizes : values()) {
            if (sizes.toString().equals(text)) {
                return sizes;
            }
        }
        throw new FormatException("'package' or 'small' expected, found " + FormatException.quote(text));
    }

    /**
     * Bytes of contents of so many items.
     *
     * @param total of all together, about; 0 for a median of {@value #MEDIAN_BYTES}
     */
    long[] draw(int items, long total, RandomGenerator random) {
        double[] weights = new double[items];
        double sum = 0;
        for (int i = 0; i < items; i++) {
            weights[i] = Math.exp(sigma * random.nextGaussian());
            sum += weights[i];
        }
        double unit = total > 0 ? total / sum : MEDIAN_BYTES;
        long[] bytes = new long[items];
        for (int i = 0; i < items; i++) {
            bytes[i] = Math.max(LEAST_BYTES, Math.round(weights[i] * unit));
        }
        return bytes;
    }

    /** How many files an item has at most. */
    int mostFiles() {
        return files;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
