// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * The connections over which NARs come: kept alive for the next one, a bounded number to a server, with a bounded queue
 * for what must wait. Safe for use by many threads.
 */
final class NarConnections {
    private static final Duration KEPT_ALIVE = Duration.ofSeconds(20);
    private static final int MOST_WAITING = 1024;

    private final ActorSystem<?> system;
    private final HttpSettings settings;
    private final Map<Origin, Pool> pools = new HashMap<>();
    private final Set<NarConnection> open = new HashSet<>();
    private boolean stopped;

    private static final class Pool {
        private final Deque<NarConnection> idle = new ArrayDeque<>();
        private final Deque<CompletableFuture<NarConnection>> waiting = new ArrayDeque<>();
        private int busy;
    }

    NarConnections(ActorSystem<?> system, HttpSettings settings) {
        this.system = system;
        this.settings = settings;
    }

    /**
     * A connection that is free for one request, now or as soon as one is. Whoever gets it gives it back, and whoever wants it no
     * more cancels it; it fails with an {@link HttpFaultException} when too many wait.
     */
    CompletableFuture<NarConnection> take(Origin origin) {
        synchronized (this) {
            if (stopped) {
                return failed(new HttpFault.Stopped());
            }
            Pool pool = pools.computeIfAbsent(origin, key -> new Pool());
            if (pool.busy >= settings.narConnections()) {
                pool.waiting.removeIf(CompletableFuture::isDone);
                if (pool.waiting.size() >= MOST_WAITING) {
                    return failed(new HttpFault.Overloaded(MOST_WAITING + " NARs wait for this server"));
                }
                CompletableFuture<NarConnection> turn = new CompletableFuture<>();
                pool.waiting.add(turn);
                return turn;
            }
            pool.busy++;
            return CompletableFuture.completedFuture(idleOrNew(origin, pool));
        }
    }

    /** A fresh connection in place of one that turned out to be dead, at once; the place at the server stays taken. */
    CompletableFuture<NarConnection> replace(Origin origin, NarConnection dead) {
        dead.abort();
        synchronized (this) {
            open.remove(dead);
            // It may be dead because of that.
            return stopped
                    ? failed(new HttpFault.Stopped())
                    : CompletableFuture.completedFuture(connect(origin));
        }
    }

    /** Gives a connection back: its answer was read to the end, so it may serve again. */
    void giveBack(Origin origin, NarConnection connection) {
        connection.readToEnd();
        handOver(origin, connection, true);
    }

    /** Gives a connection back that must not serve again. */
    void drop(Origin origin, NarConnection connection) {
        connection.abort();
        handOver(origin, connection, false);
    }

    void stop() {
        List<NarConnection> connections;
        List<CompletableFuture<NarConnection>> waiting = new ArrayList<>();
        synchronized (this) {
            stopped = true;
            connections = List.copyOf(open);
            pools.values().forEach(pool -> waiting.addAll(pool.waiting));
            pools.clear();
        }
        connections.forEach(NarConnection::abort);
        waiting.forEach(turn -> turn.completeExceptionally(new HttpFaultException(new HttpFault.Stopped())));
    }

    private static <T> CompletableFuture<T> failed(HttpFault fault) {
        return CompletableFuture.failedFuture(new HttpFaultException(fault));
    }

    private NarConnection idleOrNew(Origin origin, Pool pool) {
        NarConnection idle = pool.idle.pollLast();
        return idle == null ? connect(origin) : idle;
    }

    private NarConnection connect(Origin origin) {
        NarConnection connection = new NarConnection(origin, settings, system);
        open.add(connection);
        var _ = connection.done().whenComplete((done, failure) -> forget(origin, connection));
        return connection;
    }

    private synchronized void forget(Origin origin, NarConnection connection) {
        open.remove(connection);
        Pool pool = pools.get(origin);
        if (pool != null && pool.idle.remove(connection)) {
            removeIfUnused(origin, pool);
        }
    }

    private void handOver(Origin origin, NarConnection connection, boolean serves) {
        CompletableFuture<NarConnection> turn;
        NarConnection next;
        synchronized (this) {
            Pool pool = pools.get(origin);
            if (pool == null) {
                return;
            }
            if (serves && open.contains(connection)) {
                pool.idle.addLast(connection);
                system.scheduler().scheduleOnce(KEPT_ALIVE, () -> expire(origin, connection),
                        system.executionContext());
            }
            pool.waiting.removeIf(CompletableFuture::isDone);
            turn = pool.waiting.poll();
            if (turn == null) {
                pool.busy--;
                removeIfUnused(origin, pool);
                return;
            }
            next = idleOrNew(origin, pool);
        }
        if (!turn.complete(next)) {
            // Given up a moment ago. Only one that was used is known to have been any good.
            if (next.isUsed()) {
                handOver(origin, next, true);
            } else {
                drop(origin, next);
            }
        }
    }

    /** Called long after a connection was given back; one that has served again since then has a later expiry too. */
    private void expire(Origin origin, NarConnection connection) {
        synchronized (this) {
            Pool pool = pools.get(origin);
            if (pool == null || !pool.idle.remove(connection)) {
                return;
            }
            removeIfUnused(origin, pool);
        }
        connection.abort();
    }

    private void removeIfUnused(Origin origin, Pool pool) {
        if (pool.busy == 0 && pool.idle.isEmpty() && pool.waiting.isEmpty()) {
            pools.remove(origin);
        }
    }
}
