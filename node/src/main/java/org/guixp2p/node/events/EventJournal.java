// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.guixp2p.api.EventRecord;
import org.guixp2p.api.EventSource;
import org.guixp2p.api.NodeEvent;

/**
 * Remembers the latest events, within bounds, and tells them to whoever listens. Numbers begin with the time, so that those of a later
 * run are higher. When there is too much, the oldest of the topic that takes most is forgotten, so that what happens often does not
 * crowd out what happens seldom.
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
    private final long start;
    private final Map<String, Topic> topics = new HashMap<>();
    /** The last one of each type that was forgotten: which numbers a gap is before. */
    private final Map<Class<?>, EventRecord> forgotten = new HashMap<>();
    private final List<Listening> listening = new ArrayList<>();
    private int count;
    private long bytes;
    private long last;

    private record Remembered(EventRecord event, long bytes) {}

    /** What is remembered of a topic. */
    private static final class Topic {
        private final Deque<Remembered> history = new ArrayDeque<>();
        private long bytes;
    }

    private record Listening(Predicate<NodeEvent> wanted, Listener listener) {
        private boolean tell(EventRecord event) {
            return !wanted.test(event.event()) || listener.tell(event);
        }
    }

    /** All that is remembered at a moment, in any order, and up to which number. */
    private record Snapshot(List<EventRecord> remembered, List<EventRecord> forgotten, long start, long last) {
        /** Looks through it without keeping anybody who publishes waiting. */
        private Some after(long number, Predicate<NodeEvent> wanted, int limit) {
            // A later one is of a run when the clock was ahead.
            boolean unknown = number > last;
            boolean gap = number != 0 && (unknown || number < start
                    || forgotten.stream().anyMatch(gone -> gone.number() > number && wanted.test(gone.event())));
            List<EventRecord> found = remembered.stream()
                    .filter(event -> (unknown || event.number() > number) && wanted.test(event.event()))
                    .sorted(Comparator.comparingLong(EventRecord::number)).limit(limit).toList();
            return new Some(found, gap, found.size() < limit ? last : found.getLast().number());
        }
    }

    EventJournal(InstantSource clock) {
        this(clock, MOST, MOST_BYTES);
    }

    EventJournal(InstantSource clock, int most, long mostBytes) {
        this.clock = clock;
        this.most = most;
        this.mostBytes = mostBytes;
        this.start = clock.millis() * NUMBERS_A_MILLISECOND;
        this.last = start;
    }

    @Override
    public void publish(NodeEvent event) {
        // Of texts, each character may take two bytes.
        publish(event, RECORD_BYTES + 2L * event.toString().length());
    }

    private synchronized void publish(NodeEvent event, long size) {
        EventRecord next = new EventRecord(++last, clock.instant(), event);
        Topic topic = topics.computeIfAbsent(event.topic(), name -> new Topic());
        topic.history.addLast(new Remembered(next, size));
        topic.bytes += size;
        bytes += size;
        count++;
        while (count > most || bytes > mostBytes) {
            forgetOne();
        }
        listening.removeIf(one -> !one.tell(next));
    }

    private void forgetOne() {
        Topic largest = topics.values().stream().max(Comparator.comparingLong(topic -> topic.bytes)).orElseThrow();
        Remembered gone = largest.history.removeFirst();
        largest.bytes -= gone.bytes();
        bytes -= gone.bytes();
        count--;
        forgotten.put(gone.event().event().getClass(), gone.event());
    }

    @Override
    public Some after(long number, Predicate<NodeEvent> wanted, int limit) {
        return snapshot().after(number, wanted, limit);
    }

    @Override
    public Subscription subscribe(long number, Predicate<NodeEvent> wanted, Listener listener) {
        Listening one = new Listening(wanted, listener);
        return new Subscription(join(one).after(number, wanted, Integer.MAX_VALUE), () -> leave(one));
    }

    private synchronized Snapshot snapshot() {
        List<EventRecord> all = new ArrayList<>(count);
        topics.values().forEach(topic -> topic.history.forEach(one -> all.add(one.event())));
        return new Snapshot(all, List.copyOf(forgotten.values()), start, last);
    }

    /** What has happened before is in the snapshot; what happens later is told. */
    private synchronized Snapshot join(Listening one) {
        listening.add(one);
        return snapshot();
    }

    private synchronized void leave(Listening one) {
        listening.remove(one);
    }

    /** How many listen. */
    synchronized int listeners() {
        return listening.size();
    }
}
