// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.Optional;
import org.guixp2p.node.discovery.dht.OwnAddress.Voter;
import org.guixp2p.protocol.dht.AddressFamily;
import org.junit.jupiter.api.Test;

class OwnAddressTest {
    private static final InetAddress TRUE = InetAddress.ofLiteral("77.1.2.3");
    private static final InetAddress FALSE = InetAddress.ofLiteral("66.1.2.3");

    private long now = Long.MAX_VALUE - 1;
    private final OwnAddress own = new OwnAddress(AddressFamily.IPV4, () -> now);

    private Optional<InetAddress> vote(int network, InetAddress seen) {
        return own.seen(LoneNode.at(network).getAddress(), seen, false, Voter.NAMED);
    }

    private Optional<InetAddress> router(int network, InetAddress seen) {
        return own.seen(LoneNode.at(network).getAddress(), seen, false, Voter.ROUTER);
    }

    private Optional<InetAddress> refusal(int network, InetAddress seen) {
        return own.seen(LoneNode.at(network).getAddress(), seen, true, Voter.NAMED);
    }

    @Test
    void theFirstIsBelievedAndToldOnce() {
        assertEquals(Optional.of(TRUE), vote(1, TRUE));
        assertEquals(Optional.empty(), vote(1, TRUE));
        assertEquals(Optional.empty(), vote(2, TRUE));
    }

    @Test
    void aLiarWhoComesFirstIsOutvotedAtOnce() {
        assertEquals(Optional.of(FALSE), vote(1, FALSE));
        assertEquals(Optional.empty(), vote(2, TRUE));
        assertEquals(Optional.of(TRUE), vote(3, TRUE));
    }

    @Test
    void whatAFewHaveSaidIsKeptToForAWhile() {
        for (int i = 1; i <= OwnAddress.FEW; i++) {
            vote(i, FALSE);
        }
        for (int i = 4; i < 12; i++) {
            assertEquals(Optional.empty(), vote(i, TRUE));
        }
        now += OwnAddress.PAUSE.toNanos() - 1;
        assertEquals(Optional.empty(), vote(12, TRUE));
        now++;
        assertEquals(Optional.empty(), vote(1, FALSE));
        assertEquals(Optional.of(TRUE), vote(13, TRUE));
    }

    @Test
    void whenMostRefuseTheIdNothingIsKeptTo() {
        for (int i = 1; i <= 9; i++) {
            vote(i, FALSE);
        }
        for (int i = 10; i < 19; i++) {
            assertEquals(Optional.empty(), refusal(i, TRUE));
        }
        assertEquals(Optional.of(TRUE), refusal(19, TRUE));
    }

    @Test
    void aNetworkHasOneVote() {
        vote(1, TRUE);
        vote(2, TRUE);
        vote(3, TRUE);
        now += OwnAddress.PAUSE.toNanos();
        for (int i = 1; i < 250; i++) {
            assertEquals(Optional.empty(), own.seen(InetAddress.ofLiteral("9.9.9." + i), FALSE, false, Voter.NAMED));
        }
        assertEquals(Optional.empty(), vote(4, FALSE));
        assertEquals(Optional.empty(), vote(5, FALSE));
        assertEquals(Optional.of(FALSE), vote(6, FALSE));
    }

    @Test
    void anAddressThatChangesIsNoticed() {
        for (int i = 0; i < 100; i++) {
            vote(i, FALSE);
        }
        now += OwnAddress.PAUSE.toNanos();
        for (int i = 100; i < 100 + OwnAddress.VOTERS / 2; i++) {
            assertEquals(Optional.empty(), vote(i, TRUE));
        }
        assertEquals(Optional.of(TRUE), vote(200, TRUE));
    }

    /** To introduce itself costs nobody anything. */
    @Test
    void whoeverIntroducedItselfIsHeardOnlyAsLongAsThereIsNobodyElse() {
        for (int i = 100; i < 200; i++) {
            own.seen(LoneNode.at(i).getAddress(), FALSE, false, Voter.INTRODUCED);
        }
        assertEquals(Optional.of(FALSE), own.believed());
        assertEquals(Optional.of(TRUE), vote(1, TRUE));
        now += OwnAddress.PAUSE.toNanos();
        for (int i = 200; i < 250; i++) {
            assertEquals(Optional.empty(), own.seen(LoneNode.at(i).getAddress(), FALSE, false, Voter.INTRODUCED));
        }
        assertEquals(Optional.of(TRUE), own.believed());
    }

    /** Those who work together can stand near any id. */
    @Test
    void thoseByWhomItJoinedCountMost() {
        for (int i = 100; i < 200; i++) {
            vote(i, FALSE);
        }
        assertEquals(Optional.of(TRUE), router(1, TRUE));
        for (int i = 100; i < 200; i++) {
            assertEquals(Optional.empty(), vote(i, FALSE));
        }
        assertFalse(own.isDisputed(), "not so soon");
        now += OwnAddress.PAUSE.toNanos();
        assertTrue(own.isDisputed());
        assertEquals(Optional.of(FALSE), router(1, FALSE));
        assertFalse(own.isDisputed());
    }

    /** A router that is gone for good must not hold on to an address that this node had. */
    @Test
    void whoeverDoesNotAnswerWhenAskedAgainHasNoVote() {
        router(1, FALSE);
        now += OwnAddress.PAUSE.toNanos();
        for (int i = 100; i < 110; i++) {
            assertEquals(Optional.empty(), vote(i, TRUE));
        }
        assertTrue(own.isDisputed());
        own.routersAsked();
        now += OwnAddress.ANSWERED_WITHIN.toNanos() - 1;
        assertEquals(Optional.empty(), vote(110, TRUE));
        now++;
        assertEquals(Optional.of(TRUE), vote(111, TRUE));
        assertFalse(own.isDisputed());
    }

    @Test
    void whoeverAnswersWhenAskedAgainStillCountsMost() {
        router(1, TRUE);
        router(2, TRUE);
        now += OwnAddress.PAUSE.toNanos();
        own.routersAsked();
        assertEquals(Optional.empty(), router(2, TRUE));
        now += OwnAddress.ANSWERED_WITHIN.toNanos();
        for (int i = 100; i < 110; i++) {
            assertEquals(Optional.empty(), vote(i, FALSE));
        }
    }

    @Test
    void aNeighbourDoesNotSpeakForWhoeverCountsMore() {
        own.seen(InetAddress.ofLiteral("9.9.9.1"), TRUE, false, Voter.ROUTER);
        own.seen(InetAddress.ofLiteral("9.9.9.2"), FALSE, false, Voter.NAMED);
        for (int i = 100; i < 110; i++) {
            assertEquals(Optional.empty(), vote(i, FALSE));
        }
    }

    /** Or those who were there before would speak for ever for their networks. */
    @Test
    void whoeverWasHeardLongAgoHasNoVote() {
        for (int i = 1; i <= 9; i++) {
            vote(i, FALSE);
        }
        now += OwnAddress.LIFETIME.toNanos();
        own.seen(LoneNode.at(1).getAddress(), TRUE, false, Voter.INTRODUCED);
        assertEquals(Optional.of(TRUE), own.believed());
    }

    @Test
    void whatIsLocalOrOfTheOtherFamilyDoesNotCount() {
        for (String seen : new String[]{"127.0.0.1", "192.168.1.1", "100.64.1.1", "0.0.0.0", "255.255.255.255",
            "2a00::1"}) {
            assertEquals(Optional.empty(), vote(1, InetAddress.ofLiteral(seen)), seen);
        }
        assertEquals(Optional.empty(), own.seen(InetAddress.ofLiteral("192.168.1.1"), TRUE, false, Voter.NAMED));
        assertEquals(Optional.of(TRUE), vote(1, TRUE));
        OwnAddress six = new OwnAddress(AddressFamily.IPV6, () -> now);
        InetAddress seen = InetAddress.ofLiteral("2a00::1");
        assertEquals(Optional.empty(), six.seen(InetAddress.ofLiteral("2a01::1"), TRUE, false, Voter.NAMED));
        assertEquals(Optional.of(seen), six.seen(InetAddress.ofLiteral("2a01::1"), seen, false, Voter.NAMED));
    }
}
