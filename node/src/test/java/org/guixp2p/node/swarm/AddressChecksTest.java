// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.DialOutcome;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

/** How often others can make this node look at an address. */
class AddressChecksTest {
    private static final PeerId PEER = new PeerId(Sha256.hash(new byte[]{1}));

    private final FakeTicker ticker = new FakeTicker();
    private final Deque<Consumer<Boolean>> dials = new ArrayDeque<>();
    private final AddressChecks checks = new AddressChecks((peer, address, told) -> dials.add(told), ticker);
    private final List<DialOutcome> told = new ArrayList<>();

    private void check(String host, int port) {
        check(host, port, false);
    }

    private void check(String host, int port, boolean asked) {
        checks.check(PEER, new InetSocketAddress(InetAddress.ofLiteral(host), port), asked, told::add);
    }

    private DialOutcome last() {
        return told.getLast();
    }

    @Test
    void oneAtATime() {
        check("198.51.100.1", 6881);
        check("198.51.100.2", 6881);
        assertEquals(List.of(DialOutcome.BUSY), told);
        assertEquals(1, dials.size());
        dials.remove().accept(true);
        assertEquals(DialOutcome.REACHED, last());
        check("198.51.100.2", 6881);
        dials.remove().accept(false);
        assertEquals(DialOutcome.UNREACHED, last());
    }

    @Test
    void anOutcomeCountsForAWhile() {
        check("198.51.100.1", 6881);
        dials.remove().accept(true);
        check("198.51.100.1", 6881);
        assertEquals(List.of(DialOutcome.REACHED, DialOutcome.REACHED), told);
        assertTrue(dials.isEmpty());
        ticker.advance(AddressChecks.COUNTS);
        check("198.51.100.1", 6881);
        assertEquals(1, dials.size());
    }

    @Test
    void oneMachineHasItsShare() {
        for (int i = 0; i < AddressChecks.MOST_OF_A_MACHINE; i++) {
            check("198.51.100.1", 6881 + i);
            dials.remove().accept(false);
        }
        check("198.51.100.1", 7000);
        assertEquals(DialOutcome.BUSY, last());
        check("198.51.100.2", 7000);
        assertEquals(1, dials.size());
    }

    /** A router may let others in a moment later. */
    @Test
    void thatNobodyAnsweredCountsForAMinute() {
        check("198.51.100.1", 6881);
        dials.remove().accept(false);
        check("198.51.100.1", 6881);
        assertEquals(List.of(DialOutcome.UNREACHED, DialOutcome.UNREACHED), told);
        assertTrue(dials.isEmpty());
        for (int i = 1; i < AddressChecks.MOST_OF_A_MACHINE; i++) {
            ticker.advance(AddressChecks.UNREACHED_COUNTS);
            check("198.51.100.1", 6881);
            dials.remove().accept(false);
        }
        ticker.advance(AddressChecks.UNREACHED_COUNTS);
        check("198.51.100.1", 6881);
        assertEquals(DialOutcome.BUSY, last());
    }

    @Test
    void oneNetworkHasItsShareUnlessItIsLocal() {
        for (int i = 0; i < AddressChecks.MOST_OF_A_NETWORK; i++) {
            check("198.51.100." + i, 6881);
            dials.remove().accept(true);
            check("192.168.1." + i, 6881);
            dials.remove().accept(true);
        }
        check("198.51.100.99", 6881);
        assertEquals(DialOutcome.BUSY, last());
        check("192.168.1.99", 6881);
        dials.remove().accept(true);
        check("198.52.100.99", 6881);
        assertEquals(1, dials.size());
    }

    private static String network(int number) {
        return "203." + number + ".113.1";
    }

    @Test
    void halfOfAnHourIsForLooksThatNobodyAskedFor() {
        for (int i = 0; i < AddressChecks.MOST_ASKED; i++) {
            check(network(i), 6881, true);
            dials.remove().accept(true);
        }
        check(network(250), 6881, true);
        assertEquals(DialOutcome.BUSY, last());
        check(network(250), 6881);
        assertEquals(1, dials.size());
    }

    @Test
    void anHourHasABound() {
        for (int i = 0; i < AddressChecks.MOST; i++) {
            check(network(i), 6881);
            dials.remove().accept(true);
        }
        check(network(250), 6881);
        assertEquals(DialOutcome.BUSY, last());
        ticker.advance(Duration.ofHours(1));
        check(network(250), 6881);
        assertEquals(1, dials.size());
    }
}
