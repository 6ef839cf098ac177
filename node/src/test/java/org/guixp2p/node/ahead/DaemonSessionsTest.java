// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.ahead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.bridge.FromRestorer.Daemon;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.NixOptions;
import org.junit.jupiter.api.Test;

/** What is remembered of which daemon process. */
class DaemonSessionsTest {
    private static final long MEMORY = 2L << 20;
    private static final Daemon DAEMON = new Daemon(4711, 100);
    private static final Daemon LATER = new Daemon(4711, 101);
    private static final NixOptions OPTIONS = NixOptions.parse("");

    private final DaemonSessions sessions = new DaemonSessions(MEMORY);

    private void told(Daemon daemon, StorePath path, long now) {
        sessions.told(daemon, path, List.of(), 100, true, OPTIONS, now);
    }

    private Optional<String> next() {
        return sessions.next().map(next -> next.daemon() + " " + next.item().path().name());
    }

    @Test
    void nothingIsFetchedBeforeTheDaemonSubstitutesSomething() {
        sessions.came(DAEMON, 0);
        told(DAEMON, ClosureOrderTest.path("a"), 0);
        told(DAEMON, ClosureOrderTest.path("b"), 0);
        assertEquals(Optional.empty(), next());
        sessions.wants(DAEMON, ClosureOrderTest.path("a"), 1);
        assertEquals(Optional.of("4711:100 b"), next());
        sessions.remove(DAEMON, ClosureOrderTest.path("b"));
        assertEquals(Optional.empty(), next());
    }

    @Test
    void whoeverGetsTheNumberLaterIsAnother() {
        sessions.came(DAEMON, 0);
        sessions.came(LATER, 0);
        told(DAEMON, ClosureOrderTest.path("a"), 0);
        told(DAEMON, ClosureOrderTest.path("b"), 0);
        sessions.wants(LATER, ClosureOrderTest.path("a"), 1);
        assertEquals(Optional.empty(), next());
    }

    @Test
    void theOneHeardOfLastIsServedFirst() {
        for (Daemon daemon : List.of(DAEMON, LATER)) {
            told(daemon, ClosureOrderTest.path("a"), 0);
            sessions.wants(daemon, ClosureOrderTest.path("x"), 0);
        }
        assertEquals(Optional.of("4711:101 a"), next());
        sessions.wants(DAEMON, ClosureOrderTest.path("y"), 0);
        assertEquals(Optional.of("4711:100 a"), next());
    }

    @Test
    void aHundredThousandPathsStayWithinTheMemory() {
        for (int i = 0; i < 100_000; i++) {
            told(DAEMON, new StorePath("%032d-x".formatted(i)), 0);
        }
        assertTrue(sessions.bytes() <= MEMORY, () -> sessions.bytes() + " bytes");
        sessions.wants(DAEMON, ClosureOrderTest.path("other"), 0);
        List<StorePath> fetched = new ArrayList<>();
        for (var next = sessions.next(); next.isPresent(); next = sessions.next()) {
            fetched.add(next.get().item().path());
            sessions.remove(DAEMON, next.get().item().path());
        }
        assertEquals(MEMORY / ClosureOrder.ITEM_BYTES, fetched.size());
        // The first ones are known as well as ever.
        assertEquals(new StorePath("%032d-x".formatted(0)), fetched.getFirst());
    }

    @Test
    void whoHasGoneMakesRoomForWhoIsTold() {
        Daemon third = new Daemon(4712, 5);
        List<Daemon> forgotten = new ArrayList<>();
        for (Daemon daemon : List.of(DAEMON, LATER)) {
            sessions.came(daemon, 0);
            for (int i = 0; i < MEMORY / ClosureOrder.ITEM_BYTES / 2; i++) {
                told(daemon, new StorePath("%032d-x".formatted(i)), 0);
            }
        }
        sessions.went(DAEMON, 1);
        sessions.came(third, 2);
        for (int i = 0; i < 10; i++) {
            forgotten.addAll(sessions.told(third, ClosureOrderTest.path("p" + i), List.of(), 100, true, OPTIONS, 2));
        }
        assertEquals(List.of(DAEMON), forgotten);
        sessions.wants(third, ClosureOrderTest.path("p0"), 3);
        assertEquals(Optional.of("4712:5 p1"), next());
        sessions.wants(LATER, ClosureOrderTest.path("other"), 3);
        assertEquals(Optional.of("4711:101 x"), next());
        assertTrue(sessions.bytes() <= MEMORY, () -> sessions.bytes() + " bytes");
    }

    @Test
    void whoWasHeardOfLeastRecentlyIsForgottenFirst() {
        for (int i = 0; i < DaemonSessions.MOST; i++) {
            assertEquals(List.of(), sessions.came(new Daemon(i + 1, 0), i));
        }
        told(new Daemon(1, 0), ClosureOrderTest.path("a"), 100);
        assertEquals(List.of(new Daemon(2, 0)), sessions.came(LATER, 101));
        assertEquals(DaemonSessions.MOST, sessions.count());
        // Who is heard of without a new restorer counts, too.
        told(DAEMON, ClosureOrderTest.path("a"), 102);
        assertEquals(List.of(new Daemon(3, 0)), sessions.forget(102));
        assertEquals(DaemonSessions.MOST, sessions.count());
    }

    @Test
    void whoIsNotHeardOfIsForgottenAndKnownAnew() {
        sessions.came(DAEMON, 0);
        told(DAEMON, ClosureOrderTest.path("a"), 5);
        assertEquals(List.of(), sessions.forget(DaemonSessions.FORGOTTEN_NANOS + 4));
        assertEquals(List.of(DAEMON), sessions.forget(DaemonSessions.FORGOTTEN_NANOS + 5));
        assertEquals(0, sessions.bytes());
        told(DAEMON, ClosureOrderTest.path("b"), DaemonSessions.FORGOTTEN_NANOS + 6);
        assertEquals(List.of(), sessions.forget(DaemonSessions.FORGOTTEN_NANOS * 2));
        assertEquals(1, sessions.count());
    }

    @Test
    void aDaemonWhoseRestorersHaveGoneIsForgottenSoonUnlessOneComesBack() {
        sessions.came(DAEMON, 0);
        sessions.came(DAEMON, 0);
        sessions.went(DAEMON, 10);
        assertEquals(List.of(), sessions.forget(DaemonSessions.ALONE_NANOS + 10));
        sessions.went(DAEMON, 20);
        sessions.came(DAEMON, 30);
        assertEquals(List.of(), sessions.forget(DaemonSessions.ALONE_NANOS + 30));
        sessions.went(DAEMON, 40);
        assertEquals(List.of(), sessions.forget(DaemonSessions.ALONE_NANOS + 39));
        assertEquals(List.of(DAEMON), sessions.forget(DaemonSessions.ALONE_NANOS + 40));
        sessions.went(DAEMON, 50);
        assertEquals(0, sessions.count());
    }
}
