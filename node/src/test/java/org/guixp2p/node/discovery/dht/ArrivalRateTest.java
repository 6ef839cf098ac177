// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ArrivalRateTest {
    private long now = Long.MAX_VALUE - 1;
    private final ArrivalRate rate = new ArrivalRate(() -> now);

    private int allowed(int network, int datagrams) {
        int allowed = 0;
        for (int i = 0; i < datagrams; i++) {
            allowed += rate.allows(at(network)) ? 1 : 0;
        }
        return allowed;
    }

    @Test
    void aMachineIsHeardSoOftenAndNoMore() {
        assertEquals(ArrivalRate.MACHINE.burst(), allowed(1, 1000));
        now += ArrivalRate.MACHINE.nanosFor(1);
        assertEquals(1, allowed(1, 9));
    }

    @Test
    void whoIsOverItsBoundTakesNothingFromOthers() {
        allowed(1, 100_000);
        assertEquals(ArrivalRate.MACHINE.burst(), allowed(2, 1000));
    }

    @Test
    void allTogetherAreHeardSoOftenAndNoMore() {
        int allowed = 0;
        for (int i = 0; i < 10_000; i++) {
            allowed += allowed(i, 1);
        }
        assertEquals(ArrivalRate.ALL.burst(), allowed);
        now += ArrivalRate.ALL.nanosFor(1);
        assertTrue(rate.allows(at(10_000)));
        assertFalse(rate.allows(at(10_001)));
    }
}
