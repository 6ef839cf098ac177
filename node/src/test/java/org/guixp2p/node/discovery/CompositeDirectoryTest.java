// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.guixp2p.node.discovery.ProviderDirectory.End;
import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.persistence.reputation.Transfer;
import org.guixp2p.protocol.item.NarHash;
import org.junit.jupiter.api.Test;

class CompositeDirectoryTest extends ProviderDirectoryContract {
    private static final Duration HEAD_START = Duration.ofMillis(200);

    private final Reputation reputation = Reputation.empty(InstantSource.fixed(Instant.EPOCH), new Random(1));
    private final MemoryDirectory.World near = new MemoryDirectory.World();
    private final MemoryDirectory.World far = new MemoryDirectory.World();

    private ProviderDirectory in(MemoryDirectory.World world, ProviderHint self) {
        return new MemoryDirectory(world, self, alarm);
    }

    private ProviderDirectory of(ProviderDirectory... directories) {
        return new CompositeDirectory(List.of(directories), HEAD_START, reputation, alarm);
    }

    private ProviderDirectory nearAndFar() {
        return of(in(near, Hints.known(0)), in(far, Hints.known(0)));
    }

    @Override
    ProviderDirectory knowing(int providers) {
        int half = providers / 2;
        Hints.known(half + 1, providers - half).forEach(provider -> in(far, provider).announce(OURS));
        return of(new StaticDirectory(Hints.known(1, half).stream().map(ProviderHint.Known::address).toList(),
                alarm), of(), in(far, Hints.known(0)));
    }

    /** One that notes what it is asked, and says nothing by itself. */
    private static final class Silent implements ProviderDirectory {
        private final List<Announcement> announced = new ArrayList<>();
        private final List<Announcement> parts = new ArrayList<>();
        private final List<Listener> listeners = new ArrayList<>();
        private int cancelled;

        @Override
        public void announce(Announcement announcement) {
            announced.add(announcement);
        }

        @Override
        public void withdraw(NarHash nar) {
            announced.removeIf(announcement -> announcement.nar().equals(nar));
        }

        @Override
        public void announcePart(Announcement announcement) {
            parts.add(announcement);
        }

        @Override
        public void withdrawPart(NarHash nar) {
            parts.removeIf(announcement -> announcement.nar().equals(nar));
        }

        @Override
        public Lookup lookup(Question question, Listener listener) {
            listeners.add(listener);
            return () -> cancelled++;
        }
    }

    @Test
    void theFarAreNotAskedWhenTheNearAreEnough() {
        in(near, Hints.known(1)).announce(OURS);
        in(far, Hints.known(2)).announce(OURS);
        Heard heard = new Heard(1);
        nearAndFar().lookup(question(1), heard);
        assertEquals(List.of(Hints.known(1)), heard.hints());
        assertEquals(Optional.of(End.ENOUGH), heard.end());
        alarm.pass(HEAD_START);
        assertEquals(0, far.seekers());
        assertEquals(0, near.seekers());
    }

    @Test
    void theFarAreAskedAfterTheHeadStartOfTheNear() {
        in(far, Hints.known(2)).announce(OURS);
        Heard heard = new Heard(2);
        nearAndFar().lookup(question(2), heard);
        alarm.pass(HEAD_START.minusMillis(1));
        assertEquals(0, far.seekers());
        alarm.pass(Duration.ofMillis(1));
        assertEquals(List.of(Hints.known(2)), heard.hints());
        in(near, Hints.known(1)).announce(OURS);
        assertEquals(List.of(Hints.known(2), Hints.known(1)), heard.hints());
        assertEquals(Optional.of(End.ENOUGH), heard.end());
        assertEquals(0, near.seekers() + far.seekers());
    }

    @Test
    void whereTheNearHaveEndedTheFarAreAskedAtOnce() {
        Silent first = new Silent();
        Silent second = new Silent();
        Silent third = new Silent();
        Heard heard = new Heard(2);
        of(first, second, third).lookup(question(2), heard);
        alarm.pass(HEAD_START.dividedBy(2));
        assertEquals(0, second.listeners.size());
        first.listeners.getFirst().ended(End.EXHAUSTED);
        assertEquals(1, second.listeners.size());
        // The second has a head start of its own.
        alarm.pass(HEAD_START.minusMillis(1));
        assertEquals(0, third.listeners.size());
        alarm.pass(Duration.ofMillis(1));
        assertEquals(1, third.listeners.size());
        alarm.pass(HEAD_START);
        second.listeners.getFirst().ended(End.FAILED);
        assertEquals(Optional.empty(), heard.end());
        third.listeners.getFirst().ended(End.EXHAUSTED);
        assertEquals(Optional.of(End.EXHAUSTED), heard.end());
        assertEquals(List.of(1, 1, 1),
                List.of(first.listeners.size(), second.listeners.size(), third.listeners.size()));
    }

    @Test
    void whenAllFailTheWholeHasFailed() {
        Silent first = new Silent();
        Silent second = new Silent();
        Heard heard = new Heard(2);
        of(first, second).lookup(question(2), heard);
        first.listeners.getFirst().ended(End.FAILED);
        second.listeners.getFirst().ended(End.FAILED);
        assertEquals(Optional.of(End.FAILED), heard.end());
    }

    @Test
    void theSilentAreGivenUpInTime() {
        Silent silent = new Silent();
        Heard heard = new Heard(2);
        of(silent).lookup(question(2), heard);
        alarm.pass(WITHIN.minusMillis(1));
        assertEquals(Optional.empty(), heard.end());
        assertEquals(0, silent.cancelled);
        alarm.pass(Duration.ofMillis(1));
        assertEquals(Optional.of(End.LATE), heard.end());
        assertEquals(1, silent.cancelled);
        silent.listeners.getFirst().found(List.of(Hints.known(1)));
        silent.listeners.getFirst().ended(End.EXHAUSTED);
        assertEquals(List.of(), heard.hints());
        assertEquals(List.of(), heard.faults());
    }

    @Test
    void allAreToldWhatIsAnnounced() {
        Silent first = new Silent();
        Silent second = new Silent();
        ProviderDirectory both = of(first, second);
        both.announce(OURS);
        assertEquals(List.of(OURS, OURS), List.of(first.announced.getFirst(), second.announced.getFirst()));
        both.withdraw(NAR);
        assertTrue(first.announced.isEmpty() && second.announced.isEmpty());
        both.announcePart(OURS);
        assertEquals(List.of(OURS, OURS), List.of(first.parts.getFirst(), second.parts.getFirst()));
        both.withdrawPart(OURS.nar());
        assertTrue(first.parts.isEmpty() && second.parts.isEmpty());
    }

    private List<ProviderHint> told(ProviderHint... hints) {
        Silent silent = new Silent();
        Heard heard = new Heard(9);
        of(silent).lookup(question(9), heard);
        silent.listeners.getFirst().found(List.of(hints));
        return heard.hints();
    }

    @Test
    void theBetterComeFirstAndThoseWithoutANameLast() {
        reputation.transferred(Hints.peer(1), new Transfer(100L << 18, 100_000, 100, 900, 0, 0));
        reputation.transferred(Hints.peer(2), new Transfer(100L << 18, 1_000, 100, 10, 0, 0));
        ProviderHint unnamed = new ProviderHint.Unnamed(Hints.endpoint(3));
        assertEquals(List.of(Hints.known(2), Hints.known(1), unnamed),
                told(unnamed, Hints.known(1), Hints.known(2)));
    }

    @Test
    void whoIsRefusedIsNotTold() {
        reputation.misbehaved(Hints.peer(1), Offence.MALFORMED);
        assertEquals(List.of(Hints.known(2)), told(Hints.known(1), new ProviderHint.Connected(Hints.peer(1)),
                Hints.known(2)));
    }

    @Test
    void whoIsKnownUnderAnotherNameIsNotToldAgain() {
        ProviderHint connected = new ProviderHint.Connected(Hints.peer(1));
        ProviderHint unnamed = new ProviderHint.Unnamed(Hints.endpoint(2));
        assertEquals(List.of(connected), told(connected, Hints.known(1)));
        assertEquals(List.of(Hints.known(2)), told(unnamed, Hints.known(2)));
        Silent silent = new Silent();
        Heard heard = new Heard(9);
        of(silent).lookup(question(9), heard);
        silent.listeners.getFirst().found(List.of(unnamed));
        silent.listeners.getFirst().found(List.of(Hints.known(2), unnamed));
        assertEquals(List.of(unnamed), heard.hints());
    }
}
