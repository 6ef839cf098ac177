// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * How long an answer to a narinfo request holds (Guix: {@code handle-narinfo-response} and {@code cache-narinfo!} in
 * {@code guix/substitutes.scm}).
 */
public final class CacheTimes {
    /** A narinfo without {@code max-age}. */
    public static final Duration HIT = Duration.ofHours(36);
    /** A 404 or 202 without {@code max-age}. */
    public static final Duration MISS = Duration.ofMinutes(2);
    /** Any other answer, whatever its {@code max-age}. */
    public static final Duration ERROR = Duration.ofSeconds(60);
    /** Not even a server that says so is believed for longer about an item that it has. */
    public static final Duration LONGEST_HIT = Duration.ofDays(365);
    /** Nor about one that it has not: it may be built any time. */
    public static final Duration LONGEST_MISS = Duration.ofDays(1);

    private CacheTimes() {}

    /**
     * The time for which an answer holds.
     *
     * @param status the HTTP status
     * @param maxAge seconds, as the answer's {@code Cache-Control} says
     */
    public static Duration holds(int status, OptionalLong maxAge) {
        return switch (status) {
            case 200 -> bounded(maxAge, HIT, LONGEST_HIT);
            case 202, 404 -> bounded(maxAge, MISS, LONGEST_MISS);
            default -> ERROR;
        };
    }

    private static Duration bounded(OptionalLong maxAge, Duration otherwise, Duration longest) {
        if (maxAge.isEmpty()) {
            return otherwise;
        }
        return Duration.ofSeconds(Math.clamp(maxAge.getAsLong(), 0, longest.toSeconds()));
    }
}
