// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SmallGiverTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final ActorTestKit kit = ActorTestKit.create();
    private final SmallGiver peer = new SmallGiver(kit.<PeerSession.Command>createTestProbe().ref());

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private static SmallNar nar(int bytes, long askedNanos) {
        ManySmall.Nar nar = ManySmall.Nar.of(bytes, bytes);
        return new SmallNar(nar.request(), new PeerId(nar.hash().digest()), false, new Begun(last -> {}, askedNanos));
    }

    /** While others come all the time, it is not stalled, and yet one of them it does not give. */
    @Test
    void oneThatIsWithheldIsOvertaken() {
        SmallNar withheld = nar(1000, Long.MAX_VALUE - SECOND);
        assertFalse(peer.hasOvertaken(withheld, 2 * SECOND));
        peer.came(nar(1001, Long.MAX_VALUE));
        assertFalse(peer.hasOvertaken(withheld, 2 * SECOND), "asked for at about the same time");
        peer.came(nar(1002, Long.MAX_VALUE - SECOND + 3 * SECOND));
        assertTrue(peer.hasOvertaken(withheld, 2 * SECOND), "where the clock goes round, too");
        peer.came(nar(1003, Long.MAX_VALUE));
        assertTrue(peer.hasOvertaken(withheld, 2 * SECOND));
    }

    @Test
    void whoDoesNotGiveRestsForLongerEachTimeUntilOneComes() {
        long now = System.nanoTime();
        assertTrue(peer.mayBeAsked(now));
        peer.rest(false);
        assertFalse(peer.mayBeAsked(now));
        assertTrue(peer.mayBeAsked(System.nanoTime() + 6 * SECOND));
        peer.rest(false);
        assertFalse(peer.mayBeAsked(System.nanoTime() + 6 * SECOND));
        for (int i = 0; i < 20; i++) {
            peer.rest(false);
        }
        assertTrue(peer.mayBeAsked(System.nanoTime() + 3601 * SECOND));
        peer.came(nar(1000, now));
        peer.rest(false);
        assertTrue(peer.mayBeAsked(System.nanoTime() + 6 * SECOND));
    }

    @Test
    void whoGivesSomethingElseRestsForAnHour() {
        peer.rest(true);
        assertFalse(peer.mayBeAsked(System.nanoTime() + 3500 * SECOND));
        assertTrue(peer.mayBeAsked(System.nanoTime() + 3601 * SECOND));
    }

    @Test
    void whatItOwesIsCounted() {
        SmallNar nar = nar(1000, 0);
        peer.asked(nar);
        assertEquals(1, peer.owes());
        assertEquals(nar.request().size().bytes(), peer.owesBytes());
        peer.settled(nar);
        assertEquals(0, peer.owes());
        assertEquals(0, peer.owesBytes());
    }
}
