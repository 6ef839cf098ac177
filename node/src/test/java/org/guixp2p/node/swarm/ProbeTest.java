// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Dials that only look. */
@Timeout(60)
class ProbeTest {
    private static final ActorTestKit KIT = ActorTestKit.create();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    private static Probe.Answer dial(int port, Duration within) throws Probe.FailedException {
        return Probe.dial(new HostAndPort("127.0.0.1", port), Optional.empty(), "probe", within);
    }

    @Test
    void whoAnswersIsGreetedAndPinged() throws IOException {
        try (SwarmNode node = new SwarmNode.Setup().start(KIT)) {
            Probe.Answer answer = dial(node.port(), Duration.ofSeconds(20));
            assertEquals(node.identity.peerId(), answer.peer());
            assertEquals(List.of("name", "TCP connection", "TLS", "hello", "ping"),
                    answer.steps().stream().map(Probe.Step::stage).toList());
            assertTrue(answer.roundTrip().isPositive());
            // It is gone again.
            node.servesAnHonestPeer();
        }
    }

    @Test
    void aFullPeerIsThereAllTheSame() throws IOException {
        SwarmNode.Setup setup = new SwarmNode.Setup();
        setup.maxPeers = 1;
        try (SwarmNode node = setup.start(KIT); TestPeer first = TestPeer.dial(node)) {
            node.up(first.id());
            Probe.FailedException failure = assertThrows(Probe.FailedException.class,
                    () -> dial(node.port(), Duration.ofSeconds(20)));
            assertTrue(failure.isTurnedAway());
            assertEquals("it said goodbye: full no room for another peer", failure.getMessage());
        }
    }

    @Test
    void whoSaysNothingIsNotWaitedForForEver() throws IOException {
        try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Probe.FailedException failure = assertThrows(Probe.FailedException.class,
                    () -> dial(mute.getLocalPort(), Duration.ofMillis(300)));
            assertEquals("TLS", failure.stage());
            assertEquals("no TLS within 300 ms", failure.getMessage());
            assertFalse(failure.isTurnedAway());
        }
    }
}
