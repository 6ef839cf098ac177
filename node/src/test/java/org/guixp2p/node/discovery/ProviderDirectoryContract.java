// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.guixp2p.node.discovery.ProviderDirectory.Announcement;
import org.guixp2p.node.discovery.ProviderDirectory.End;
import org.guixp2p.node.discovery.ProviderDirectory.Lookup;
import org.guixp2p.node.discovery.ProviderDirectory.Question;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.item.NarHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every directory promises. */
@Timeout(60)
abstract class ProviderDirectoryContract {
    static final NarHash NAR = Hints.nar(1);
    static final Announcement OURS = Hints.announcement(1);
    static final Duration WITHIN = Duration.ofSeconds(10);

    final TestAlarm alarm = new TestAlarm();

    /** One that knows providers of {@link #NAR}, from the first on, at once or in a while. */
    abstract ProviderDirectory knowing(int providers) throws Exception;

    /** What it says of one of them. */
    ProviderHint provider(int number) {
        return Hints.known(number);
    }

    /** Lets a lookup come to its end. */
    void finish(Heard heard) {
        alarm.pass(WITHIN);
    }

    static Question question(int wanted) {
        return new Question(NAR, wanted, WITHIN);
    }

    private Set<ProviderHint> providers(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(this::provider).collect(Collectors.toSet());
    }

    private Heard heard(ProviderDirectory directory, int wanted) {
        Heard heard = new Heard(wanted);
        directory.lookup(question(wanted), heard);
        return heard;
    }

    @Test
    void everyProviderIsFoundOnceAndThenThereIsAnEnd() throws Exception {
        Heard heard = heard(knowing(5), 100);
        finish(heard);
        assertEquals(providers(5), new HashSet<>(heard.hints()));
        assertEquals(List.of(), heard.faults());
        assertTrue(heard.end().filter(end -> end == End.EXHAUSTED || end == End.LATE).isPresent(),
                () -> heard.end().toString());
    }

    @Test
    void noMoreIsFoundThanIsWanted() throws Exception {
        ProviderDirectory directory = knowing(7);
        for (int wanted = 1; wanted <= 7; wanted++) {
            Heard heard = heard(directory, wanted);
            finish(heard);
            assertEquals(wanted, heard.hints().size());
            assertEquals(Optional.of(End.ENOUGH), heard.end());
            assertEquals(List.of(), heard.faults());
        }
    }

    @Test
    void whereThereIsNobodyTheEndComesInTime() throws Exception {
        Heard heard = heard(knowing(0), 3);
        finish(heard);
        assertEquals(List.of(), heard.hints());
        assertTrue(heard.end().isPresent());
        assertEquals(List.of(), heard.faults());
    }

    @Test
    void aLookupThatIsGivenUpEndsOnce() throws Exception {
        ProviderDirectory directory = knowing(3);
        Heard heard = new Heard(100);
        Lookup lookup = directory.lookup(question(100), heard);
        lookup.cancel();
        assertTrue(heard.end().isPresent());
        int found = heard.hints().size();
        lookup.cancel();
        directory.announce(OURS);
        finish(heard);
        assertEquals(found, heard.hints().size());
        assertEquals(List.of(), heard.faults());
    }

    @Test
    void itMayBeGivenUpByWhoeverIsTold() throws Exception {
        ProviderDirectory directory = knowing(3);
        AtomicReference<Optional<Lookup>> own = new AtomicReference<>(Optional.empty());
        Heard heard = new Heard(100, () -> own.get().ifPresent(Lookup::cancel));
        own.set(Optional.of(directory.lookup(question(100), heard)));
        finish(heard);
        assertTrue(heard.end().isPresent());
        assertEquals(List.of(), heard.faults());
    }

    @Test
    void whoeverIsToldMayAskAgain() throws Exception {
        ProviderDirectory directory = knowing(3);
        List<Heard> more = new CopyOnWriteArrayList<>();
        Heard heard = new Heard(3, () -> more.add(heard(directory, 2)));
        directory.lookup(question(3), heard);
        finish(heard);
        more.forEach(this::finish);
        assertFalse(more.isEmpty());
        more.add(heard);
        more.forEach(each -> {
            assertEquals(Optional.of(End.ENOUGH), each.end());
            assertEquals(List.of(), each.faults());
        });
    }

    @Test
    void announcingTwiceOrWithdrawingWhatIsNotThereMeansNothing() throws Exception {
        ProviderDirectory directory = knowing(2);
        directory.withdraw(NAR);
        directory.announce(OURS);
        directory.announce(OURS);
        directory.withdraw(NAR);
        Heard heard = heard(directory, 100);
        finish(heard);
        assertEquals(providers(2), new HashSet<>(heard.hints()));
    }

    @Test
    void afterTheEndNothingWaits() throws Exception {
        ProviderDirectory directory = knowing(4);
        Heard enough = heard(directory, 4);
        finish(heard(directory, 9));
        finish(enough);
        Eventually.holds(() -> alarm.waiting() == 0, () -> "nothing to wait: " + alarm.waiting());
    }

    /** Lookups, their cancels, announcements and time, all from threads of their own. */
    @Test
    void manyThreadsAtATime() throws Exception {
        ProviderDirectory directory = knowing(20);
        List<Heard> all = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            int number = i;
            Heard heard = new Heard(1 + i % 30);
            all.add(heard);
            threads.add(Thread.ofVirtual().start(() -> {
                Lookup lookup = directory.lookup(question(1 + number % 30), heard);
                directory.announce(Hints.announcement(number % 3));
                if (number % 5 == 0) {
                    lookup.cancel();
                }
                if (number % 7 == 0) {
                    alarm.pass(Duration.ofSeconds(1));
                }
                directory.withdraw(Hints.nar(number % 3));
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        all.forEach(heard -> {
            finish(heard);
            assertEquals(List.of(), heard.faults());
            assertTrue(heard.end().isPresent());
        });
    }

    @Test
    void questionsHaveLimits() {
        assertThrows(IllegalArgumentException.class, () -> question(0));
        assertThrows(IllegalArgumentException.class, () -> question(Question.MAX_WANTED + 1));
        assertThrows(IllegalArgumentException.class, () -> new Question(NAR, 1, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> new Announcement(NAR, -1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Announcement(NAR, 0, -1));
    }
}
