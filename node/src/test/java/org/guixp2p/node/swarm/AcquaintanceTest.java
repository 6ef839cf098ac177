// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.KnownAddress;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.swarm.DialOutcome;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sessions that help to find other peers. */
@Timeout(60)
class AcquaintanceTest extends SwarmFixture {
    /** A peer that says what it can, and where it listens. */
    private static TestPeer dial(SwarmNode node, NodeIdentity identity, int port, String... features)
            throws IOException {
        return TestPeer.dial(node, identity, new SwarmMessage.Hello(1, Set.of(features), "test peer", port, 8));
    }

    /** Whoever is silent for long is asked whether it lives. */
    private static @Nullable SwarmMessage next(TestPeer peer) throws IOException {
        SwarmMessage message = peer.next();
        return message instanceof SwarmMessage.Ping ? next(peer) : message;
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
                    next(able));
            unable.send(new SwarmMessage.Ping(1));
            assertEquals(new SwarmMessage.Pong(1), next(unable));
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
            assertEquals(new SwarmMessage.Pong(1), next(peer));
        }
    }

    @Test
    void whoeverAsksIsDialledAndToldWhatCameOfIt() throws IOException {
        NodeIdentity stranger = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            TestPeer peer = dial(node, stranger, 0);
            peer.send(new SwarmMessage.DialBack(server.getLocalPort()));
            assertNull(TestPeer.acceptTls(server, stranger).next());
            assertEquals(new SwarmMessage.DialledBack(DialOutcome.REACHED), next(peer));
            assertEquals(Optional.empty(), setup.keys.of(stranger.peerId()), "it has come itself, as many may");
            // What is known need not be found out again.
            peer.send(new SwarmMessage.DialBack(server.getLocalPort()));
            assertEquals(new SwarmMessage.DialledBack(DialOutcome.REACHED), next(peer));
            int gone;
            try (ServerSocket before = TestPeer.listen()) {
                gone = before.getLocalPort();
            }
            peer.send(new SwarmMessage.DialBack(gone));
            assertEquals(new SwarmMessage.DialledBack(DialOutcome.UNREACHED), next(peer));
            try (ServerSocket others = TestPeer.listen()) {
                peer.send(new SwarmMessage.DialBack(others.getLocalPort()));
                TestPeer.acceptTls(others, TestPeer.someone()).expectGoodbye(GoodbyeReason.NOT_ALLOWED);
                assertEquals(new SwarmMessage.DialledBack(DialOutcome.UNREACHED), next(peer));
            }
        }
    }

    @Test
    void whileOneIsDialledTheNextHasToWait() throws IOException {
        NodeIdentity stranger = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            TestPeer peer = dial(node, stranger, 0);
            peer.send(new SwarmMessage.DialBack(server.getLocalPort()));
            try (Socket _ = server.accept()) {
                peer.send(new SwarmMessage.DialBack(server.getLocalPort()));
                assertEquals(new SwarmMessage.DialledBack(DialOutcome.BUSY), next(peer));
                TestPeer other = dial(node, TestPeer.someone(), 0);
                other.send(new SwarmMessage.DialBack(server.getLocalPort()));
                assertEquals(new SwarmMessage.DialledBack(DialOutcome.BUSY), next(other));
            }
            assertEquals(new SwarmMessage.DialledBack(DialOutcome.UNREACHED), next(peer));
        }
    }

    /** It is looked for because it has come, and because it asks for that, and may be asked about both at the same time. */
    @Test
    void whoeverComesAndAsksMeanwhileIsDialledOnce() throws IOException {
        FakeTicker ticker = new FakeTicker();
        setup.ticker = ticker;
        setup.book = new AddressBook(InstantSource.system(), address -> true);
        NodeIdentity stranger = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            TestPeer peer = dial(node, stranger, server.getLocalPort());
            node.up(stranger.peerId());
            // Nobody greets this dial yet.
            peer.send(new SwarmMessage.DialBack(server.getLocalPort()),
                    new SwarmMessage.DialBack(server.getLocalPort()));
            assertEquals(new SwarmMessage.DialledBack(DialOutcome.BUSY), peer.next());
            letLook(ticker, peer);
            assertEquals(0, setup.book.size());
            assertNull(TestPeer.acceptTls(server, stranger).next());
            assertEquals(new SwarmMessage.DialledBack(DialOutcome.REACHED), peer.next());
            assertEquals(List.of(TestPeer.address(server, stranger.peerId())),
                    setup.book.best(host -> true, 9).stream().map(KnownAddress::address).toList());
            letLook(ticker, peer);
            // No dial is under way any more, or this one would have to wait.
            int gone;
            try (ServerSocket before = TestPeer.listen()) {
                gone = before.getLocalPort();
            }
            peer.send(new SwarmMessage.DialBack(gone));
            assertEquals(new SwarmMessage.DialledBack(DialOutcome.UNREACHED), peer.next());
            server.setSoTimeout(1);
            assertThrows(SocketTimeoutException.class, server::accept);
        }
    }

    /** Until its session has looked whether it is to be looked for. */
    private static void letLook(FakeTicker ticker, TestPeer peer) throws IOException {
        ticker.advance(SwarmSettings.STANDARD.pingAfter().plusSeconds(1));
        // That comes after it has looked.
        SwarmMessage.Ping ping = assertInstanceOf(SwarmMessage.Ping.class, peer.next());
        peer.send(new SwarmMessage.Pong(ping.nonce()));
    }

    /** Nobody on this machine is out in the world. */
    @Test
    void anAnswerThatNobodyAskedForSaysNothing() throws IOException {
        setup.share = Share.WORLD;
        try (SwarmNode node = setup.start(kit)) {
            TestPeer peer = dial(node, TestPeer.someone(), 0, "dial-back");
            peer.send(new SwarmMessage.DialledBack(DialOutcome.REACHED), new SwarmMessage.Ping(1));
            assertEquals(new SwarmMessage.Pong(1), next(peer));
            assertEquals(Reachability.Verdict.UNKNOWN, node.endpoint.reachability().of(AddressFamily.IPV4));
        }
    }

    /** They would say for minutes that they do not get through. */
    @Test
    void nobodyElsewhereIsToDialBeforeTheRouterWasAsked() throws IOException {
        InetAddress four = InetAddress.ofLiteral("198.51.100.7");
        InetAddress six = InetAddress.ofLiteral("2001:db8::7");
        setup.share = Share.WORLD;
        setup.portMapping = true;
        try (SwarmNode node = setup.start(kit)) {
            Acquaintances all = node.endpoint.acquaintances();
            assertEquals(0, all.portOf(four));
            assertEquals(node.port(), all.portOf(six));
            node.endpoint.mapped(OptionalInt.empty());
            assertEquals(node.port(), all.portOf(four));
            node.endpoint.mapped(OptionalInt.of(7881));
            assertEquals(7881, all.portOf(four));
            assertEquals(node.port(), all.portOf(six));
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
            assertEquals(new SwarmMessage.Pong(1), next(peer));
            assertEquals(0, setup.book.size());
        }
    }
}
