// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

/**
 * Whether a peer's inventory is worth its questions. A filter says yes of some NARs that the peer does not have, and a NAR may
 * have gone since the peer last told; beyond that, whoever says no to what its own inventory names has not told the truth.
 *
 * <p>How often a peer may be wrong by then follows from the filter's rate and from how often it was looked at; when what it did
 * is less likely than one in a million, it lies.
 */
public final class FalsePositives {
    /** Fewer prove nothing: an owner that deletes much at once has yet to tell. */
    static final int FORGIVEN = 8;

    private static final double UNLIKELY = 1e-6;
    /** Of what the filter says yes of, the part that may have gone since. */
    private static final double GONE = 1.0 / 16;
    /** With so many expected the past counts half, so that nobody can be right for long to be wrong for long. */
    private static final double MANY = 32;

    private double expected;
    private double wrong;
    private boolean exceeded;

    /**
     * The filter was looked at.
     *
     * @param rate its {@link NarFilter#falsePositiveRate}
     * @param positive whether it said yes
     */
    public void looked(double rate, boolean positive) {
        expected += rate + (positive ? GONE : 0);
        if (expected > MANY) {
            expected /= 2;
            wrong /= 2;
        }
    }

    /** The filter said yes, and the peer no. */
    public void wrong() {
        wrong++;
        exceeded |= wrong >= FORGIVEN && wrong > expected && atLeast((int) wrong, expected) < UNLIKELY;
    }

    /** Whether the peer was ever wrong. */
    boolean isKnown() {
        return wrong > 0;
    }

    /** Whether the peer said yes too often to be asked any more: for good, as nothing more is learnt of it. */
    public boolean exceeded() {
        return exceeded;
    }

    /** How likely at least {@code count} are where {@code mean}, which is less, are expected, by Poisson's distribution. */
    private static double atLeast(int count, double mean) {
        double logarithm = -mean;
        for (int i = 1; i <= count; i++) {
            logarithm += Math.log(mean / i);
        }
        double term = Math.exp(logarithm);
        double sum = 0;
        for (int i = count + 1; term > sum * 1e-9; i++) {
            sum += term;
            term *= mean / i;
        }
        return sum;
    }
}
