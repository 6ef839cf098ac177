// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.mirrors;

import java.time.Duration;
import java.time.Instant;

/**
 * The failures of a server since it last did what it should, and until when it is left alone for them: a minute after the first, four times
 * as long after each further one, an hour at most.
 *
 * @param failures in a row
 * @param fault the last one
 * @param last when that was
 * @param until the server is to be asked last, or not at all
 */
record Trouble(int failures, Fault fault, Instant last, Instant until) {
    static final Trouble NONE = new Trouble(0, Fault.NONE, Instant.EPOCH, Instant.EPOCH);
    static final Duration FIRST = Duration.ofMinutes(1);
    static final Duration LONGEST = Duration.ofHours(1);
    private static final int GROWTH = 4;
    /** By then the longest is reached. */
    private static final int MOST_GROWTHS = 3;
    /** So much of a pause is left to chance, so that not all who lost a server at the same moment come back at the same one. */
    private static final double JITTER = 0.2;
    static final int MOST = 1_000_000;

    /**
     * One more failure.
     *
     * @param begun when that was asked which failed: what began before the last failure tells nothing new
     * @param chance from 0 to 1
     */
    Trouble and(Fault next, Instant begun, Instant now, double chance) {
        // A failure that lies ahead is from before the clock was set back.
        if (failures > 0 && !begun.isAfter(last) && !last.isAfter(now)) {
            return this;
        }
        int count = Math.min(failures + 1, MOST);
        Duration pause = FIRST.multipliedBy((long) Math.pow(GROWTH, Math.min(count - 1, MOST_GROWTHS)));
        Duration bounded = pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
        return new Trouble(count, next, now, now.plusMillis(Math.round(bounded.toMillis() * (1 - JITTER * chance))));
    }

    /** Whether the server is left alone. */
    boolean holds(Instant now) {
        return now.isBefore(until) && !until.isAfter(now.plus(LONGEST));
    }
}
