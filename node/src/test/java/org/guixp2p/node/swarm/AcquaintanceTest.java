// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.KnownAddress;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sessions that help to find other peers. */
@Timeout(60)
class AcquaintanceTest {
    private static ActorTestKit kit;

    private final SwarmNode.Setup setup = new SwarmNode.Setup();

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create("acquaintances");
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }

    /** A peer that says what it can, and where it listens. */
    private static TestPeer dial(SwarmNode node, NodeIdentity identity, int port, String... features)
            throws IOException {
        TestPeer peer = TestPeer.dialTls(node, identity, "127.0.0.1");
        peer.send(new SwarmMessage.Hello(1, Set.of(features), "test peer", port, 8));
        assertInstanceOf(SwarmMessage.Hello.class, peer.next());
        return peer;
    }

    @Test
    void whoeverWantsToIsToldOfOthers() throws IOException {
        setup.share = Share.WORLD;
        PeerId other = TestPeer.someone().peerId();
        setup.book.worked(other, new InetSocketAddress(InetAddress.ofLiteral("198.51.100.7"), 6881));
        try (SwarmNode node = setup.start(kit)) {
            TestPeer unable = dial(node, TestPeer.someone(), 0);
            TestPeer able = dial(node, TestPeer.someone(), 0, "peers");
            assertEquals(new SwarmMessage.Peers(List.of(new PeerAddress(other, new HostAndPort("198.51.100.7", 6881)))),
                    able.next());
            unable.send(new SwarmMessage.Ping(1));
            assertEquals(new SwarmMessage.Pong(1), unable.next());
        }
    }

    @Test
    void whoeverHasDialledIsLookedForWhereItListens() throws IOException {
        setup.book = new AddressBook(InstantSource.system(), address -> true);
        NodeIdentity stranger = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            TestPeer peer = dial(node, stranger, server.getLocalPort());
            assertNull(TestPeer.acceptTls(server, stranger).next());
            kit.createTestProbe().awaitAssert(() -> {
                assertEquals(List.of(TestPeer.address(server, stranger.peerId())),
                        setup.book.best(host -> true, 9).stream().map(KnownAddress::address).toList());
                return null;
            });
            peer.send(new SwarmMessage.Ping(1));
            assertEquals(new SwarmMessage.Pong(1), peer.next());
        }
    }

    /** Whoever takes a name may be told where another one is. */
    @Test
    void whereSomebodyElseListensNobodyIsKnown() throws IOException {
        setup.book = new AddressBook(InstantSource.system(), address -> true);
        NodeIdentity stranger = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            TestPeer peer = dial(node, stranger, server.getLocalPort());
            var goodbye = assertInstanceOf(SwarmMessage.Goodbye.class,
                    TestPeer.acceptTls(server, TestPeer.someone()).next());
            assertEquals("not-allowed", goodbye.reason().token());
            peer.send(new SwarmMessage.Ping(1));
            assertEquals(new SwarmMessage.Pong(1), peer.next());
            assertEquals(0, setup.book.size());
        }
    }
}
