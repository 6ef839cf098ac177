// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.KeyBook;
import org.guixp2p.persistence.reputation.Transfer;
import org.guixp2p.protocol.swarm.FrameEncoder;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is in the table of peers, who is not, and what is left when all is over. */
class SwarmTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static ActorTestKit kit;

    private final LogWatch log = new LogWatch();
    private final Impatience impatience = new Impatience();
    private final SwarmNode.Setup setup = new SwarmNode.Setup();

    @AfterEach
    void stopWatching() {
        log.close();
    }

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create("swarm");
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }

    // One connection to each.

    /** Both sides have dialled; whichever connection stands first, that of the lower id stays, and is the only one. */
    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void whenBothDialTheOneOfTheLowerIdStays(boolean friendIsLower, boolean friendsDialFirst) throws IOException {
        NodeIdentity friend = TestPeer.someone(setup.identity.peerId(), friendIsLower);
        try (ServerSocket server = TestPeer.listen()) {
            setup.bootstrap.add(TestPeer.address(server, friend.peerId()));
            try (SwarmNode node = setup.start(kit)) {
                TestPeer theirs = null;
                if (friendsDialFirst) {
                    theirs = TestPeer.dial(node, friend);
                    node.up(friend.peerId());
                }
                TestPeer ours = TestPeer.accept(server, friend);
                if (theirs == null) {
                    node.up(friend.peerId());
                    theirs = TestPeer.dial(node, friend);
                }
                TestPeer stays = friendIsLower ? theirs : ours;
                TestPeer goes = friendIsLower ? ours : theirs;
                assertEquals("another connection stays", goes.expectGoodbye(GoodbyeReason.DUPLICATE));
                goes.close();
                stays.send(new SwarmMessage.Ping(4));
                assertEquals(new SwarmMessage.Pong(4), stays.next());
                assertEquals(List.of(friend.peerId().toString()), node.connected());
                node.servesAnHonestPeer();
            }
        }
    }

    @Test
    void twoNodesThatDialEachOtherHaveOneConnection() throws IOException {
        SwarmNode.Setup other = new SwarmNode.Setup();
        setup.listen = List.of(new HostAndPort("127.0.0.1", freePort()));
        other.listen = List.of(new HostAndPort("127.0.0.1", freePort()));
        setup.bootstrap.add(new PeerAddress(other.identity.peerId(), other.listen.getFirst()));
        other.bootstrap.add(new PeerAddress(setup.identity.peerId(), setup.listen.getFirst()));
        try (SwarmNode node = setup.start(kit); SwarmNode another = other.start(kit)) {
            kit.createTestProbe().awaitAssert(PATIENCE, () -> {
                assertEquals(List.of(other.identity.peerId().toString()), node.connected());
                assertEquals(List.of(setup.identity.peerId().toString()), another.connected());
                // One reader at each end: of two connections, one would have two.
                assertEquals(2, Leftovers.threads("peer-reader").size());
                return null;
            });
        }
    }

    /** It has lost the first one, or it would not dial. */
    @Test
    void whenAPeerDialsTwiceTheLaterStays() throws IOException {
        NodeIdentity friend = TestPeer.someone();
        try (SwarmNode node = setup.start(kit)) {
            TestPeer first = TestPeer.dial(node, friend);
            node.up(friend.peerId());
            TestPeer second = TestPeer.dial(node, friend);
            assertEquals("another connection stays", first.expectGoodbye(GoodbyeReason.DUPLICATE));
            node.down(friend.peerId());
            node.up(friend.peerId());
            second.send(new SwarmMessage.Ping(4));
            assertEquals(new SwarmMessage.Pong(4), second.next());
            assertEquals(List.of(friend.peerId().toString()), node.connected());
        }
    }

    // Room.

    @Test
    void noMorePeersThanConfigured() throws IOException {
        setup.maxPeers = 2;
        try (SwarmNode node = setup.start(kit); TestPeer first = TestPeer.dial(node)) {
            node.up(first.id());
            try (TestPeer second = TestPeer.dial(node)) {
                node.up(second.id());
                TestPeer third = TestPeer.dial(node);
                assertEquals("no room for another peer", third.expectGoodbye(GoodbyeReason.FULL));
                log.await(third.id().toString(), "is turned away: no room for another peer");
                // Who is there already may dial again.
                TestPeer again = TestPeer.dial(node, first.identity);
                first.expectGoodbye(GoodbyeReason.DUPLICATE);
                node.up(first.id());
                again.close();
                node.down(first.id());
            }
            node.servesAnHonestPeer();
        }
    }

    @Test
    void whenAllPlacesAreTakenTheWorstGoesForABetterOne() throws IOException {
        setup.maxPeers = 2;
        try (SwarmNode node = setup.start(kit);
                TestPeer bad = TestPeer.dial(node);
                TestPeer stranger = TestPeer.dial(node)) {
            node.up(bad.id());
            node.up(stranger.id());
            node.reputation.transferred(bad.id(), new Transfer(0, 0, 0, 0, 4, 0));
            NodeIdentity good = TestPeer.someone();
            NodeIdentity better = TestPeer.someone();
            gave(node, good.peerId(), 2);
            gave(node, better.peerId(), 20);
            TestPeer first = TestPeer.dial(node, good);
            node.up(good.peerId());
            assertEquals("another peer has the place", bad.expectGoodbye(GoodbyeReason.FULL));
            TestPeer second = TestPeer.dial(node, better);
            node.up(better.peerId());
            assertEquals("another peer has the place", stranger.expectGoodbye(GoodbyeReason.FULL));
            for (TestPeer noBetter : new TestPeer[]{TestPeer.dial(node), TestPeer.dial(node, bad.identity)}) {
                assertEquals("no room for another peer", noBetter.expectGoodbye(GoodbyeReason.FULL));
            }
            assertEquals(Set.of(good.peerId().toString(), better.peerId().toString()), Set.copyOf(node.connected()));
            // Who is hardly better drives nobody out, or two would do so again and again.
            NodeIdentity alike = TestPeer.someone();
            gave(node, alike.peerId(), 3);
            assertEquals("no room for another peer", TestPeer.dial(node, alike).expectGoodbye(GoodbyeReason.FULL));
            first.close();
            second.close();
        }
    }

    private static void gave(SwarmNode node, PeerId peer, int transfers) {
        for (int i = 0; i < transfers; i++) {
            node.reputation.transferred(peer, new Transfer(1 << 20, 1_000, 4, 10, 0, 0));
        }
    }

    @Test
    void oneAddressHasOnlyItsShare() throws IOException {
        int share = SwarmSettings.STANDARD.sessionsPerAddress();
        List<TestPeer> crowd = new ArrayList<>();
        try (SwarmNode node = setup.start(kit)) {
            for (int i = 0; i < share; i++) {
                crowd.add(TestPeer.dial(node, TestPeer.someone(), "127.0.0.2"));
                node.up(crowd.getLast().id());
            }
            TestPeer tooMany = TestPeer.dial(node, TestPeer.someone(), "127.0.0.2");
            assertEquals("no room for another peer from this address", tooMany.expectGoodbye(GoodbyeReason.FULL));
            TestPeer elsewhere = TestPeer.dial(node, TestPeer.someone(), "127.0.0.3");
            node.up(elsewhere.id());
            crowd.getFirst().close();
            node.down(crowd.getFirst().id());
            node.up(TestPeer.dial(node, TestPeer.someone(), "127.0.0.2").id());
            node.servesAnHonestPeer();
        }
    }

    /** Nobody but this machine itself can come from its own address: there, several nodes are its owner's wish. */
    @Test
    void thisMachinesOwnAddressHasNoShare() throws IOException {
        int share = SwarmSettings.STANDARD.sessionsPerAddress();
        try (SwarmNode node = setup.start(kit)) {
            for (int i = 0; i < share + 2; i++) {
                node.up(TestPeer.dial(node).id());
            }
        }
    }

    @Test
    void whomTheUserNamedMayAllBeBehindOneAddress() throws IOException {
        int count = SwarmSettings.STANDARD.sessionsPerAddress() + 1;
        List<ServerSocket> servers = new ArrayList<>();
        List<NodeIdentity> friends = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                ServerSocket server = new ServerSocket(0, 4, InetAddress.getByName("127.0.0.2"));
                servers.add(server);
                friends.add(TestPeer.someone());
                setup.bootstrap.add(new PeerAddress(friends.getLast().peerId(),
                        new HostAndPort("127.0.0.2", server.getLocalPort())));
            }
            try (SwarmNode node = setup.start(kit)) {
                for (int i = 0; i < count; i++) {
                    TestPeer.accept(servers.get(i), friends.get(i));
                    node.up(friends.get(i).peerId());
                }
            }
        } finally {
            for (ServerSocket server : servers) {
                server.close();
            }
        }
    }

    // Dials that come to nothing.

    private interface Answering {
        void answer(ServerSocket server, NodeIdentity expected) throws IOException;
    }

    private void unreachable(Answering answering, String... reason) throws IOException {
        NodeIdentity expected = TestPeer.someone();
        try (ServerSocket server = TestPeer.listen()) {
            setup.bootstrap.add(TestPeer.address(server, expected.peerId()));
            try (SwarmNode node = setup.start(kit)) {
                answering.answer(server, expected);
                String line = log.await(reason);
                assertTrue(line.startsWith("peer guixp2p://" + expected.peerId() + "@127.0.0.1:"), line);
                assertTrue(line.contains(" cannot be reached: "), line);
                assertEquals(List.of(), node.connected());
                node.servesAnHonestPeer();
            }
        }
    }

    @Test
    void somebodyElseAnswers() throws IOException {
        NodeIdentity other = TestPeer.someone();
        unreachable((server, expected) -> {
            TestPeer peer = TestPeer.acceptTls(server, other);
            String reason = "expected peer " + expected.peerId() + ", found " + other.peerId();
            assertEquals(reason, peer.expectGoodbye(GoodbyeReason.NOT_ALLOWED));
        }, "found " + other.peerId());
    }

    @Test
    void noTlsAnswers() throws IOException {
        unreachable((server, expected) -> server.accept().getOutputStream().write("HTTP/1.0 400 Bad\r\n\r\n".getBytes(
                US_ASCII)), "TLS: Unsupported or unrecognized SSL message");
    }

    @Test
    void nobodyShakesHands() throws IOException {
        setup.patience = impatience;
        unreachable((server, expected) -> {
            server.accept();
            Leftovers.awaitThreadIn("swarm-dial", "NioSocketImpl.implRead");
            impatience.end();
        }, "no TLS within 10000 ms");
    }

    @Test
    void nobodySaysHello() throws IOException {
        setup.patience = impatience;
        unreachable((server, expected) -> {
            assertInstanceOf(SwarmMessage.Hello.class, TestPeer.acceptTls(server, expected).next());
            impatience.end();
        }, "no hello within 10000 ms");
    }

    @Test
    void helloIsNone() throws IOException {
        unreachable((server, expected) -> TestPeer.acceptTls(server, expected).send(new SwarmMessage.Ping(1)),
                "its first message is no hello");
    }

    @Test
    void goodbyeInsteadOfHello() throws IOException {
        unreachable((server, expected) -> TestPeer.acceptTls(server, expected)
                .send(SwarmMessage.Goodbye.of(GoodbyeReason.SHUTDOWN, "closing")), "it said goodbye: shutdown closing");
    }

    /** Not even TCP answers: the kernel takes no more connections for a server that never accepts. */
    @Test
    void nobodyTakesTheConnection() throws IOException {
        NodeIdentity nobody = TestPeer.someone();
        List<Socket> queue = new ArrayList<>();
        setup.patience = impatience;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThrows(SocketTimeoutException.class, () -> {
                for (int i = 0; i < 16; i++) {
                    Socket socket = new Socket();
                    queue.add(socket);
                    socket.connect(server.getLocalSocketAddress(), 1000);
                }
            });
            setup.bootstrap.add(TestPeer.address(server, nobody.peerId()));
            try (SwarmNode node = setup.start(kit)) {
                Leftovers.awaitThreadIn("swarm-dial", "NioSocketImpl.connect");
                impatience.end();
                log.await(nobody.peerId().toString(), "cannot be reached: no TCP connection within 10000 ms");
                node.servesAnHonestPeer();
            }
        } finally {
            for (Socket socket : queue) {
                socket.close();
            }
        }
    }

    @Test
    void theNodeUnderAnotherName() throws IOException {
        int port = freePort();
        setup.listen = List.of(new HostAndPort("127.0.0.1", port));
        NodeIdentity nobody = TestPeer.someone();
        setup.bootstrap.add(new PeerAddress(nobody.peerId(), new HostAndPort("127.0.0.1", port)));
        try (SwarmNode node = setup.start(kit)) {
            log.await("cannot be reached: expected peer " + nobody.peerId() + ", found " + setup.identity.peerId());
            log.await("127.0.0.1 is no peer: this is the node itself");
            node.servesAnHonestPeer();
        }
    }

    @Test
    void theNodeUnderItsOwnNameIsNotDialled() throws IOException {
        try (ServerSocket server = TestPeer.listen()) {
            setup.bootstrap.add(TestPeer.address(server, setup.identity.peerId()));
            try (SwarmNode node = setup.start(kit)) {
                assertEquals(List.of(), node.connected());
                Leftovers.awaitNoThreads("swarm-dial");
            }
        }
    }

    @Test
    void addressOutOfReachIsNotDialled() throws IOException {
        NodeIdentity far = TestPeer.someone();
        setup.bootstrap.add(new PeerAddress(far.peerId(), new HostAndPort("192.0.2.1", 6881)));
        try (SwarmNode node = setup.start(kit)) {
            log.await(far.peerId().toString(), "cannot be reached: 192.0.2.1 is not talked to: share is LAN");
            node.servesAnHonestPeer();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket server = new ServerSocket(0)) {
            return server.getLocalPort();
        }
    }

    // Listening.

    @Test
    void addressOutOfReachIsNotGreeted() throws IOException {
        var handshake = new Handshake(setup.identity, Handshake.hello("node", 0), RateLimits.none(),
                new OutboxRoom(1 << 20, 50),
                SwarmSettings.STANDARD);
        ServerSocket server = TestPeer.listen();
        server.setSoTimeout(0);
        try (Endpoint endpoint = new Endpoint(Share.OFF, handshake, List.of(server), SwarmSettings.STANDARD,
                new AddressBook(InstantSource.system()),
                new KeyBook(InstantSource.system(), List.of(), List.of()), new OwnPort(List.of(), 0, false))) {
            List<Swarm.Command> told = Collections.synchronizedList(new ArrayList<>());
            endpoint.start(told::add);
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort())) {
                log.await("127.0.0.1 is not talked to: share is OFF");
                socket.setSoTimeout((int) PATIENCE.toMillis());
                assertEquals(-1, socket.getInputStream().read());
            }
            assertEquals(List.of(), told);
        }
    }

    @Test
    void nothingListensWhenNothingIsShared() throws IOException {
        setup.share = Share.OFF;
        NodeIdentity friend = TestPeer.someone();
        try (ServerSocket server = TestPeer.listen()) {
            setup.bootstrap.add(TestPeer.address(server, friend.peerId()));
            try (SwarmNode node = setup.start(kit)) {
                assertEquals(List.of(), node.endpoint.listening());
                assertEquals(List.of(), node.connected());
                Leftovers.awaitNoThreads("swarm-");
            }
        }
    }

    @Test
    void portInUse() throws IOException {
        try (ServerSocket server = TestPeer.listen()) {
            setup.listen = List.of(new HostAndPort("127.0.0.1", 0),
                    new HostAndPort("127.0.0.1", server.getLocalPort()));
            IOException refused = assertThrows(IOException.class, () -> setup.start(kit));
            assertEquals("listen_address: cannot listen at 127.0.0.1:" + server.getLocalPort()
                    + ": Address already in use", refused.getMessage());
        }
    }

    // The end.

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void nothingIsLeft() throws IOException {
        setup.lastWord = Duration.ofMillis(500);
        NodeIdentity friend = TestPeer.someone();
        NodeIdentity silent = TestPeer.someone();
        try (ServerSocket server = TestPeer.listen(); ServerSocket slow = TestPeer.listen()) {
            setup.bootstrap.add(TestPeer.address(server, friend.peerId()));
            setup.bootstrap.add(TestPeer.address(slow, silent.peerId()));
            SwarmNode node = setup.start(kit);
            int port = node.port();
            TestPeer dialled = TestPeer.accept(server, friend);
            node.up(friend.peerId());
            TestPeer inbound = TestPeer.dial(node);
            node.up(inbound.id());
            TestPeer deaf = TestPeer.dial(node);
            node.up(deaf.id());
            askWithoutReading(node, deaf);
            Socket stranger = TestPeer.connect(node, "127.0.0.1");
            Socket waiting = slow.accept();

            TestProbe<Object> probe = kit.createTestProbe();
            node.swarm.tell(new Swarm.Stop(setup.lastWord));
            probe.expectTerminated(node.swarm, PATIENCE);
            assertEquals("the node stops", dialled.expectGoodbye(GoodbyeReason.SHUTDOWN));
            assertEquals("the node stops", inbound.expectGoodbye(GoodbyeReason.SHUTDOWN));
            dialled.close();
            inbound.close();
            // The deaf one is still there, and has not read on.
            node.endpoint.close();
            Leftovers.awaitNoThreads("peer-");
            Leftovers.awaitNoThreads("swarm-");
            node.close();
            deaf.close();
            stranger.close();
            waiting.close();
            Leftovers.awaitNoSockets(port);
            assertThrows(SocketException.class, () -> new Socket(InetAddress.getLoopbackAddress(), port).close());
        }
    }

    /** Leaves the node with a write that cannot end. */
    private static void askWithoutReading(SwarmNode node, TestPeer deaf) throws IOException {
        OutputStream out = deaf.tls.getOutputStream();
        for (int i = 0; i < PeerSession.SERVING; i++) {
            out.write(FrameEncoder.encode(new SwarmMessage.BlockRequest(new RequestId(i), node.nar.hash(),
                    node.nar.manifest().root(), 0)).head());
        }
        Leftovers.awaitThreadIn("peer-writer", "NioSocketImpl.implWrite");
    }

    /** A handshake that ends at the same time as the swarm leaves no connection behind. */
    @Test
    void connectionThatNobodyTakes() throws IOException {
        SwarmNode node = setup.start(kit);
        kit.stop(node.swarm, PATIENCE);
        Leftovers.awaitNoThreads("swarm-");
        assertThrows(SocketException.class, () -> new Socket(InetAddress.getLoopbackAddress(), node.port()).close());

        ServerSocket server = TestPeer.listen();
        server.setSoTimeout(0);
        var handshake = new Handshake(setup.identity, Handshake.hello("node", 0), RateLimits.none(),
                new OutboxRoom(1 << 20, 50),
                SwarmSettings.STANDARD);
        Endpoint endpoint = new Endpoint(Share.LAN, handshake, List.of(server), SwarmSettings.STANDARD,
                new AddressBook(InstantSource.system()),
                new KeyBook(InstantSource.system(), List.of(), List.of()), new OwnPort(List.of(), 0, false));
        endpoint.start(command -> {
            // As if the swarm had stopped a moment ago.
        });
        NodeIdentity identity = TestPeer.someone();
        Socket tcp = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort());
        tcp.setSoTimeout((int) PATIENCE.toMillis());
        var tls = new PeerTls(identity).connect(tcp);
        tls.getOutputStream().write(FrameEncoder.encode(TestPeer.hello()).head());
        assertTrue(tls.getInputStream().read() >= 0);
        endpoint.close();
        assertThrows(IOException.class, () -> {
            while (tls.getInputStream().read() >= 0) {
                // The rest of its hello.
            }
            throw new IOException("it ended");
        });
        node.close();
        tcp.close();
        Leftovers.awaitNoSockets(server.getLocalPort());
    }
}
