// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AnswerRateTest {
    private long now = Long.MAX_VALUE - 1;
    private final AnswerRate rate = new AnswerRate(() -> now);

    private int allowed(InetSocketAddress source, int questions) {
        int allowed = 0;
        for (int i = 0; i < questions; i++) {
            allowed += rate.allows(source) ? 1 : 0;
        }
        return allowed;
    }

    @Test
    void aFewAtOnceAndThenOneAtATime() {
        InetSocketAddress source = at(1);
        assertEquals(AnswerRate.BURST, allowed(source, 200));
        now += AnswerRate.INTERVAL.toNanos() - 1;
        assertFalse(rate.allows(source));
        now++;
        assertEquals(1, allowed(source, 2));
        now += Duration.ofDays(1).toNanos();
        assertEquals(AnswerRate.BURST, allowed(source, 200));
    }

    @Test
    void whoAsksSlowlyIsAlwaysAnswered() {
        for (int i = 0; i < 1000; i++) {
            assertTrue(rate.allows(at(1)));
            now += AnswerRate.INTERVAL.toNanos();
        }
    }

    @Test
    void aMachineIsCountedOnceAndNodesInThisNetworkEach() {
        assertEquals(AnswerRate.BURST, allowed(at("2a00::1", 1), 200));
        assertFalse(rate.allows(at("2a00::2", 2)));
        assertTrue(rate.allows(at("2a00:0:0:1::1", 1)));
        assertEquals(AnswerRate.BURST, allowed(at("127.0.0.1", 1), 200));
        assertTrue(rate.allows(at("127.0.0.1", 2)));
    }

    @Test
    void aFloodFromManyDoesNotSilenceTheRest() {
        assertEquals(AnswerRate.BURST, allowed(at(0), 200));
        for (int i = 1; i < AnswerRate.MACHINES; i++) {
            assertTrue(rate.allows(at(i)));
        }
        assertFalse(rate.allows(at(0)));
        assertTrue(rate.allows(at(AnswerRate.MACHINES)));
        assertTrue(rate.allows(at(AnswerRate.MACHINES + 1)));
    }
}
