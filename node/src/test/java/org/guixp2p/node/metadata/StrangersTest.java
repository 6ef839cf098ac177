// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.node.http.HttpSettings;
import org.guixp2p.node.http.Strangers;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that nobody named: what they are asked, and what their word is worth. */
class StrangersTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final StorePath HELLO = TestNarinfos.HELLO;

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private final Set<Integer> strangers = ConcurrentHashMap.newKeySet();
    private final HttpSettings settings = TestSettings.of(LONG, LONG, 1, 64, 1).wary(new Strangers() {
        @Override
        public boolean isAt(URI uri) {
            return strangers.contains(uri.getPort());
        }

        @Override
        public boolean mayHearOf(StorePath item) {
            return !item.name().startsWith("secret");
        }
    });

    @AfterEach
    void close() {
        kit.shutdownTestKit();
    }

    private TestServer stranger(TestServer.Page page) throws IOException {
        TestServer server = TestServer.pages(page);
        strangers.add(server.uri().getPort());
        return server;
    }

    private static TestServer nothing() throws IOException {
        return TestServer.pages((path, connection) -> connection.answer(404, ""));
    }

    @Test
    void theirNarinfosCountWhenAKeyOfTheAclHasSignedThem() throws IOException {
        try (MetadataSite site = new MetadataSite(kit, directory, settings, "publisher");
                TestServer stranger = stranger((path, connection) -> connection.answer(200,
                        Fixtures.bytes("narinfo/" + HELLO.hashPart() + ".signed-by-second.narinfo")))) {
            assertEquals(Optional.empty(), site.whole(HELLO, stranger));
            site.authorise("publisher", "second");
            assertEquals(List.of(stranger.uri()), site.whole(HELLO, stranger).orElseThrow().offers().stream()
                    .map(offer -> offer.server().uri()).distinct().toList());
        }
    }

    /** Who is asked is another question each time, and what each of those who stay has said is known. */
    @Test
    void whenTheyLeaveOneByOneTheOthersAreNotAskedAgain() throws IOException {
        TestServer.Page page = (path, connection) -> connection.answer(200, TestNarinfos.signed(HELLO));
        try (MetadataSite site = new MetadataSite(kit, directory, settings, "publisher");
                TestServer named = nothing();
                TestServer first = stranger(page);
                TestServer second = stranger(page);
                TestServer third = stranger((path, connection) -> connection.answer(404, ""))) {
            assertTrue(site.whole(HELLO, named, first, second, third).isPresent());
            assertTrue(site.whole(HELLO, named, second, third).isPresent());
            assertEquals(Optional.empty(), site.whole(HELLO, named, third));
            assertEquals(Optional.empty(), site.whole(HELLO, named));
            for (TestServer server : List.of(named, first, second, third)) {
                assertEquals(List.of(TestNarinfos.url(HELLO)), server.requests());
            }
        }
    }

    @Test
    void withoutASignatureTheyAreNotBelieved() throws IOException {
        String signed = Fixtures.text("narinfo/" + HELLO.hashPart() + ".narinfo");
        byte[] unsigned = signed.replaceAll("(?m)^Signature: .*\n", "").getBytes(StandardCharsets.UTF_8);
        try (MetadataSite site = new MetadataSite(kit, directory, settings);
                TestServer stranger = stranger((path, connection) -> connection.answer(200, unsigned))) {
            assertEquals(Optional.empty(), site.whole(HELLO, stranger));
            assertFalse(stranger.requests().isEmpty());
        }
    }

    /** Whoever asks others on our behalf may ask us. */
    @Test
    void theyAloneAreAskedForNoMoreThanTheyHave() throws IOException {
        try (MetadataSite site = new MetadataSite(kit, directory, settings);
                TestServer named = nothing();
                TestServer stranger = stranger((path, connection) -> connection.answer(404, ""))) {
            assertEquals(Optional.empty(), site.whole(HELLO, named, stranger));
            assertTrue(stranger.heads().getFirst().contains("Cache-Control: only-if-cached"),
                    stranger.heads()::toString);
            assertFalse(named.heads().getFirst().contains("only-if-cached"), named.heads()::toString);
        }
    }

    @Test
    void theyDoNotHearOfWhatTheUserKeepsFromOthersNeitherAskedNorAhead() throws IOException {
        StorePath root = TestNarinfos.item("root");
        StorePath secret = TestNarinfos.item("secret-plan");
        StorePath open = TestNarinfos.item("open");
        try (MetadataSite site = new MetadataSite(kit, directory, settings, "publisher");
                TestServer named = TestServer.pages((path, connection) -> {
                    if (path.equals(TestNarinfos.url(root))) {
                        connection.answer(200, TestNarinfos.signed(root, secret, open));
                    } else {
                        connection.answer(404, "");
                    }
                });
                TestServer stranger = stranger((path, connection) -> connection.answer(404, ""))) {
            assertTrue(site.whole(root, named, stranger).isPresent());
            // Both references are looked up ahead, the one after the other.
            named.awaitRequests(3);
            stranger.awaitRequests(2);
            assertEquals(Optional.empty(), site.whole(secret, named, stranger));
            assertEquals(Set.of(TestNarinfos.url(root), TestNarinfos.url(open)), Set.copyOf(stranger.requests()));
            assertTrue(named.requests().contains(TestNarinfos.url(secret)));
        }
    }

    /** Without the Internet peers are asked, though a server next door has nothing. */
    @Test
    void thatTheyHaveNothingIsNoReasonNotToAskPeers() throws IOException {
        Queue<StorePath> askedOfPeers = new ConcurrentLinkedQueue<>();
        PeerNarinfos peers = (path, valid) -> {
            askedOfPeers.add(path);
            return CompletableFuture.completedFuture(Optional.empty());
        };
        try (MetadataSite site = new MetadataSite(kit, directory, settings, peers, "publisher");
                TestServer named = nothing();
                TestServer stranger = stranger((path, connection) -> connection.answer(404, ""))) {
            assertEquals(Optional.empty(), site.whole(HELLO, stranger));
            assertEquals(List.of(HELLO), List.copyOf(askedOfPeers));
            StorePath other = TestNarinfos.item("other");
            assertEquals(Optional.empty(), site.whole(other, named, stranger));
            assertEquals(List.of(HELLO), List.copyOf(askedOfPeers));
        }
    }

    @Test
    void whoeverDoesNotAnswerHoldsNobodyUpForLong() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (MetadataSite site = new MetadataSite(kit, directory, settings, "publisher");
                TestServer named = nothing();
                TestServer stranger = stranger((path, connection) -> {
                    go.await();
                    connection.answer(200, TestNarinfos.signed(HELLO));
                })) {
            CompletableFuture<Optional<TrustedNarinfo>> asked = site.metadata
                    .lookupWhole(HELLO, AskedServers.of(List.of(named.uri()), List.of(stranger.uri())))
                    .toCompletableFuture();
            stranger.awaitRequests(1);
            Eventually.holds(() -> site.waiting() == 1, () -> "somebody to wait for the stranger");
            assertFalse(asked.isDone());
            site.pass(Metadata.STRANGERS);
            assertEquals(Optional.empty(), Eventually.get(asked));
            go.countDown();
            // What comes later is not lost.
            Eventually.holds(() -> site.lookup(HELLO, named, stranger).isPresent(), () -> "the stranger's narinfo");
        }
    }

    /** Else whoever is next door, and quick, would be the only one that is asked for the NAR. */
    @Test
    void whoeverIsQuickNextDoorDoesNotTakeThePlaceOfNamedServers() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (MetadataSite site = new MetadataSite(kit, directory, settings, "publisher");
                TestServer named = TestServer.pages((path, connection) -> {
                    go.await();
                    connection.answer(200, TestNarinfos.signed(HELLO));
                });
                TestServer stranger = stranger((path, connection) -> connection.answer(200,
                        TestNarinfos.signed(HELLO)))) {
            CompletableFuture<Optional<TrustedNarinfo>> asked = site.metadata
                    .lookupWhole(HELLO, AskedServers.of(List.of(named.uri()), List.of(stranger.uri())))
                    .toCompletableFuture();
            Eventually.holds(() -> site.waiting() == 1, () -> "somebody to wait for the named server");
            site.pass(Metadata.GRACE);
            assertFalse(asked.isDone());
            go.countDown();
            Eventually.holds(() -> site.waiting() >= 1, () -> "somebody to wait for others");
            assertEquals(2, Eventually.get(asked).orElseThrow().offers().stream().map(offer -> offer.server().uri())
                    .distinct().count());
        }
    }

    /** Whoever is on the network can announce any server there, also one that a client names. */
    @Test
    void whoeverIsNamedForAQuestionIsNoStrangerToIt() throws IOException {
        Queue<StorePath> askedOfPeers = new ConcurrentLinkedQueue<>();
        PeerNarinfos peers = (path, valid) -> {
            askedOfPeers.add(path);
            return CompletableFuture.completedFuture(Optional.empty());
        };
        StorePath secret = TestNarinfos.item("secret-plan");
        try (MetadataSite site = new MetadataSite(kit, directory, settings, peers, "publisher");
                TestServer announced = stranger((path, connection) -> connection.answer(404, ""))) {
            AskedServers named = AskedServers.of(List.of(announced.uri()), List.of(announced.uri()));
            assertEquals(Optional.empty(), Eventually.get(site.metadata.lookupWhole(secret, named)));
            assertEquals(List.of(TestNarinfos.url(secret)), announced.requests());
            assertEquals(List.of(), List.copyOf(askedOfPeers), "its no is a word");
            // For whoever has not named it, it is what it was.
            assertEquals(Optional.empty(), site.whole(secret, announced));
            assertEquals(List.of(secret), List.copyOf(askedOfPeers));
            assertEquals(1, announced.requests().size());
        }
    }

    @Test
    void theySendUsNowhereElse() throws IOException {
        try (MetadataSite site = new MetadataSite(kit, directory, settings);
                TestServer victim = TestServer.pages((path, connection) -> connection.answer(200,
                        TestNarinfos.signed(HELLO)));
                TestServer stranger = stranger((path, connection) -> connection.answer(302, "",
                        "Location: " + victim.uri() + path))) {
            assertEquals(Optional.empty(), site.whole(HELLO, stranger));
            assertEquals(List.of(), victim.requests());
        }
    }
}
