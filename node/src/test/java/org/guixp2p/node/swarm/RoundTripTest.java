// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

class RoundTripTest {
    private final RoundTrip roundTrip = new RoundTrip(-1000);

    @Test
    void itIsWhatTheLastAnswerTook() {
        assertEquals(OptionalLong.empty(), roundTrip.nanos());
        roundTrip.answered(new SwarmMessage.Pong(roundTrip.ask(-500).nonce()), -430);
        assertEquals(OptionalLong.of(70), roundTrip.nanos());
        roundTrip.answered(new SwarmMessage.Pong(roundTrip.ask(100).nonce()), 105);
        assertEquals(OptionalLong.of(5), roundTrip.nanos());
    }

    /** A peer may answer what nobody asked, or late. */
    @Test
    void anAnswerToAnotherPingSaysNothing() {
        SwarmMessage.Ping first = roundTrip.ask(100);
        roundTrip.ask(200);
        roundTrip.answered(new SwarmMessage.Pong(first.nonce()), 210);
        roundTrip.answered(new SwarmMessage.Pong(7), 210);
        assertEquals(OptionalLong.empty(), roundTrip.nanos());
    }
}
