// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.FrameEncoder;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The configured rates, over real connections: the bytes that pass, and how long the node says that it waited for them. */
class RatesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long RATE = 1_000_000;
    private static final long BURST = RATE / 10;

    private static ActorTestKit kit;

    private final FakeTicker ticker = new FakeTicker();
    private final SwarmNode.Setup setup = new SwarmNode.Setup();

    RatesTest() {
        setup.ticker = ticker;
    }

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create("rates");
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }

    /** What came within a burst cost nothing; all else its time, to a microsecond for each wait that was rounded. */
    private void assertWaitedFor(long bytes) {
        assertEquals((bytes - BURST) * 1e9 / RATE, (double) ticker.waited(), 1e6);
    }

    @Test
    void uploadOfSeveralPeersTogether() throws IOException {
        setup.up = new ByteRate(RATE);
        try (SwarmNode node = setup.start(kit);
                TestPeer first = TestPeer.dial(node);
                TestPeer second = TestPeer.dial(node)) {
            long bytes = 0;
            for (TestPeer peer : new TestPeer[]{first, second}) {
                node.up(peer.id());
                for (int i = 0; i < 3; i++) {
                    peer.send(new SwarmMessage.BlockRequest(new RequestId(i), node.nar.hash(),
                            node.nar.manifest().root(), i));
                    var block = assertInstanceOf(SwarmMessage.Block.class, peer.next());
                    assertArrayEquals(node.nar.block(block.index()), block.payload().block());
                    bytes += FrameEncoder.encode(block).length();
                }
            }
            assertWaitedFor(bytes);
        }
    }

    @Test
    void download() throws IOException {
        setup.down = new ByteRate(RATE);
        NarHash nar = new NarHash(Sha256.hash(new byte[]{1}));
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            ActorRef<PeerSession.Command> session = node.up(peer.id());
            TestProbe<PeerSession.BlockReply> probe = kit.createTestProbe();
            long bytes = 0;
            for (int i = 0; i < 4; i++) {
                session.tell(new PeerSession.FetchBlock(nar, nar.digest(), i, probe.ref()));
                RequestId id = assertInstanceOf(SwarmMessage.BlockRequest.class, peer.next()).id();
                SwarmMessage block = new SwarmMessage.Block(id, i, BlockPayload.raw(new byte[262_144]));
                peer.send(block);
                assertInstanceOf(PeerSession.BlockReceived.class, probe.receiveMessage(PATIENCE));
                bytes += FrameEncoder.encode(block).length();
            }
            assertWaitedFor(bytes);
        }
    }

    /** Else a peer that pings without end would take all that the others may be sent. */
    @Test
    void pongsBeyondOneASecondWaitForTheirTurn() throws IOException {
        setup.up = new ByteRate(1_000);
        int pings = 200;
        try (SwarmNode node = setup.start(kit); TestPeer peer = TestPeer.dial(node)) {
            node.up(peer.id());
            long bytes = 0;
            for (int i = 0; i < pings; i++) {
                peer.send(new SwarmMessage.Ping(i));
                SwarmMessage pong = new SwarmMessage.Pong(i);
                assertEquals(pong, peer.next());
                bytes += FrameEncoder.encode(pong).length();
            }
            double paid = ticker.waited() / 1e6;
            assertTrue(paid > bytes * 0.8, bytes + " bytes took " + paid + " ms");
        }
    }

    @Test
    void withoutARateNobodyWaits() throws IOException {
        try (SwarmNode node = setup.start(kit)) {
            node.servesAnHonestPeer();
            assertEquals(0, ticker.waited());
        }
    }
}
