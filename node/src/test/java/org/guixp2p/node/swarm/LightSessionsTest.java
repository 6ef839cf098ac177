// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

/** Sessions in which nothing but inventories is exchanged, over real sockets. */
class LightSessionsTest extends SwarmFixture {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final NarHash NAR = new NarHash(Sha256.hash("nar".getBytes(StandardCharsets.US_ASCII)));
    private static final Set<String> FEATURES = Set.of(SwarmMessage.INVENTORY, SwarmMessage.LIGHT);

    private static SwarmMessage.Hello hello(int port) {
        return new SwarmMessage.Hello(1, FEATURES, "test peer", port, 8).forLight();
    }

    /** Dials a node for a light session, and is answered. */
    private static TestPeer dial(SwarmNode node, NodeIdentity identity) throws IOException {
        return TestPeer.dial(node, identity, hello(4711), SwarmMessage.LIGHT);
    }

    /** The node has taken it for a light session, and tells what it has. */
    private static void expectInventory(TestPeer peer) throws IOException {
        assertInstanceOf(SwarmMessage.Inventory.class, peer.next());
    }

    private static int free(SwarmNode node) {
        CompletableFuture<Integer> count = new CompletableFuture<>();
        node.swarm.tell(new Swarm.CountFree(count::complete));
        return Eventually.get(count);
    }

    private static InetSocketAddress at(SwarmNode node) {
        return new InetSocketAddress("127.0.0.1", node.port());
    }

    private static InetSocketAddress at(ServerSocket server) {
        return new InetSocketAddress("127.0.0.1", server.getLocalPort());
    }

    @Test
    void inventoriesAreExchangedAndNobodyIsToldOfThePeer() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = dial(node, TestPeer.someone())) {
            expectInventory(peer);
            assertEquals(List.of(), node.connected());
            node.events.expectNoMessage(Duration.ZERO);
            assertEquals(Optional.of(new ProviderHint.Known(new PeerAddress(peer.id(),
                    new HostAndPort("127.0.0.1", 4711)))), node.inventories.hint(peer.id()));
            peer.send(new SwarmMessage.Ping(3));
            assertEquals(new SwarmMessage.Pong(3), peer.next());
        }
    }

    @Test
    void whateverIsAskedInOneEndsIt() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = dial(node, TestPeer.someone())) {
            expectInventory(peer);
            peer.send(new SwarmMessage.Query(new RequestId(1), List.of(NAR), false, 0));
            assertTrue(peer.expectGoodbye(GoodbyeReason.MALFORMED).contains("a light session"));
        }
    }

    /** No memory is taken for it. */
    @Test
    void aBlockIsRefusedBeforeItIsRead() throws IOException {
        try (SwarmNode node = setup.start(kit); TestPeer peer = dial(node, TestPeer.someone())) {
            expectInventory(peer);
            peer.sendRaw(0, 3, 0, 0, 22);
            assertTrue(peer.expectGoodbye(GoodbyeReason.MALFORMED).contains("not in a light session"));
        }
    }

    // One is closed before its block ends.
    @SuppressWarnings("try")
    @Test
    void thereAreNoMoreThanTheUserWantsAndFullOnesHavePlacesOfTheirOwn() throws IOException {
        setup.maxLight = 2;
        setup.maxPeers = 1;
        try (SwarmNode node = setup.start(kit);
                TestPeer one = dial(node, TestPeer.someone());
                TestPeer two = dial(node, TestPeer.someone())) {
            expectInventory(one);
            expectInventory(two);
            assertEquals(0, free(node));
            try (TestPeer three = dial(node, TestPeer.someone())) {
                assertTrue(three.expectGoodbye(GoodbyeReason.FULL).contains("light session"));
            }
            try (TestPeer full = TestPeer.dial(node)) {
                node.up(full.id());
                try (TestPeer another = TestPeer.dial(node)) {
                    another.expectGoodbye(GoodbyeReason.FULL);
                }
                assertEquals(List.of(full.id().toString()), node.connected());
            }
            one.close();
            Eventually.holds(() -> free(node) == 1, () -> "a free place");
            try (TestPeer four = dial(node, TestPeer.someone())) {
                expectInventory(four);
            }
        }
    }

    @Test
    void thereAreNoMoreThanThereIsMemoryFor() throws IOException {
        setup.heap = 16 << 20;
        setup.maxPeers = 1;
        try (SwarmNode node = setup.start(kit); TestPeer one = dial(node, TestPeer.someone())) {
            expectInventory(one);
            assertEquals(0, free(node));
            try (TestPeer two = dial(node, TestPeer.someone())) {
                two.expectGoodbye(GoodbyeReason.FULL);
            }
        }
    }

    /** Full sessions tell what there is as well. */
    @Test
    void strangersHaveHalfOfTheFullPlacesWhenThoseForLightSessionsAreTaken() throws IOException {
        setup.maxLight = 0;
        setup.maxPeers = 2;
        try (SwarmNode one = setup.start(kit);
                SwarmNode two = new SwarmNode.Setup().start(kit);
                SwarmNode three = new SwarmNode.Setup().start(kit)) {
            assertEquals(1, free(one));
            one.swarm.tell(new Swarm.Stranger(at(two)));
            one.up(two.identity.peerId());
            assertEquals(0, free(one));
            one.swarm.tell(new Swarm.Stranger(at(three)));
            assertEquals(List.of(two.identity.peerId().toString()), one.connected());
        }
    }

    @Test
    void aFullSessionComesInsteadOfTheLightOne() throws IOException {
        NodeIdentity identity = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); TestPeer light = dial(node, identity)) {
            expectInventory(light);
            try (TestPeer full = TestPeer.dial(node, identity)) {
                light.expectGoodbye(GoodbyeReason.DUPLICATE);
                node.up(full.id());
                assertEquals(List.of(full.id().toString()), node.connected());
                assertEquals(Optional.of(new ProviderHint.Connected(full.id())), node.inventories.hint(full.id()));
                full.send(new SwarmMessage.Query(new RequestId(1), List.of(node.nar.hash()), false, 0));
                assertInstanceOf(SwarmMessage.Offer.class, full.next());
                try (TestPeer again = dial(node, identity)) {
                    again.expectGoodbye(GoodbyeReason.DUPLICATE);
                }
                assertEquals(List.of(full.id().toString()), node.connected());
            }
        }
    }

    /** Else it would have neither. */
    @Test
    void whereThereIsNoPlaceForAFullSessionTheLightOneStays() throws IOException {
        setup.maxPeers = 1;
        NodeIdentity identity = TestPeer.someone();
        try (SwarmNode node = setup.start(kit);
                TestPeer other = TestPeer.dial(node);
                TestPeer light = dial(node, identity)) {
            node.up(other.id());
            expectInventory(light);
            try (TestPeer full = TestPeer.dial(node, identity)) {
                full.expectGoodbye(GoodbyeReason.FULL);
            }
            light.send(new SwarmMessage.Ping(5));
            assertEquals(new SwarmMessage.Pong(5), light.next());
        }
    }

    @Test
    void theLaterOfTwoLightOnesStays() throws IOException {
        NodeIdentity identity = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); TestPeer first = dial(node, identity)) {
            expectInventory(first);
            try (TestPeer second = dial(node, identity)) {
                first.expectGoodbye(GoodbyeReason.DUPLICATE);
                expectInventory(second);
            }
        }
    }

    /** A node of an earlier version takes every session for a full one. */
    @Test
    void whoeverDoesNotKnowLightSessionsHasNone() throws IOException {
        NodeIdentity identity = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            node.swarm.tell(new Swarm.Stranger(at(server)));
            try (TestPeer peer = TestPeer.acceptTls(server, identity)) {
                peer.send(TestPeer.hello());
                assertTrue(assertInstanceOf(SwarmMessage.Hello.class, peer.next()).light());
                peer.expectGoodbye(GoodbyeReason.FAILED);
            }
        }
    }

    /** Two nodes as they are: strangers at first, and then one wants what the other says that it has. */
    @Test
    void strangersTellEachOtherWhatTheyHaveAndThenMeet() throws IOException {
        try (SwarmNode one = setup.start(kit); SwarmNode two = new SwarmNode.Setup().start(kit)) {
            two.inventories.add(NAR);
            one.swarm.tell(new Swarm.Stranger(at(two)));
            PeerId id = two.identity.peerId();
            Eventually.holds(() -> one.inventories.named(NAR).equals(List.of(id)), () -> "its inventory");
            assertEquals(List.of(), one.connected());
            assertEquals(List.of(), two.connected());
            assertEquals(Optional.of(new ProviderHint.Known(two.address())), one.inventories.hint(id));
            TestProbe<Swarm.Met> met = kit.createTestProbe();
            one.swarm.tell(new Swarm.Meet(at(two), Optional.of(id), met.ref()));
            assertEquals(new Swarm.Met(at(two), Optional.of(id)), met.receiveMessage(PATIENCE));
            one.up(id);
            two.up(one.identity.peerId());
            Eventually.holds(() -> one.inventories.named(NAR).equals(List.of(id)), () -> "its inventory anew");
            assertEquals(Optional.of(new ProviderHint.Connected(id)), one.inventories.hint(id));
            // Who is there is not met again.
            one.swarm.tell(new Swarm.Stranger(at(two)));
            assertEquals(List.of(id.toString()), one.connected());
        }
    }

    /** Where there is no place for a full one, there would be neither. */
    @Test
    void nobodyWithWhomThereIsOneIsDialledBecauseHeIsKnown() throws IOException {
        NodeIdentity identity = TestPeer.someone();
        try (SwarmNode node = setup.start(kit);
                ServerSocket server = TestPeer.listen();
                TestPeer light = dial(node, identity)) {
            expectInventory(light);
            node.swarm.tell(new Swarm.Neighbour(identity.peerId(), at(server), Swarm.Neighbour.Source.REMEMBERED));
            assertEquals(List.of(), node.connected());
            server.setSoTimeout(1);
            assertThrows(SocketTimeoutException.class, server::accept);
            server.setSoTimeout((int) PATIENCE.toMillis());
            // By another name.
            node.swarm.tell(
                    new Swarm.Neighbour(TestPeer.someone().peerId(), at(server), Swarm.Neighbour.Source.REMEMBERED));
            assertNull(TestPeer.acceptTls(server, identity).next());
            light.send(new SwarmMessage.Ping(5));
            assertEquals(new SwarmMessage.Pong(5), light.next());
        }
    }

    @Test
    void whereAFullSessionDoesNotLastThereIsALightOneAgain() throws IOException {
        NodeIdentity identity = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            node.swarm.tell(new Swarm.Stranger(at(server)));
            TestPeer light = TestPeer.acceptTls(server, identity);
            greetLight(light);
            node.swarm.tell(new Swarm.Meet(at(server), Optional.of(identity.peerId()),
                    kit.<Swarm.Met>createTestProbe().ref()));
            TestPeer full = TestPeer.accept(server, identity);
            light.expectGoodbye(GoodbyeReason.DUPLICATE);
            node.up(identity.peerId());
            full.send(SwarmMessage.Goodbye.of(GoodbyeReason.FULL, "no room"));
            greetLight(TestPeer.acceptTls(server, identity));
            node.down(identity.peerId());
        }
    }

    private static void greetLight(TestPeer peer) throws IOException {
        peer.send(new SwarmMessage.Hello(1, FEATURES, "test peer", 4711, 8));
        assertTrue(assertInstanceOf(SwarmMessage.Hello.class, peer.next()).light());
        expectInventory(peer);
    }

    /** One who is at two addresses. */
    @Test
    void whoeverIsDialledTwiceIsGreetedOnce() throws IOException {
        NodeIdentity identity = TestPeer.someone();
        try (SwarmNode node = setup.start(kit);
                ServerSocket server = TestPeer.listen();
                ServerSocket another = TestPeer.listen()) {
            node.swarm.tell(new Swarm.Stranger(at(server)));
            TestPeer first = TestPeer.acceptTls(server, identity);
            assertInstanceOf(SwarmMessage.Hello.class, first.next());
            node.swarm.tell(new Swarm.Stranger(at(another)));
            assertNull(TestPeer.acceptTls(another, identity).next());
            first.send(new SwarmMessage.Hello(1, FEATURES, "test peer", 4711, 8));
            expectInventory(first);
        }
    }

    @Test
    void whoeverMisbehavesLosesItToo() throws IOException {
        NodeIdentity identity = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); TestPeer light = dial(node, identity)) {
            expectInventory(light);
            node.swarm.tell(new Swarm.Misbehaved(identity.peerId(), Offence.MALFORMED, "as a test says"));
            light.expectGoodbye(GoodbyeReason.MALFORMED);
        }
    }

    /** A machine that has all its places would have neither. */
    @Test
    void itStaysWhereItsMachineHasNoPlaceForAFullOne() throws IOException {
        NodeIdentity identity = TestPeer.someone();
        try (SwarmNode node = setup.start(kit)) {
            for (int i = 0; i < SwarmSettings.STANDARD.sessionsPerAddress(); i++) {
                node.up(TestPeer.dial(node, TestPeer.someone(), "127.0.0.9").id());
            }
            TestPeer light = TestPeer.dialTls(node, identity, "127.0.0.9");
            light.send(hello(4711));
            assertInstanceOf(SwarmMessage.Hello.class, light.next());
            expectInventory(light);
            TestPeer.dial(node, identity, "127.0.0.9").expectGoodbye(GoodbyeReason.FULL);
            light.send(new SwarmMessage.Ping(5));
            assertEquals(new SwarmMessage.Pong(5), light.next());
        }
    }

    /** Nothing is waited for in it. */
    @Test
    void itMayBeSilentForLong() throws IOException {
        FakeTicker ticker = new FakeTicker();
        setup.ticker = ticker;
        try (SwarmNode node = setup.start(kit); TestPeer peer = dial(node, TestPeer.someone())) {
            expectInventory(peer);
            int before = free(node);
            ticker.advance(SwarmSettings.STANDARD.deadAfter().multipliedBy(2));
            peer.send(new SwarmMessage.Ping(1));
            assertEquals(new SwarmMessage.Pong(1), peer.next());
            ticker.advance(SwarmSettings.STANDARD.deadAfter().multipliedBy(PeerSession.LIGHT_PATIENCE));
            peer.expectGoodbye(GoodbyeReason.TIMEOUT);
            Eventually.holds(() -> free(node) == before + 1, () -> "a free place");
        }
    }
}
