// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.guixp2p.node.swarm.Reachability.Verdict;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.swarm.DialOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whom a node asks whether they get through to it, and what it makes of the answers. */
class ReachabilityTest {
    private final FakeTicker ticker = new FakeTicker();
    private final Reachability reachability = new Reachability(ticker, new Random(3));
    private final List<String> changes = new ArrayList<>();

    private static InetAddress network(int number) {
        return InetAddress.ofLiteral("198.51." + number + ".1");
    }

    private Verdict ipv4() {
        return reachability.of(AddressFamily.IPV4);
    }

    private Reachability.Question asks(int network) {
        return reachability.wants(network(network)).orElseThrow(() -> new AssertionError("network " + network));
    }

    private void says(int network, DialOutcome outcome) {
        reachability.answered(asks(network), outcome);
    }

    private boolean wants(InetAddress peer) {
        return reachability.wants(peer).isPresent();
    }

    /** One letter an answer: reached, unreached, busy. */
    @ParameterizedTest
    @CsvSource({"r,REACHABLE", "u,UNKNOWN", "b,UNKNOWN", "rr,REACHABLE", "uu,UNREACHABLE", "ru,REACHABLE",
        "ur,REACHABLE",
        "ubbu,UNREACHABLE", "uru,UNREACHABLE", "ruu,UNREACHABLE", "rur,REACHABLE", "urr,REACHABLE"})
    void whatMostSayCounts(String answers, Verdict expected) {
        for (int i = 0; i < answers.length(); i++) {
            says(i, switch (answers.charAt(i)) {
                case 'r' -> DialOutcome.REACHED;
                case 'u' -> DialOutcome.UNREACHED;
                default -> DialOutcome.BUSY;
            });
        }
        assertEquals(expected, ipv4());
        assertEquals(Verdict.UNKNOWN, reachability.of(AddressFamily.IPV6));
    }

    @Test
    void oneIsAskedAtATimeAndOneOfANetwork() {
        Reachability.Question first = asks(1);
        assertFalse(wants(network(2)));
        assertTrue(wants(InetAddress.ofLiteral("2001:db8::1")));
        reachability.answered(first, DialOutcome.UNREACHED);
        assertFalse(wants(InetAddress.ofLiteral("198.51.1.77")));
        assertTrue(wants(network(2)));
        // Nobody asked for that.
        reachability.answered(first, DialOutcome.UNREACHED);
        assertEquals(Verdict.UNKNOWN, ipv4());
    }

    @Test
    void whoWasBusyIsAskedAgainAfterAWhile() {
        says(1, DialOutcome.UNREACHED);
        says(2, DialOutcome.BUSY);
        assertFalse(wants(network(2)));
        ticker.advance(Reachability.BUSY_FOR);
        assertFalse(wants(network(1)), "it was not busy");
        says(2, DialOutcome.UNREACHED);
        assertEquals(Verdict.UNREACHABLE, ipv4());
    }

    @Test
    void whoWasLostIsAskedWhenItIsBack() {
        Reachability.Question first = asks(1);
        assertFalse(wants(network(2)));
        reachability.lost(first);
        says(1, DialOutcome.REACHED);
        assertEquals(Verdict.REACHABLE, ipv4());
    }

    @Test
    void theyAreAskedAgainNowAndThen() {
        says(1, DialOutcome.UNREACHED);
        says(2, DialOutcome.UNREACHED);
        assertFalse(wants(network(3)));
        ticker.advance(Reachability.UNREACHABLE_FOR.dividedBy(2));
        assertFalse(wants(network(1)));
        ticker.advance(Reachability.UNREACHABLE_FOR.dividedBy(2));
        says(1, DialOutcome.REACHED);
        says(2, DialOutcome.REACHED);
        assertEquals(Verdict.REACHABLE, ipv4());
        ticker.advance(Reachability.REACHABLE_FOR.dividedBy(2));
        assertFalse(wants(network(3)));
        ticker.advance(Reachability.REACHABLE_FOR.dividedBy(2));
        assertTrue(wants(network(3)));
    }

    @Test
    void theyAreAskedAgainWhenTheAddressChanges() {
        says(1, DialOutcome.REACHED);
        says(2, DialOutcome.REACHED);
        assertFalse(wants(network(1)));
        reachability.addressChanged();
        says(1, DialOutcome.UNREACHED);
        says(2, DialOutcome.UNREACHED);
        assertEquals(Verdict.UNREACHABLE, ipv4());
    }

    @Test
    void whatIsOnItsWayWhenTheAddressChangesSaysNothing() {
        Reachability.Question before = asks(1);
        reachability.addressChanged();
        Reachability.Question now = asks(2);
        reachability.answered(before, DialOutcome.REACHED);
        assertEquals(Verdict.UNKNOWN, ipv4());
        reachability.answered(now, DialOutcome.REACHED);
        assertEquals(Verdict.REACHABLE, ipv4());
    }

    /** It is asked again before it has answered. */
    @Test
    void anAnswerOfTheSamePeerToAnEarlierQuestionSaysNothing() {
        Reachability.Question before = asks(1);
        reachability.addressChanged();
        Reachability.Question now = asks(1);
        reachability.answered(before, DialOutcome.REACHED);
        assertEquals(Verdict.UNKNOWN, ipv4());
        reachability.lost(before);
        assertFalse(wants(network(2)), "the later question waits for its answer");
        reachability.answered(now, DialOutcome.REACHED);
        assertEquals(Verdict.REACHABLE, ipv4());
    }

    /** Its dial has failed before somebody else has got through. */
    @Test
    void whatIsOnItsWayWhenARoundEndsSaysNothingInTheNextOne() {
        says(1, DialOutcome.REACHED);
        Reachability.Question before = asks(2);
        reachability.came(network(9));
        ticker.advance(Reachability.REACHABLE_FOR);
        Reachability.Question now = asks(2);
        reachability.answered(before, DialOutcome.UNREACHED);
        reachability.answered(now, DialOutcome.UNREACHED);
        assertEquals(Verdict.REACHABLE, ipv4());
        says(3, DialOutcome.UNREACHED);
        assertEquals(Verdict.UNREACHABLE, ipv4());
    }

    @Test
    void whoeverDialsHasGotThrough() {
        reachability.whenChanged((family, verdict) -> changes.add(family + " " + verdict));
        says(1, DialOutcome.UNREACHED);
        says(2, DialOutcome.UNREACHED);
        reachability.came(network(9));
        reachability.came(network(10));
        assertEquals(Verdict.REACHABLE, ipv4());
        assertFalse(wants(network(1)));
        assertEquals(List.of("IPV4 UNREACHABLE", "IPV4 REACHABLE"),
                changes.stream().filter(change -> !change.endsWith("UNKNOWN")).toList());
    }
}
