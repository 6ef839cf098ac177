// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whoever dials a node and is no peer is hung up on, for a reason that is logged, and costs others nothing. */
class HostileHandshakeTest {
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
        kit = ActorTestKit.create("handshake");
    }

    @AfterAll
    static void stopActors() {
        kit.shutdownTestKit();
    }

    private SwarmNode start() throws IOException {
        return setup.start(kit);
    }

    private void refused(SwarmNode node, String... reason) throws IOException {
        String line = log.await(reason);
        assertTrue(line.startsWith("127.0.0.1 is no peer: "), line);
        assertEquals(List.of(), node.connected());
        node.servesAnHonestPeer();
    }

    /** Sends bytes that are no TLS, and waits for the end. */
    private void plain(byte[] bytes, String... reason) throws IOException {
        try (SwarmNode node = start(); Socket socket = TestPeer.connect(node, "127.0.0.1")) {
            socket.getOutputStream().write(bytes);
            refused(node, reason);
            assertEnds(socket);
        }
    }

    private static void assertEnds(Socket socket) {
        try {
            while (socket.getInputStream().read() >= 0) {
                // An alert may come first.
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the node did not hang up", e);
        } catch (IOException e) {
            // A reset is an end too.
        }
    }

    @Test
    void noTlsButHttp() throws IOException {
        plain("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII), "TLS: ",
                "Unsupported or unrecognized SSL");
    }

    @Test
    void noTlsButNoise() throws IOException {
        byte[] noise = new byte[5000];
        new Random(5).nextBytes(noise);
        noise[0] = (byte) 0x99;
        plain(noise, "TLS: ", "Unsupported or unrecognized SSL");
    }

    @Test
    void recordOfTlsThatIsNone() throws IOException {
        plain(new byte[]{0x16, 3, 3, 0, 4, 1, 0, 0, 0}, "TLS: ");
    }

    @Test
    void recordOfTlsThatIsTooLong() throws IOException {
        plain(new byte[]{0x16, 3, 3, (byte) 0xff, (byte) 0xff, 1, 0, 0, 0}, "TLS: ");
    }

    @Test
    void hangsUpWithoutAWord() throws IOException {
        try (SwarmNode node = start()) {
            TestPeer.connect(node, "127.0.0.1").close();
            refused(node, "TLS: ", "Remote host terminated the handshake");
        }
    }

    private void badTls(HostileTls client, String... reason) throws IOException {
        try (SwarmNode node = start(); Socket socket = TestPeer.connect(node, "127.0.0.1")) {
            client.handshake(socket);
            refused(node, reason);
            assertEnds(socket);
        }
    }

    private static HostileTls honest() {
        NodeIdentity identity = TestPeer.someone();
        return new HostileTls(identity.keys().getPrivate(), identity.certificate());
    }

    @Test
    void tlsOfTheVersionBefore() throws IOException {
        badTls(honest().version("TLSv1.2"), "TLS: ",
                "The client supported protocol versions [TLSv1.2] are not accepted");
    }

    @Test
    void noClientCertificate() throws IOException {
        badTls(new HostileTls(), "TLS: ", "Empty client certificate chain");
    }

    @Test
    void rsaKey() throws Exception {
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(2048);
        KeyPair keys = rsa.generateKeyPair();
        badTls(new HostileTls(keys.getPrivate(), HostileTls.certificate(keys.getPublic(), keys, "SHA256withRSA")),
                "TLS: ", "the certificate has no Ed25519 key");
    }

    @Test
    void ecKey() throws Exception {
        KeyPairGenerator ec = KeyPairGenerator.getInstance("EC");
        ec.initialize(256);
        KeyPair keys = ec.generateKeyPair();
        badTls(new HostileTls(keys.getPrivate(), HostileTls.certificate(keys.getPublic(), keys, "SHA256withECDSA")),
                "TLS: ", "the certificate has no Ed25519 key");
    }

    @Test
    void ed448Key() throws Exception {
        KeyPair keys = KeyPairGenerator.getInstance("Ed448").generateKeyPair();
        badTls(new HostileTls(keys.getPrivate(), HostileTls.certificate(keys.getPublic(), keys, "Ed448")),
                "TLS: ", "the certificate has no Ed25519 key");
    }

    @Test
    void certificateSignedByAnotherKey() throws Exception {
        KeyPair own = TestPeer.someone().keys();
        KeyPair other = TestPeer.someone().keys();
        badTls(new HostileTls(own.getPrivate(), HostileTls.certificate(own.getPublic(), other, "Ed25519")),
                "TLS: ", "the certificate is not signed by its own key");
    }

    /** Somebody shows another's certificate without having its key. */
    @Test
    void certificateOfSomebodyElse() throws IOException {
        NodeIdentity victim = TestPeer.someone();
        badTls(new HostileTls(TestPeer.someone().keys().getPrivate(), victim.certificate()), "TLS: ");
    }

    @Test
    void malformedCertificate() throws IOException {
        NodeIdentity identity = TestPeer.someone();
        badTls(new HostileTls(identity.keys().getPrivate(), new MalformedCertificate(identity.certificate())),
                "TLS: ", "Failed to parse");
    }

    @Test
    void chainOfTwo() throws IOException {
        NodeIdentity identity = TestPeer.someone();
        badTls(new HostileTls(identity.keys().getPrivate(), identity.certificate(), TestPeer.someone().certificate()),
                "TLS: ", "one self-signed certificate expected, found 2");
    }

    @Test
    void hugeChain() throws IOException {
        NodeIdentity identity = TestPeer.someone();
        List<X509Certificate> chain = new ArrayList<>(Collections.nCopies(2000, identity.certificate()));
        badTls(new HostileTls(identity.keys().getPrivate(), chain.toArray(X509Certificate[]::new)), "TLS: ",
                "exceeds the maximum allowed");
    }

    @Test
    void otherApplicationProtocol() throws IOException {
        badTls(honest().applicationProtocols("h2"), "TLS: ", "No matching application layer protocol");
    }

    @Test
    void noApplicationProtocol() throws IOException {
        badTls(honest().applicationProtocols(), "the other side does not speak guix-p2p/1");
    }

    @Test
    void theNodeItself() throws IOException {
        try (SwarmNode node = start()) {
            TestPeer mirror = TestPeer.dialTls(node, node.identity, "127.0.0.1");
            refused(node, "this is the node itself");
            mirror.expectEnd();
        }
    }

    // After TLS.

    private interface Words {
        void say(TestPeer peer) throws IOException;
    }

    private void badHello(Words words, String reason) throws IOException {
        try (SwarmNode node = start(); TestPeer peer = TestPeer.dialTls(node, TestPeer.someone(), "127.0.0.1")) {
            words.say(peer);
            assertInstanceOf(SwarmMessage.Hello.class, peer.next());
            assertEquals(reason, peer.expectGoodbye(GoodbyeReason.MALFORMED));
            refused(node, reason);
        }
    }

    @Test
    void otherMessageFirst() throws IOException {
        badHello(peer -> peer.send(new SwarmMessage.Ping(1)), "its first message is no hello");
    }

    @Test
    void questionFirst() throws IOException {
        badHello(peer -> peer.send(new SwarmMessage.Cancel(new RequestId(3))), "its first message is no hello");
    }

    @Test
    void versionZero() throws IOException {
        // {"version": 0, "slots": 1}
        badHello(peer -> peer.sendRaw(0, 0, 0, 18, 1, 0xa2, 0x67, 'v', 'e', 'r', 's', 'i', 'o', 'n', 0, 0x65, 's', 'l',
                'o', 't', 's', 1), "hello: version out of range: 0");
    }

    @Test
    void helloThatIsNoCbor() throws IOException {
        badHello(peer -> peer.sendRaw(0, 0, 0, 3, 1, 0xff, 0xff),
                "hello: malformed CBOR: 'Unexpected Break (0xFF) token in Root context'");
    }

    @Test
    void helloWithoutAnEnd() throws IOException {
        badHello(peer -> peer.sendRaw(0x7f, 0xff, 0xff, 0xff, 1),
                "hello: a body of 2147483646 bytes, at most 65536 allowed");
    }

    @Test
    void goodbyeInsteadOfHello() throws IOException {
        try (SwarmNode node = start(); TestPeer peer = TestPeer.dialTls(node, TestPeer.someone(), "127.0.0.1")) {
            peer.send(SwarmMessage.Goodbye.of(GoodbyeReason.FULL, "full house"));
            refused(node, "it said goodbye: full full house");
            peer.expectEnd();
        }
    }

    @Test
    void hangsUpInsteadOfHello() throws IOException {
        try (SwarmNode node = start(); TestPeer peer = TestPeer.dialTls(node, TestPeer.someone(), "127.0.0.1")) {
            peer.tls.close();
            refused(node, "it hung up before its hello");
        }
    }

    @Test
    void framesOfTypesToComeAreSkippedBeforeTheHello() throws IOException {
        try (SwarmNode node = start(); TestPeer peer = TestPeer.dialTls(node, TestPeer.someone(), "127.0.0.1")) {
            peer.sendRaw(0, 0, 0, 3, 200, 1, 2);
            peer.send(TestPeer.hello());
            node.up(peer.id());
        }
    }

    // Silence.

    @Test
    void saysNothingAtAll() throws IOException {
        setup.patience = impatience;
        try (SwarmNode node = start(); Socket socket = TestPeer.connect(node, "127.0.0.1")) {
            Leftovers.awaitThreadIn("swarm-greet", "NioSocketImpl.implRead");
            impatience.end();
            log.await("no TLS within 10000 ms");
            assertEnds(socket);
        }
    }

    @Test
    void saysNothingAfterTls() throws IOException {
        setup.patience = impatience;
        try (SwarmNode node = start(); TestPeer peer = TestPeer.dialTls(node, TestPeer.someone(), "127.0.0.1")) {
            assertInstanceOf(SwarmMessage.Hello.class, peer.next());
            impatience.end();
            log.await("no hello within 10000 ms");
            peer.expectEnd();
        }
    }

    /** Each byte comes soon after the one before: a timeout for each read would never run out. */
    @Test
    void dripsBytesOfTls() throws IOException {
        setup.patience = impatience;
        try (SwarmNode node = start(); Socket socket = TestPeer.connect(node, "127.0.0.1")) {
            // The head of a handshake record of 15,872 bytes.
            socket.getOutputStream().write(new byte[]{0x16, 3, 3, 0x3e, 0});
            Leftovers.awaitThreadIn("swarm-greet", "NioSocketImpl.implRead");
            drip(socket.getOutputStream(), "no TLS within 10000 ms");
            node.servesAnHonestPeer();
        }
    }

    @Test
    void dripsBytesOfAHello() throws IOException {
        setup.patience = impatience;
        try (SwarmNode node = start(); TestPeer peer = TestPeer.dialTls(node, TestPeer.someone(), "127.0.0.1")) {
            assertInstanceOf(SwarmMessage.Hello.class, peer.next());
            peer.sendRaw(0, 0, 0x40, 0, 1, 0xa1);
            drip(peer.tls.getOutputStream(), "no hello within 10000 ms");
        }
    }

    /** Sends a byte now and then until the node says that it has had enough. */
    private void drip(OutputStream out, String enough) throws IOException {
        for (int i = 0; i < 10_000; i++) {
            if (i == 10) {
                impatience.end();
            }
            if (log.within(Duration.ofMillis(5), enough)) {
                return;
            }
            try {
                out.write(0);
            } catch (SocketException | SSLException e) {
                // The line in the log comes right after.
                log.await(enough);
            }
        }
        throw new AssertionError("the node listens for ever");
    }

    // Room for others.

    @Test
    void oneAddressDoesNotKeepOthersOut() throws IOException {
        setup.greetings = 4;
        setup.greetingsPerAddress = 2;
        List<Socket> silent = new ArrayList<>();
        try (SwarmNode node = start()) {
            for (int i = 0; i < 8; i++) {
                silent.add(TestPeer.connect(node, "127.0.0.2"));
            }
            for (int i = 2; i < 8; i++) {
                assertEnds(silent.get(i));
            }
            log.await("127.0.0.2 is not talked to: 2 of its connections have not said who they are");
            node.servesAnHonestPeer();
            silent.get(0).close();
            log.await("127.0.0.2 is no peer");
            try (TestPeer peer = TestPeer.dial(node, TestPeer.someone(), "127.0.0.2")) {
                node.up(peer.id());
            }
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    /** It would be free at once for whoever dials again and again, and each has a connection for a second. */
    @Test
    void whoIsTurnedAwayKeepsItsPlaceUntilItIsGone() throws IOException {
        setup.greetings = 1;
        setup.maxPeers = 0;
        setup.lastWord = Duration.ofHours(1);
        try (SwarmNode node = start()) {
            TestPeer first = TestPeer.dial(node);
            log.await(first.id().toString(), "is turned away: no room for another peer");
            try (Socket second = TestPeer.connect(node, "127.0.0.1")) {
                Leftovers.awaitThreadIn("swarm-accept", "Semaphore.acquireUninterruptibly");
                assertEquals(List.of(), Leftovers.threads("swarm-greet"));
                first.close();
                Leftovers.awaitThreadIn("swarm-greet", "NioSocketImpl.implRead");
                assertTrue(second.isConnected());
            }
        }
    }

    /** More than the node greets at a time wait, and get their turn when others run out of time. */
    @Test
    void silentStrangersFromEverywhereHoldOthersUpOnlyForAWhile() throws IOException {
        setup.greetings = 3;
        setup.patience = impatience;
        List<Socket> silent = new ArrayList<>();
        try (SwarmNode node = start()) {
            for (int i = 0; i < 2 * setup.greetings; i++) {
                silent.add(TestPeer.connect(node, "127.0.0." + (10 + i)));
            }
            impatience.end(setup.greetings);
            impatience.end(setup.greetings);
            node.servesAnHonestPeer();
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }
}
