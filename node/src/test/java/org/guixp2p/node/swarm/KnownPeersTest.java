// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A node meets those whom it remembers, and those whom peers tell of. */
class KnownPeersTest {
    private static final int MANY = 100;

    private static ActorTestKit kit;

    private final SwarmNode.Setup setup = new SwarmNode.Setup();

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create("known-peers");
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }

    private static InetSocketAddress at(ServerSocket server) {
        return at("127.0.0.1", server);
    }

    /** 127.0.0.0/8 is all here. */
    private static InetSocketAddress at(String host, ServerSocket server) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), server.getLocalPort());
    }

    private static ServerSocket listenAtAll() throws IOException {
        ServerSocket server = new ServerSocket(0, MANY);
        server.setSoTimeout(10_000);
        return server;
    }

    private static void assertNotDialled(ServerSocket server) throws IOException {
        server.setSoTimeout(1);
        assertThrows(SocketTimeoutException.class, server::accept);
    }

    private static void remembered(SwarmNode node, PeerId peer, InetSocketAddress address) {
        node.swarm.tell(new Swarm.Neighbour(peer, address, Swarm.Neighbour.Source.REMEMBERED));
    }

    private static void told(SwarmNode node, PeerId peer, InetSocketAddress address) {
        node.swarm.tell(new Swarm.Neighbour(peer, address, Swarm.Neighbour.Source.TOLD));
    }

    @Test
    void whoIsKnownByAnAddressAloneIsMetWhileHalfOfThePlacesAreFree() throws IOException {
        NodeIdentity first = TestPeer.someone();
        setup.maxPeers = 2;
        try (SwarmNode node = setup.start(kit);
                ServerSocket server = TestPeer.listen();
                ServerSocket other = TestPeer.listen()) {
            remembered(node, first.peerId(), at(server));
            TestPeer.accept(server, first);
            node.up(first.peerId());
            remembered(node, TestPeer.someone().peerId(), at(other));
            assertEquals(List.of(first.peerId().toString()), node.connected());
            assertNotDialled(other);
        }
    }

    /** All of those who are being dialled may come. */
    @Test
    void noMoreAreDialledThanMayCome() throws IOException {
        NodeIdentity one = TestPeer.someone();
        NodeIdentity two = TestPeer.someone();
        setup.maxPeers = 4;
        try (SwarmNode node = setup.start(kit); ServerSocket all = listenAtAll()) {
            remembered(node, one.peerId(), at("127.1.0.1", all));
            told(node, two.peerId(), at("127.1.0.2", all));
            remembered(node, TestPeer.someone().peerId(), at("127.1.0.3", all));
            told(node, TestPeer.someone().peerId(), at("127.1.0.4", all));
            TestPeer first = TestPeer.acceptTls(all, one);
            TestPeer second = TestPeer.acceptTls(all, two);
            assertEquals(List.of(), node.connected());
            assertNotDialled(all);
            // One after the other, or what is told of the second may come before what is told of the first.
            first.send(TestPeer.hello());
            node.up(one.peerId());
            second.send(TestPeer.hello());
            node.up(two.peerId());
            // Whoever has waited waits no more.
            assertEquals(2, node.connected().size());
            assertNotDialled(all);
        }
    }

    @Test
    void whoeverIsToldOfKeepsNobodyFromThoseWhoAreRemembered() throws IOException {
        NodeIdentity friend = TestPeer.someone();
        try (SwarmNode node = setup.start(kit);
                ServerSocket server = TestPeer.listen();
                ServerSocket mute = listenAtAll()) {
            for (int i = 1; i < MANY; i++) {
                told(node, TestPeer.someone().peerId(), at("127.2.0." + i, mute));
            }
            remembered(node, friend.peerId(), at(server));
            TestPeer.accept(server, friend);
            node.up(friend.peerId());
        }
    }

    /** Anybody can say that somebody else is there. */
    @Test
    void whereSomebodyWasFoundWhoIsConnectedNobodyElseIsLookedFor() throws IOException {
        NodeIdentity stranger = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            node.swarm.tell(new Swarm.Stranger(at(server)));
            TestPeer light = TestPeer.acceptTls(server, stranger);
            light.send(new SwarmMessage.Hello(1, Set.of(SwarmMessage.INVENTORY, SwarmMessage.LIGHT), "test peer", 4711,
                    8));
            assertInstanceOf(SwarmMessage.Hello.class, light.next());
            assertInstanceOf(SwarmMessage.Inventory.class, light.next());
            told(node, TestPeer.someone().peerId(), at(server));
            assertEquals(List.of(), node.connected());
            assertNotDialled(server);
        }
    }
}
