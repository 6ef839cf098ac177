// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.persistence.addresses.KeyBook;
import org.guixp2p.persistence.addresses.KnownKey;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Peers that are elsewhere by now are dialled where they say that they are; their keys are learnt when they are met. */
class MovedDialsTest {
    private static ActorTestKit kit;

    private final SwarmNode.Setup setup = new SwarmNode.Setup();
    private final NodeIdentity friend = TestPeer.someone();

    @BeforeAll
    static void startActors() {
        kit = ActorTestKit.create("moved-dials");
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }

    private static InetSocketAddress at(ServerSocket server) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
    }

    private static List<PeerId> missing(SwarmNode node, PeerId... among) {
        return look(node, among).missing();
    }

    private record Missing(List<PeerId> missing, Set<PeerId> connected) {}

    private static Missing look(SwarmNode node, PeerId... among) {
        TestProbe<Missing> probe = kit.createTestProbe();
        node.swarm.tell(new Swarm.FindMissing(List.of(among),
                (missing, connected) -> probe.ref().tell(new Missing(missing, connected))));
        return probe.receiveMessage();
    }

    private void name(int... ports) {
        for (int port : ports) {
            setup.bootstrap.add(new PeerAddress(friend.peerId(), new HostAndPort("127.0.0.1", port)));
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket server = TestPeer.listen()) {
            return server.getLocalPort();
        }
    }

    /** However few places are free: whoever was named has one. */
    @Test
    void oneThatTheUserNamedIsDialledThereAndLaterToo() throws IOException {
        setup.maxPeers = 1;
        name(freePort());
        NodeIdentity other = TestPeer.someone();
        try (SwarmNode node = setup.start(kit); ServerSocket there = TestPeer.listen()) {
            TestPeer.dial(node, other);
            node.up(other.peerId());
            assertEquals(List.of(friend.peerId()), missing(node, friend.peerId(), other.peerId()));
            node.swarm.tell(new Swarm.Moved(friend.peerId(),
                    List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort()), at(there))));
            TestPeer.accept(there, friend);
            node.up(friend.peerId());
            assertEquals(List.of(), missing(node, friend.peerId()));
        }
    }

    /** Somebody else at the address is not taken for the peer. */
    @Test
    void whoIsThereHasToShowThatHeIsTheOneThatTheUserNamed() throws IOException {
        name(freePort());
        try (SwarmNode node = setup.start(kit); ServerSocket there = TestPeer.listen()) {
            node.swarm.tell(new Swarm.Moved(friend.peerId(), List.of(at(there))));
            try (TestPeer other = TestPeer.acceptTls(there, TestPeer.someone())) {
                other.expectEnd();
            }
            assertEquals(List.of(), node.connected());
        }
    }

    @Test
    void anotherOneIsDialledWhileHalfOfThePlacesAreFree() throws IOException {
        setup.maxPeers = 2;
        NodeIdentity other = TestPeer.someone();
        try (SwarmNode node = setup.start(kit);
                ServerSocket there = TestPeer.listen();
                ServerSocket late = TestPeer.listen();
                ServerSocket later = TestPeer.listen()) {
            assertEquals(List.of(friend.peerId(), other.peerId()), missing(node, friend.peerId(), other.peerId()));
            node.swarm.tell(new Swarm.Moved(friend.peerId(), List.of(at(there))));
            TestPeer.accept(there, friend);
            node.up(friend.peerId());
            assertEquals(new Missing(List.of(), Set.of(friend.peerId())),
                    look(node, friend.peerId(), other.peerId()));
            node.swarm.tell(new Swarm.Moved(other.peerId(), List.of(at(late))));
            TestProbe<Swarm.Met> met = kit.createTestProbe();
            node.swarm.tell(new Swarm.Meet(at(later), Optional.empty(), met.ref()));
            NodeIdentity wanted = TestPeer.someone();
            TestPeer.accept(later, wanted);
            node.up(wanted.peerId());
            assertNobodyDials(late);
        }
    }

    /** One that is named is dialled at one address after the other: each way to the end counts as a failure. */
    @Test
    void whileOneOfItsAddressesIsBeingDialledTheNewOnesWait() throws IOException {
        NodeIdentity other = TestPeer.someone();
        try (ServerSocket silent = TestPeer.listen();
                ServerSocket there = TestPeer.listen();
                ServerSocket later = TestPeer.listen()) {
            name(silent.getLocalPort());
            try (SwarmNode node = setup.start(kit)) {
                Socket dialled = silent.accept();
                node.swarm.tell(new Swarm.Moved(friend.peerId(), List.of(at(there))));
                node.swarm.tell(new Swarm.Moved(friend.peerId(), List.of(at(there))));
                node.connected();
                node.swarm.tell(new Swarm.Neighbour(other.peerId(), at(later), Swarm.Neighbour.Source.REMEMBERED));
                TestPeer.accept(later, other);
                node.up(other.peerId());
                assertNobodyDials(there);
                dialled.close();
                TestPeer.accept(there, friend);
                node.up(friend.peerId());
                assertEquals(0, node.reputation.known(friend.peerId()).dialStreak());
            }
        }
    }

    /** To be asked when a dial that was begun later has come to its end. */
    private static void assertNobodyDials(ServerSocket server) throws IOException {
        int patience = server.getSoTimeout();
        server.setSoTimeout(1);
        assertThrows(SocketTimeoutException.class, server::accept);
        server.setSoTimeout(patience);
    }

    @Test
    void theKeysOfThoseAreLearntWhoWereDialledOrNamed() throws IOException {
        NodeIdentity dialled = TestPeer.someone();
        NodeIdentity stranger = TestPeer.someone();
        setup.keys = new KeyBook(InstantSource.system(), List.of(), List.of(friend.peerId()));
        try (SwarmNode node = setup.start(kit); ServerSocket server = TestPeer.listen()) {
            node.swarm.tell(new Swarm.Neighbour(dialled.peerId(), at(server), Swarm.Neighbour.Source.REMEMBERED));
            TestPeer.accept(server, dialled);
            node.up(dialled.peerId());
            for (NodeIdentity came : List.of(friend, stranger)) {
                TestPeer.dial(node, came);
                node.up(came.peerId());
            }
            node.connected();
            assertEquals(Optional.of(dialled.publicKey()), key(dialled.peerId()));
            assertEquals(Optional.of(friend.publicKey()), key(friend.peerId()));
            assertEquals(Optional.empty(), key(stranger.peerId()));
        }
    }

    private Optional<Octets> key(PeerId peer) {
        return setup.keys.of(peer).map(KnownKey::publicKey);
    }
}
