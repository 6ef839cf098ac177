// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * All peers of which something is remembered, within a bound. A newcomer always gets in: when there is no room, those that are
 * worth the least are forgotten. The same events always give the same table. For one thread at a time.
 */
final class PeerTable {
    /** Of a node. Some 200 bytes each. */
    static final int CAPACITY = 10_000;
    /** So much of a full table is forgotten at once, or every newcomer of a crowd would have all others compared. */
    private static final int SHARE_FORGOTTEN = 64;

    private final int capacity;
    private final Map<PeerId, PeerRecord> records = new HashMap<>();

    /** One peer and what is remembered of it. */
    record Entry(PeerId peer, PeerRecord known) {}

    PeerTable(int capacity) {
        this.capacity = capacity;
    }

    /** A table of these; what does not fit is forgotten. */
    static PeerTable of(int capacity, List<Entry> entries) {
        PeerTable table = new PeerTable(capacity);
        long latest = 0;
        for (Entry entry : entries) {
            table.records.put(entry.peer(), entry.known());
            latest = Math.max(latest, entry.known().seen());
        }
        if (table.records.size() > capacity) {
            table.forget(table.records.size() - capacity, latest, null);
        }
        return table;
    }

    void apply(PeerEvent event) {
        PeerRecord after = get(event.peer()).after(event);
        boolean isNew = records.put(event.peer(), after) == null;
        if (isNew && records.size() > capacity) {
            forget(1 + capacity / SHARE_FORGOTTEN, event.at(), event.peer());
        }
    }

    private void forget(int count, long time, @Nullable PeerId except) {
        record Candidate(PeerId peer, double worth) {}
        records.entrySet().stream().filter(e -> !e.getKey().equals(except))
                .map(e -> new Candidate(e.getKey(), e.getValue().worth(time)))
                .sorted(Comparator.comparingDouble(Candidate::worth).thenComparing(Candidate::peer)).limit(count)
                .forEach(candidate -> records.remove(candidate.peer()));
    }

    /** As of the last event; {@link PeerRecord#UNKNOWN} for whoever is not there. */
    PeerRecord get(PeerId peer) {
        return records.getOrDefault(peer, PeerRecord.UNKNOWN);
    }

    int size() {
        return records.size();
    }

    /** All, as they stand; stays as it is. */
    List<Entry> entries() {
        return records.entrySet().stream().map(e -> new Entry(e.getKey(), e.getValue())).toList();
    }
}
