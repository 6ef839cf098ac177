// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.guixp2p.api.EventRecord;
import org.guixp2p.api.EventSource;
import org.guixp2p.api.NodeEvent;

/**
 * Remembers the latest events, within bounds, and tells them to whoever listens. Numbers begin with the time, so that those of a later
 * run are higher.
 */
final class EventJournal implements EventSource, EventSink {
    /** What is remembered: that many, and no more than that many bytes. */
    static final int MOST = 4096;
    static final long MOST_BYTES = 1 << 20;
    /** Events a millisecond on average, for which there are numbers. */
    private static final long NUMBERS_A_MILLISECOND = 1000;
    private static final int RECORD_BYTES = 200;

    private final InstantSource clock;
    private final int most;
    private final long mostBytes;
    private final Deque<Remembered> history = new ArrayDeque<>();
    private final List<Listening> listening = new ArrayList<>();
    private long bytes;
    private long last;

    private record Remembered(EventRecord event, long bytes) {}

    private record Listening(Predicate<NodeEvent> wanted, Listener listener) {
        private boolean tell(EventRecord event) {
            return !wanted.test(event.event()) || listener.tell(event);
        }
    }

    EventJournal(InstantSource clock) {
        this(clock, MOST, MOST_BYTES);
    }

    EventJournal(InstantSource clock, int most, long mostBytes) {
        this.clock = clock;
        this.most = most;
        this.mostBytes = mostBytes;
        this.last = clock.millis() * NUMBERS_A_MILLISECOND;
    }

    @Override
    public synchronized void publish(NodeEvent event) {
        EventRecord next = new EventRecord(++last, clock.instant(), event);
        // Of texts, each character may take two bytes.
        Remembered remembered = new Remembered(next, RECORD_BYTES + 2L * event.toString().length());
        history.addLast(remembered);
        bytes += remembered.bytes();
        while (history.size() > most || bytes > mostBytes) {
            bytes -= history.removeFirst().bytes();
        }
        listening.removeIf(one -> !one.tell(next));
    }

    @Override
    public synchronized Some after(long number, Predicate<NodeEvent> wanted, int limit) {
        // A later one is of a run when the clock was ahead.
        boolean unknown = number > last;
        long first = history.isEmpty() ? last + 1 : history.getFirst().event().number();
        boolean gap = number != 0 && (unknown || number + 1 < first);
        List<EventRecord> found = history.stream().map(Remembered::event)
                .filter(event -> (unknown || event.number() > number) && wanted.test(event.event())).limit(limit)
                .toList();
        return new Some(found, gap, found.size() < limit ? last : found.getLast().number());
    }

    @Override
    public synchronized Subscription subscribe(long number, Predicate<NodeEvent> wanted, Listener listener) {
        Some before = after(number, wanted, Integer.MAX_VALUE);
        Listening one = new Listening(wanted, listener);
        listening.add(one);
        return new Subscription(before, () -> leave(one));
    }

    private synchronized void leave(Listening one) {
        listening.remove(one);
    }

    /** How many listen. */
    synchronized int listeners() {
        return listening.size();
    }
}
