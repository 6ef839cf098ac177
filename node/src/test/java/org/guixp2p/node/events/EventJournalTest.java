// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.guixp2p.api.EventRecord;
import org.guixp2p.api.EventSource;
import org.guixp2p.api.NodeEvent;
import org.junit.jupiter.api.Test;

class EventJournalTest {
    private static final Predicate<NodeEvent> ALL = event -> true;
    private static final long START = 1_700_000_000_000L;

    private static EventJournal journal(int most, long bytes) {
        return new EventJournal(InstantSource.fixed(Instant.ofEpochMilli(START)), most, bytes);
    }

    private static NodeEvent event(int i) {
        return new NodeEvent.SeedAdded("sha256:" + i, i);
    }

    private static List<String> nars(List<EventRecord> events) {
        return events.stream().map(each -> ((NodeEvent.SeedAdded) each.event()).narHash()).toList();
    }

    @Test
    void whatHappensIsRememberedInOrder() {
        EventJournal journal = journal(10, 10_000);
        IntStream.range(0, 3).forEach(i -> journal.publish(event(i)));
        EventSource.Some all = journal.after(0, ALL, 100);
        assertEquals(List.of("sha256:0", "sha256:1", "sha256:2"), nars(all.events()));
        assertEquals(Instant.ofEpochMilli(START), all.events().getFirst().at());
        assertFalse(all.gap());
        assertEquals(all.events().getLast().number(), all.last());
        EventSource.Some later = journal.after(all.events().getFirst().number(), ALL, 1);
        assertEquals(List.of("sha256:1"), nars(later.events()));
        assertEquals(List.of("sha256:2"), nars(journal.after(later.last(), ALL, 1).events()));
        assertEquals(List.of(), journal.after(all.last(), ALL, 1).events());
        assertFalse(journal.after(all.last(), ALL, 1).gap());
    }

    /** Whoever asks goes on behind them. */
    @Test
    void whatIsNotWantedIsPassedOver() {
        EventJournal journal = journal(10, 10_000);
        journal.publish(event(0));
        EventSource.Some none = journal.after(0, event -> event.topic().equals("peers"), 5);
        assertEquals(List.of(), none.events());
        assertEquals(journal.after(0, ALL, 5).last(), none.last());
    }

    @Test
    void noMoreIsRememberedThanThereMayBe() {
        EventJournal few = journal(3, 1 << 20);
        IntStream.range(0, 10).forEach(i -> few.publish(event(i)));
        assertEquals(List.of("sha256:7", "sha256:8", "sha256:9"), nars(few.after(0, ALL, 100).events()));
        EventJournal small = journal(1000, 10_000);
        IntStream.range(0, 1000).forEach(i -> small.publish(new NodeEvent.PeerLost("p", "a", "x".repeat(5000))));
        int left = small.after(0, ALL, 1000).events().size();
        assertTrue(left > 5 && left < 20, () -> "left: " + left);
    }

    @Test
    void thatSomethingIsForgottenIsSaid() {
        EventJournal journal = journal(3, 1 << 20);
        IntStream.range(0, 3).forEach(i -> journal.publish(event(i)));
        long first = journal.after(0, ALL, 1).last();
        journal.publish(event(3));
        // The next one after it is there still.
        assertFalse(journal.after(first, ALL, 1).gap());
        journal.publish(event(4));
        assertTrue(journal.after(first, ALL, 1).gap());
        assertFalse(journal.after(0, ALL, 1).gap());
    }

    /** Numbers of an earlier run are lower, and of one whose clock was ahead higher. */
    @Test
    void anotherRunHasOtherNumbers() {
        EventJournal journal = journal(3, 1 << 20);
        long before = journal.after(0, ALL, 1).last();
        assertEquals(START * 1000, before);
        journal.publish(event(0));
        for (long other : new long[]{1, before - 1, before + 1000}) {
            EventSource.Some some = journal.after(other, ALL, 5);
            assertTrue(some.gap(), () -> "after " + other);
            assertEquals(List.of("sha256:0"), nars(some.events()), () -> "after " + other);
        }
    }

    @Test
    void whoListensHearsAllAndOnce() {
        EventJournal journal = journal(10, 1 << 20);
        journal.publish(event(0));
        List<EventRecord> heard = new ArrayList<>();
        EventSource.Subscription one = journal.subscribe(0, ALL, heard::add);
        journal.publish(event(1));
        assertEquals(List.of("sha256:0"), nars(one.before().events()));
        assertEquals(List.of("sha256:1"), nars(heard));
        one.close().run();
        journal.publish(event(2));
        assertEquals(1, heard.size());
        assertEquals(0, journal.listeners());
    }

    /** However long that takes: who publishes waits for nobody who looks. */
    @Test
    void whoLooksHoldsNobodyUp() {
        EventJournal journal = journal(10, 1 << 20);
        journal.publish(event(0));
        List<Boolean> held = new ArrayList<>();
        Predicate<NodeEvent> watching = event -> held.add(Thread.holdsLock(journal));
        var _ = journal.after(0, watching, 5);
        var _ = journal.subscribe(0, watching, told -> true);
        assertEquals(List.of(false, false), held);
    }

    /** Nor is it said of it that it was forgotten. */
    @Test
    void whatHappensOftenDoesNotCrowdOutWhatHappensSeldom() {
        for (EventJournal journal : List.of(journal(100, 1 << 20), journal(10_000, 20_000))) {
            journal.publish(new NodeEvent.PeerLost("p", "a", "gone"));
            IntStream.range(0, 1000).forEach(i -> journal.publish(event(i)));
            EventSource.Some peers = journal.after(START * 1000, event -> event.topic().equals("peers"), 5);
            assertEquals(1, peers.events().size());
            assertFalse(peers.gap());
            EventSource.Some all = journal.after(START * 1000, ALL, 5000);
            assertTrue(all.gap());
            assertTrue(all.events().size() > 20 && all.events().size() <= 100, () -> all.events().size() + " left");
            assertEquals(all.events().stream().map(EventRecord::number).sorted().toList(),
                    all.events().stream().map(EventRecord::number).toList());
            assertEquals("sha256:999", ((NodeEvent.SeedAdded) all.events().getLast().event()).narHash());
        }
    }

    @Test
    void whoTakesNoMoreIsNotToldAgain() {
        EventJournal journal = journal(10, 1 << 20);
        List<EventRecord> slow = new ArrayList<>();
        List<EventRecord> quick = new ArrayList<>();
        var _ = journal.subscribe(0, ALL, event -> {
            slow.add(event);
            return slow.size() < 2;
        });
        var _ = journal.subscribe(0, ALL, quick::add);
        IntStream.range(0, 5).forEach(i -> journal.publish(event(i)));
        assertEquals(2, slow.size());
        assertEquals(5, quick.size());
        assertEquals(1, journal.listeners());
    }
}
