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

    private long now = Long.MAX_VALUE - SECOND;
    private final ActorTestKit kit = ActorTestKit.create();
    private final SmallGiver peer = new SmallGiver(kit.<PeerSession.Command>createTestProbe().ref(), () -> now);

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

    /** Whether it is asked so many seconds from now. */
    private boolean isAskedIn(long seconds) {
        return peer.mayBeAsked(now + seconds * SECOND);
    }

    /** Of what fails at the same time the first one counts: all of them may be late by one fault of the network. */
    @Test
    void whoDoesNotGiveManyAtOnceRestsForFiveSeconds() {
        assertTrue(isAskedIn(0));
        for (int i = 0; i < 20; i++) {
            peer.rest();
        }
        assertFalse(isAskedIn(4));
        assertTrue(isAskedIn(5));
    }

    @Test
    void whoDoesNotGiveTheNextOneEitherRestsForLongerEachTimeUntilOneComes() {
        for (long seconds : new long[]{5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600}) {
            peer.rest();
            assertFalse(isAskedIn(seconds - 1), seconds + " s");
            assertTrue(isAskedIn(seconds));
            now += seconds * SECOND;
        }
        peer.came(nar(1000, now));
        peer.rest();
        assertTrue(isAskedIn(5));
    }

    @Test
    void whoGivesAgainIsAskedAgain() {
        peer.rest();
        peer.came(nar(1000, now));
        assertTrue(isAskedIn(0));
    }

    @Test
    void whoGivesSomethingElseRestsForAnHourWhateverElseItGives() {
        peer.shun();
        peer.rest();
        peer.came(nar(1000, now));
        peer.rest();
        assertFalse(isAskedIn(3599));
        assertTrue(isAskedIn(3600));
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
