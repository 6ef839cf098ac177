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
    private static final int BYTES = 512;

    private long now = Long.MAX_VALUE - 1;
    private final AnswerRate rate = new AnswerRate(() -> now);

    private boolean answers(InetSocketAddress source, boolean known) {
        boolean allowed = rate.allows(source, known);
        if (allowed) {
            rate.sent(source, known, BYTES);
        }
        return allowed;
    }

    private int allowed(InetSocketAddress source) {
        int allowed = 0;
        while (answers(source, false)) {
            allowed++;
        }
        return allowed;
    }

    @Test
    void aFewAtOnceAndThenSoMuchInATime() {
        InetSocketAddress source = at(1);
        assertEquals(AnswerRate.MACHINE.burst() / BYTES, allowed(source));
        assertFalse(rate.allows(source, false));
        now += AnswerRate.MACHINE.nanosFor(BYTES);
        assertEquals(1, allowed(source));
        now += Duration.ofDays(1).toNanos();
        assertEquals(AnswerRate.MACHINE.burst() / BYTES, allowed(source));
    }

    @Test
    void whoAsksSlowlyIsAlwaysAnswered() {
        for (int i = 0; i < 1000; i++) {
            assertTrue(answers(at(1), false));
            now += AnswerRate.MACHINE.nanosFor(BYTES);
        }
    }

    @Test
    void aMachineIsCountedOnceAndNodesInThisNetworkEach() {
        int most = AnswerRate.MACHINE.burst() / BYTES;
        assertEquals(most, allowed(at("2a00::1", 1)));
        assertFalse(answers(at("2a00::2", 2), false));
        assertEquals(most, allowed(at("2a00:0:0:1::1", 1)));
        assertEquals(most, allowed(at("127.0.0.1", 1)));
        assertEquals(most, allowed(at("127.0.0.1", 2)));
        assertEquals(most, allowed(at("127.0.0.1", 3)));
    }

    @Test
    void aNetworkHasABoundOfItsOwn() {
        int answered = 0;
        for (int i = 1; i < 250; i++) {
            answered += answers(at("9.9.9." + i, 6881), false) ? 1 : 0;
        }
        assertEquals(AnswerRate.NETWORK.burst() / BYTES, answered);
        assertTrue(answers(at("9.9.8.1", 6881), false));
    }

    @Test
    void strangersInAllHaveABoundAndThoseWhoAreKnownTheirOwn() {
        int answered = 0;
        for (int i = 0; i < 1000; i++) {
            answered += answers(at(i), false) ? 1 : 0;
        }
        assertEquals(AnswerRate.ALL.burst() / BYTES, answered);
        answered = 0;
        for (int i = 0; i < 1000; i++) {
            answered += answers(at(i), true) ? 1 : 0;
        }
        assertEquals(AnswerRate.ALL.burst() / BYTES, answered);
        now += AnswerRate.ALL.nanosFor(BYTES);
        assertTrue(answers(at(2000), false));
        assertFalse(answers(at(2001), false));
    }

    @Test
    void whoHasHadEnoughIsNotForgottenForAFloodFromOthers() {
        int most = allowed(at(0));
        for (int i = 1; i < 10_000; i++) {
            answers(at(i), false);
        }
        assertFalse(rate.allows(at(0), true));
        assertTrue(most > 0);
    }
}
