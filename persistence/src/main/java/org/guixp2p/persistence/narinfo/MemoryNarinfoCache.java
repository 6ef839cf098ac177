// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.protocol.item.StorePath;

/** A cache for as long as the process lives, for a node without a writable cache directory and for tests. */
public final class MemoryNarinfoCache implements NarinfoCache {
    private final Map<Key, CachedAnswer> answers;

    private record Key(ServerUrl server, String hashPart) {}

    /** Keeps at most {@code capacity} answers and drops the longest unread ones first. */
    public MemoryNarinfoCache(int capacity) {
        answers = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, CachedAnswer> eldest) {
                return size() > capacity;
            }
        };
    }

    @Override
    public synchronized Optional<CachedAnswer> find(ServerUrl server, StorePath item) {
        return Optional.ofNullable(answers.get(new Key(server, item.hashPart())));
    }

    @Override
    public synchronized void put(ServerUrl server, StorePath item, CachedAnswer answer) {
        if (answer instanceof CachedAnswer.Hit hit && hit.size() > MAX_NARINFO_BYTES) {
            return;
        }
        answers.put(new Key(server, item.hashPart()), answer);
    }

    @Override
    public synchronized void forget(ServerUrl server, StorePath item) {
        answers.remove(new Key(server, item.hashPart()));
    }
}
