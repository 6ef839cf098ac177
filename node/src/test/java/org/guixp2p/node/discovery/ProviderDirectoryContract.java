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
import java.util.concurrent.atomic.AtomicReference;
import org.guixp2p.node.discovery.ProviderDirectory.End;
import org.guixp2p.node.discovery.ProviderDirectory.Lookup;
import org.guixp2p.node.discovery.ProviderDirectory.Question;
import org.guixp2p.protocol.item.NarHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every directory promises. */
@Timeout(60)
abstract class ProviderDirectoryContract {
    static final NarHash NAR = Hints.nar(1);
    static final Duration WITHIN = Duration.ofSeconds(10);

    final TestAlarm alarm = new TestAlarm();

    /** One that knows these providers of {@link #NAR}, at once or in a while. */
    abstract ProviderDirectory directory(List<ProviderHint.Known> providers);

    static Question question(int wanted) {
        return new Question(NAR, wanted, WITHIN);
    }

    private Heard heard(ProviderDirectory directory, int wanted) {
        Heard heard = new Heard(wanted);
        directory.lookup(question(wanted), heard);
        return heard;
    }

    @Test
    void everyProviderIsFoundOnceAndThenThereIsAnEnd() {
        Heard heard = heard(directory(Hints.known(1, 5)), 100);
        alarm.pass(WITHIN);
        assertEquals(Set.copyOf(Hints.known(1, 5)), new HashSet<>(heard.hints()));
        assertEquals(List.of(), heard.faults());
        assertTrue(heard.end().filter(end -> end == End.EXHAUSTED || end == End.LATE).isPresent(),
                () -> heard.end().toString());
    }

    @Test
    void noMoreIsFoundThanIsWanted() {
        ProviderDirectory directory = directory(Hints.known(1, 7));
        for (int wanted = 1; wanted <= 7; wanted++) {
            Heard heard = heard(directory, wanted);
            alarm.pass(WITHIN);
            assertEquals(wanted, heard.hints().size());
            assertEquals(Optional.of(End.ENOUGH), heard.end());
            assertEquals(List.of(), heard.faults());
        }
    }

    @Test
    void whereThereIsNobodyTheEndComesInTime() {
        Heard heard = heard(directory(List.of()), 3);
        alarm.pass(WITHIN);
        assertEquals(List.of(), heard.hints());
        assertTrue(heard.end().isPresent());
        assertEquals(List.of(), heard.faults());
    }

    @Test
    void aLookupThatIsGivenUpEndsOnce() {
        ProviderDirectory directory = directory(Hints.known(1, 3));
        Heard heard = new Heard(100);
        Lookup lookup = directory.lookup(question(100), heard);
        lookup.cancel();
        assertTrue(heard.end().isPresent());
        int found = heard.hints().size();
        lookup.cancel();
        directory.announce(NAR);
        alarm.pass(WITHIN);
        assertEquals(found, heard.hints().size());
        assertEquals(List.of(), heard.faults());
    }

    @Test
    void itMayBeGivenUpByWhoeverIsTold() {
        ProviderDirectory directory = directory(Hints.known(1, 3));
        AtomicReference<Optional<Lookup>> own = new AtomicReference<>(Optional.empty());
        Heard heard = new Heard(100, () -> own.get().ifPresent(Lookup::cancel));
        own.set(Optional.of(directory.lookup(question(100), heard)));
        alarm.pass(WITHIN);
        assertTrue(heard.end().isPresent());
        assertEquals(List.of(), heard.faults());
    }

    @Test
    void whoeverIsToldMayAskAgain() {
        ProviderDirectory directory = directory(Hints.known(1, 3));
        List<Heard> more = new ArrayList<>();
        Heard heard = new Heard(3, () -> more.add(heard(directory, 2)));
        directory.lookup(question(3), heard);
        alarm.pass(WITHIN.multipliedBy(2));
        assertFalse(more.isEmpty());
        more.add(heard);
        more.forEach(each -> {
            assertEquals(Optional.of(End.ENOUGH), each.end());
            assertEquals(List.of(), each.faults());
        });
    }

    @Test
    void announcingTwiceOrWithdrawingWhatIsNotThereMeansNothing() {
        ProviderDirectory directory = directory(Hints.known(1, 2));
        directory.withdraw(NAR);
        directory.announce(NAR);
        directory.announce(NAR);
        directory.withdraw(NAR);
        Heard heard = heard(directory, 100);
        alarm.pass(WITHIN);
        assertEquals(Set.copyOf(Hints.known(1, 2)), new HashSet<>(heard.hints()));
    }

    @Test
    void afterTheEndNothingWaits() {
        heard(directory(Hints.known(1, 4)), 4);
        heard(directory(Hints.known(1, 4)), 9);
        alarm.pass(WITHIN);
        assertEquals(0, alarm.waiting());
    }

    /** Lookups, their cancels, announcements and time, all from threads of their own. */
    @Test
    void manyThreadsAtATime() throws InterruptedException {
        ProviderDirectory directory = directory(Hints.known(1, 20));
        List<Heard> all = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            int number = i;
            Heard heard = new Heard(1 + i % 30);
            all.add(heard);
            threads.add(Thread.ofVirtual().start(() -> {
                Lookup lookup = directory.lookup(question(1 + number % 30), heard);
                directory.announce(Hints.nar(number % 3));
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
        alarm.pass(WITHIN.multipliedBy(2));
        all.forEach(heard -> {
            assertEquals(List.of(), heard.faults());
            assertTrue(heard.end().isPresent());
        });
    }

    @Test
    void questionsHaveLimits() {
        assertThrows(IllegalArgumentException.class, () -> question(0));
        assertThrows(IllegalArgumentException.class, () -> question(Question.MAX_WANTED + 1));
        assertThrows(IllegalArgumentException.class, () -> new Question(NAR, 1, Duration.ZERO));
    }
}
