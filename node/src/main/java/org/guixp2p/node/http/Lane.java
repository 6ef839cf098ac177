// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides which request goes down which connection to one server, and what becomes of requests whose connection ends.
 * No I/O: a {@link Wire} does what it says, and tells it what happened.
 *
 * <p>Requests are pipelined (RFC 9112, 9.3.2), which is safe because all of them are GETs: what a connection leaves
 * unanswered is asked again on another. A server that answers a few and then closes is asked for just so many at a time
 * until it shows that it takes more; one that breaks a connection on which a request stood alone has only so many
 * attempts at that request. A connection that brings nothing at all, while no other brings anything
 * either, means that the server is out: then everything that waits for it fails at once, since a timeout each would
 * hold up hundreds of questions one after another.
 */
final class Lane {
    /** So many waiting requests are worth one more connection. */
    private static final int WORTH_A_CONNECTION = 16;
    private static final int MOST_WAITING = 1 << 14;
    private static final int MOST_ATTEMPTS = 3;

    private final Wire wire;
    private final int mostConnections;
    private final int mostPipelined;
    private final Duration timeout;
    private final Duration idleTime;
    private final LongSupplier nanoTime;

    private final Deque<LaneRequest> asked = new ArrayDeque<>();
    private final Deque<LaneRequest> ahead = new ArrayDeque<>();
    private final Map<Integer, Connection> connections = new LinkedHashMap<>();
    private int nextConnection;
    private int depth;
    private boolean refusesMore;
    private int silentEnds;
    private long lastAnswer;
    private boolean answeredEver;

    /** What is decided here and done elsewhere. */
    interface Wire {
        /** Begins to connect; the lane hears {@link #connected} or {@link #closed} later. */
        void open(int connection);

        /** Writes a request; the lane hears {@link #answered} or {@link #closed} later, in the order of the requests. */
        void send(int connection, LaneRequest request);

        /** Drops a connection of which the lane wants to hear no more. */
        void abort(int connection);
    }

    private static final class Connection {
        private final Deque<LaneRequest> underWay = new ArrayDeque<>();
        private final long opened;
        private boolean connected;
        private int answers;
        private long headSince;

        Connection(long opened) {
            this.opened = opened;
            this.headSince = opened;
        }
    }

    Lane(Wire wire, int mostConnections, int mostPipelined, Duration timeout, Duration idleTime,
            LongSupplier nanoTime) {
        this.wire = wire;
        this.mostConnections = mostConnections;
        this.mostPipelined = mostPipelined;
        this.timeout = timeout;
        this.idleTime = idleTime;
        this.nanoTime = nanoTime;
        this.depth = mostPipelined;
    }

    void submit(LaneRequest request) {
        if (queue(request).size() >= MOST_WAITING) {
            request.complete(LaneRequest.Result
                    .failed(new HttpFault.Overloaded(MOST_WAITING + " wait for this server")));
            return;
        }
        queue(request).addLast(request);
        dispatch();
    }

    /** Somebody waits for a request now. One that is written already comes when it comes. */
    void raised(LaneRequest request) {
        if (ahead.remove(request)) {
            asked.addLast(request);
            dispatch();
        }
    }

    void connected(int id) {
        Connection connection = connections.get(id);
        if (connection != null) {
            connection.connected = true;
            connection.headSince = nanoTime.getAsLong();
            dispatch();
        }
    }

    /** The oldest request of a connection has its answer. */
    void answered(int id, LaneRequest.Result result) {
        Connection connection = connections.get(id);
        LaneRequest head = connection == null ? null : connection.underWay.poll();
        if (connection == null || head == null) {
            return;
        }
        connection.answers++;
        connection.headSince = nanoTime.getAsLong();
        lastAnswer = connection.headSince;
        answeredEver = true;
        silentEnds = 0;
        if (connection.answers > depth && depth < mostPipelined) {
            depth++;
        }
        head.complete(result);
        dispatch();
    }

    /** A connection is gone, or was never there. */
    void closed(int id, HttpFault fault) {
        Connection connection = connections.remove(id);
        if (connection == null) {
            return;
        }
        if (connection.connected) {
            settle(connection, fault);
        } else if (connections.isEmpty()) {
            failAll(fault);
        } else {
            // It takes no more connections of ours than it has.
            refusesMore = true;
        }
        dispatch();
    }

    /** Looks for what takes too long; to be called now and then while {@link #isBusy}, or connections stand idle. */
    void tick() {
        long now = nanoTime.getAsLong();
        for (Map.Entry<Integer, Connection> entry : new ArrayList<>(connections.entrySet())) {
            Connection connection = entry.getValue();
            long since = now - connection.headSince;
            boolean idle = connection.connected && connection.underWay.isEmpty();
            if (since >= (idle ? idleTime : timeout).toNanos() && connections.containsKey(entry.getKey())) {
                wire.abort(entry.getKey());
                closed(entry.getKey(), new HttpFault.TimedOut(timeout));
            }
        }
    }

    /** Ends everything. */
    void stop() {
        failAll(new HttpFault.Stopped());
    }

    /** Whether any request waits or is under way. */
    boolean isBusy() {
        return !asked.isEmpty() || !ahead.isEmpty()
                || connections.values().stream().anyMatch(connection -> !connection.underWay.isEmpty());
    }

    boolean isConnected() {
        return !connections.isEmpty();
    }

    private Deque<LaneRequest> queue(LaneRequest request) {
        return request.isAsked() ? asked : ahead;
    }

    private long aheadUnderWay() {
        return connections.values().stream().flatMap(connection -> connection.underWay.stream())
                .filter(request -> !request.isAsked()).count();
    }

    private void settle(Connection connection, HttpFault fault) {
        Deque<LaneRequest> left = connection.underWay;
        LaneRequest head = left.peek();
        if (head == null) {
            return;
        }
        if (isOutage(connection, fault)) {
            left.forEach(request -> request.complete(LaneRequest.Result.failed(fault)));
            failAll(fault);
            return;
        }
        // Behind the answer to another request it may have met a connection that the server was about to close.
        boolean alone = left.size() == 1 && connection.answers == 0;
        if (isLastWord(fault) || (alone && head.countAttempt() >= MOST_ATTEMPTS)) {
            left.remove();
            head.complete(LaneRequest.Result.failed(fault));
        } else if (left.size() > 1) {
            // A server that closes with requests unread may take its last answers with it (a reset overtakes them).
            depth = Math.clamp(connection.answers, 1, depth);
        }
        for (Iterator<LaneRequest> last = left.descendingIterator(); last.hasNext();) {
            LaneRequest request = last.next();
            queue(request).addFirst(request);
        }
    }

    private boolean isOutage(Connection connection, HttpFault fault) {
        boolean silent = connection.answers == 0 && !(answeredEver && lastAnswer - connection.opened >= 0);
        if (!silent || fault instanceof HttpFault.TooLarge || fault instanceof HttpFault.Truncated) {
            // It may have begun an answer: then one request is to blame, not the server.
            return false;
        }
        if (fault instanceof HttpFault.TimedOut) {
            return true;
        }
        return (connection.underWay.size() == 1 || fault instanceof HttpFault.Malformed)
                && ++silentEnds >= MOST_ATTEMPTS;
    }

    /** Whether asking the same again on another connection would end the same way. */
    private static boolean isLastWord(HttpFault fault) {
        return fault instanceof HttpFault.TooLarge || fault instanceof HttpFault.Malformed
                || fault instanceof HttpFault.TimedOut;
    }

    private void failAll(HttpFault fault) {
        List<LaneRequest> failed = new ArrayList<>();
        Map<Integer, Connection> dropped = Map.copyOf(connections);
        connections.clear();
        dropped.forEach((id, connection) -> {
            failed.addAll(connection.underWay);
            wire.abort(id);
        });
        failed.addAll(asked);
        failed.addAll(ahead);
        asked.clear();
        ahead.clear();
        silentEnds = 0;
        refusesMore = false;
        failed.forEach(request -> request.complete(LaneRequest.Result.failed(fault)));
    }

    private void dispatch() {
        while (true) {
            boolean urgent = !asked.isEmpty();
            int room = urgent ? depth : Math.max(1, depth / 2);
            if (!urgent && (ahead.isEmpty() || aheadUnderWay() >= (long) mostConnections * room)) {
                break;
            }
            Map.Entry<Integer, Connection> free = leastLoaded(room);
            if (free == null) {
                break;
            }
            LaneRequest request = urgent ? asked.remove() : ahead.remove();
            Connection connection = free.getValue();
            if (connection.underWay.isEmpty()) {
                connection.headSince = nanoTime.getAsLong();
            }
            connection.underWay.add(request);
            wire.send(free.getKey(), request);
        }
        openMore();
    }

    private Map.@Nullable Entry<Integer, Connection> leastLoaded(int room) {
        Map.Entry<Integer, Connection> best = null;
        for (Map.Entry<Integer, Connection> entry : connections.entrySet()) {
            int load = entry.getValue().underWay.size();
            if (entry.getValue().connected && load < room
                    && (best == null || load < best.getValue().underWay.size())) {
                best = entry;
            }
        }
        return best;
    }

    private void openMore() {
        int waiting = asked.size() + ahead.size();
        if (connections.isEmpty()) {
            refusesMore = false;
        }
        int connecting = (int) connections.values().stream().filter(connection -> !connection.connected).count();
        while (waiting > connecting * WORTH_A_CONNECTION && connections.size() < mostConnections && !refusesMore) {
            int id = nextConnection++;
            connections.put(id, new Connection(nanoTime.getAsLong()));
            connecting++;
            wire.open(id);
        }
    }
}
