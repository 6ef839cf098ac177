// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.ahead;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.guixp2p.protocol.bridge.FromRestorer.Daemon;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.NixOptions;

/**
 * What each daemon process was told can be had, and whether it has begun to substitute. A client's connection to the daemon is
 * one such process, from whose restorers all of it comes. Any user can have many; so the memory is bounded, and what was heard
 * of least recently is forgotten first. No clock of its own, one thread.
 */
final class DaemonSessions {
    /** At a time. */
    static final int MOST = 64;
    /** Nobody takes so long between asking and building. */
    static final long FORGOTTEN_NANOS = 600_000_000_000L;
    /** How long a daemon is remembered whose restorers have all gone: they connect anew after a fault. */
    static final long ALONE_NANOS = 30_000_000_000L;

    private final long memory;
    private final SequencedMap<Daemon, Session> sessions = new LinkedHashMap<>();

    /** An item that is to be fetched for a daemon, which has its servers from its client's options. */
    record Next(Daemon daemon, NixOptions options, ClosureOrder.Wanted item) {}

    private static final class Session {
        private final ClosureOrder order = new ClosureOrder();
        private NixOptions options = NixOptions.parse("");
        private int restorers;
        private boolean begun;
        private long heard;
    }

    /** @param memory for all, in bytes */
    DaemonSessions(long memory) {
        this.memory = memory;
    }

    /**
     * A restorer of the daemon's has connected.
     *
     * @return those that were forgotten for it
     */
    List<Daemon> came(Daemon daemon, long now) {
        hear(daemon, now).restorers++;
        return forgetMost();
    }

    /** One of the daemon's has gone. */
    void went(Daemon daemon, long now) {
        Session session = sessions.get(daemon);
        if (session != null) {
            session.restorers = Math.max(0, session.restorers - 1);
            session.heard = now;
        }
    }

    /** The one heard of last is the last to be forgotten. */
    private Session hear(Daemon daemon, long now) {
        Session known = sessions.get(daemon);
        Session session = known == null ? new Session() : known;
        session.heard = now;
        sessions.putLast(daemon, session);
        return session;
    }

    /** As {@link #hear}, of one whose restorer is connected: it may have been forgotten over a long build. */
    private Session hearAgain(Daemon daemon, long now) {
        Session session = hear(daemon, now);
        session.restorers = Math.max(1, session.restorers);
        return session;
    }

    /**
     * The daemon was told that an item can be had. When there is no memory for that, those whose restorers have all gone are forgotten
     * for it.
     *
     * @param alone whether it had asked about this one only
     * @return those that were forgotten
     */
    List<Daemon> told(Daemon daemon, StorePath path, List<StorePath> references, long narBytes, boolean alone,
            NixOptions options, long now) {
        Session session = hearAgain(daemon, now);
        session.options = options;
        List<Daemon> forgotten = new ArrayList<>();
        while (!session.order.add(path, references, narBytes, alone, memory - bytes())) {
            Optional<Daemon> gone = sessions.entrySet().stream().filter(each -> each.getValue().restorers == 0)
                    .map(Map.Entry::getKey).findFirst();
            if (gone.isEmpty()) {
                break;
            }
            sessions.remove(gone.get());
            forgotten.add(gone.get());
        }
        return forgotten;
    }

    /** The daemon substitutes an item: from now on it is fetched for ahead. */
    void wants(Daemon daemon, StorePath path, long now) {
        Session session = hearAgain(daemon, now);
        session.begun = true;
        session.order.remove(path);
    }

    /** An item need not be fetched ahead for the daemon any more. */
    void remove(Daemon daemon, StorePath path) {
        Session session = sessions.get(daemon);
        if (session != null) {
            session.order.remove(path);
        }
    }

    /** What is to be fetched next, the daemon heard of last first; of each daemon, in its order. */
    Optional<Next> next() {
        for (Map.Entry<Daemon, Session> each : sessions.reversed().entrySet()) {
            Session session = each.getValue();
            Optional<ClosureOrder.Wanted> item = session.begun ? session.order.next() : Optional.empty();
            if (item.isPresent()) {
                return Optional.of(new Next(each.getKey(), session.options, item.get()));
            }
        }
        return Optional.empty();
    }

    /** Something large is read: whoever has begun, and has a restorer here, is not silent but waits. */
    void waiting(long now) {
        sessions.values().stream().filter(session -> session.begun && session.restorers > 0)
                .forEach(session -> session.heard = now);
    }

    /** Forgets those whose time is over, and those that are too many, and says which. */
    List<Daemon> forget(long now) {
        List<Daemon> over = new ArrayList<>(
                sessions.entrySet().stream().filter(each -> now
                        - each.getValue().heard >= (each.getValue().restorers > 0 ? FORGOTTEN_NANOS : ALONE_NANOS))
                        .map(Map.Entry::getKey)
                        .toList());
        over.forEach(sessions::remove);
        over.addAll(forgetMost());
        return over;
    }

    private List<Daemon> forgetMost() {
        List<Daemon> forgotten = new ArrayList<>();
        while (sessions.size() > MOST) {
            forgotten.add(sessions.pollFirstEntry().getKey());
        }
        return forgotten;
    }

    /** How many are remembered. */
    int count() {
        return sessions.size();
    }

    /** What they take of the heap. */
    long bytes() {
        return sessions.values().stream().mapToLong(session -> session.order.bytes()).sum();
    }
}
