// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

/**
 * Whether a client takes what is there for it: be that a NAR, or answers that it lets lie, to the last byte of the last one. That there is
 * nothing for it yet is no reason to say that it does not. Not for several threads at once.
 */
final class Uptake {
    /** What it has to take in the time that it has, if it does not take all. */
    static final long LEAST = 1 << 18;

    private final long within;
    private long since;
    private long taken;
    private boolean wasMoreThere;

    /**
     * @param within the time that it has for {@link #LEAST} bytes, in nanoseconds
     * @param now when it begins
     */
    Uptake(long within, long now) {
        this.within = within;
        this.since = now;
    }

    /**
     * One look at it; the more often, the sooner it is seen, and never too soon.
     *
     * @param all that it has taken so far, in bytes
     * @param isMoreThere whether it could have taken more
     */
    boolean hasStalled(long now, long all, boolean isMoreThere) {
        // What was not there at the last look may have come just now.
        if (!isMoreThere || !wasMoreThere || all - taken >= LEAST) {
            taken = all;
            since = now;
        }
        wasMoreThere = isMoreThere;
        return now - since >= within;
    }
}
