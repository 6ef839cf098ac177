// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.mirrors;

import java.time.Duration;
import java.time.Instant;

/**
 * The failures of a server since it last did what it should, and until when it is left alone for them: a minute after the first, four times
 * as long after each further one, an hour at most. What fails of what was begun before a pause is over is of the same outage and makes it no
 * longer.
 *
 * @param failures in a row
 * @param fault the last one that counted; wrong bytes stay it, since no other fault is worse
 * @param last when anything failed last
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
     * @param begun when that was asked which failed
     * @param ours whether everything failed since the last time, so that it may be the user's own network: then it counts once
     * @param chance from 0 to 1
     */
    Trouble and(Fault next, Instant begun, boolean ours, Instant now, double chance) {
        // A failure that lies ahead is from before the clock was set back.
        boolean goesOn = failures > 0 && !last.isAfter(now);
        if (goesOn && begun.isBefore(until)) {
            return new Trouble(failures, next == Fault.DAMAGED ? next : fault, now, until);
        }
        Fault worst = fault == Fault.DAMAGED ? fault : next;
        if (goesOn && ours) {
            return new Trouble(failures, worst, now, pause(1, now, chance));
        }
        int count = Math.min(failures + 1, MOST);
        return new Trouble(count, worst, now, pause(count, now, chance));
    }

    private static Instant pause(int count, Instant now, double chance) {
        Duration pause = FIRST.multipliedBy((long) Math.pow(GROWTH, Math.min(count - 1, MOST_GROWTHS)));
        Duration bounded = pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
        return now.plusMillis(Math.round(bounded.toMillis() * (1 - JITTER * chance)));
    }

    /** Whether the server is left alone. */
    boolean holds(Instant now) {
        return now.isBefore(until) && !until.isAfter(now.plus(LONGEST));
    }
}
