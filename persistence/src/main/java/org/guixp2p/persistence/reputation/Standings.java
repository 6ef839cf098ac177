// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How all peers stand of which something is remembered.
 *
 * @param refused how many are refused now
 * @param byScore how many have a {@linkplain PeerRecord#score() score} in each quarter from 0 to 1, the lowest first
 */
public record Standings(int refused, List<Integer> byScore) {
    /** Into how many the scores are sorted. */
    public static final int QUARTERS = 4;

    public Standings {
        byScore = List.copyOf(byScore);
        if (byScore.size() != QUARTERS) {
            throw new IllegalArgumentException("one number for each quarter expected");
        }
    }

    /** Of these records at {@code time}, in seconds since 1970. */
    static Standings of(List<PeerTable.Entry> entries, long time) {
        List<Integer> byScore = new ArrayList<>(Collections.nCopies(QUARTERS, 0));
        int refused = 0;
        for (PeerTable.Entry entry : entries) {
            PeerRecord now = entry.known().at(time);
            int quarter = Math.clamp((long) (now.score() * QUARTERS), 0, QUARTERS - 1);
            byScore.set(quarter, byScore.get(quarter) + 1);
            if (now.bannedFor(time) > 0) {
                refused++;
            }
        }
        return new Standings(refused, byScore);
    }
}
