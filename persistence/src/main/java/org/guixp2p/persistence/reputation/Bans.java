// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.time.Duration;
import java.util.List;

/**
 * For how long a peer is refused after an offence: hours, then days for whoever lies again. A message that breaks the protocol
 * may be a program's fault, and never costs days.
 */
final class Bans {
    private static final List<Duration> LENGTHS = List.of(Duration.ofHours(1), Duration.ofHours(6), Duration.ofDays(1),
            Duration.ofDays(3), Duration.ofDays(7));
    static final Duration LONGEST = LENGTHS.getLast();
    private static final Duration LONGEST_OF_MALFORMED = Duration.ofHours(6);

    private Bans() {}

    /**
     * The length after an offence.
     *
     * @param strikes all that count at this time, the last one too; earlier ones have faded in part
     */
    static Duration length(Offence offence, float strikes) {
        Duration length = LENGTHS.get(Math.clamp(Math.round(strikes) - 1L, 0, LENGTHS.size() - 1));
        return offence == Offence.MALFORMED && length.compareTo(LONGEST_OF_MALFORMED) > 0
                ? LONGEST_OF_MALFORMED
                : length;
    }
}
