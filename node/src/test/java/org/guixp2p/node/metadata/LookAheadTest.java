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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.node.http.HttpSettings;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is asked before the daemon asks, and what still comes when somebody has had his answer. */
class LookAheadTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int LEVELS = 4;
    private static final int WIDTH = 6;

    private static ActorTestKit kit;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create();
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    private MetadataSite site(HttpSettings settings, String... publicKeys) {
        return new MetadataSite(kit, directory, settings, publicKeys);
    }

    private MetadataSite site() {
        return site(TestSettings.of(LONG, LONG, 4, 64, 1), "second");
    }

    private static StorePath member(int level, int i) {
        return TestNarinfos.item("level-" + level + "-" + i);
    }

    /** Narinfos of a closure by where they lie: each item of a level refers to all of the next, and to itself. */
    private static Map<String, byte[]> closure() {
        Map<String, byte[]> narinfos = new HashMap<>();
        for (int level = 0; level < LEVELS; level++) {
            for (int i = 0; i < (level == 0 ? 1 : WIDTH); i++) {
                StorePath own = member(level, i);
                int next = level + 1;
                StorePath[] references = next == LEVELS
                        ? new StorePath[]{own}
                        : IntStream.range(0, WIDTH).mapToObj(j -> member(next, j)).toArray(StorePath[]::new);
                narinfos.put(TestNarinfos.url(own), TestNarinfos.signed(own, references));
            }
        }
        return narinfos;
    }

    @Test
    void aClosureCostsOneRoundTripALevel() throws IOException {
        Map<String, byte[]> narinfos = closure();
        Semaphore answers = new Semaphore(0);
        try (MetadataSite site = site();
                TestServer server = TestServer.pages((path, connection) -> {
                    answers.acquire();
                    connection.answer(200, Objects.requireNonNull(narinfos.get(path)));
                })) {
            CompletionStage<Optional<TrustedNarinfo>> root = site.metadata.lookup(member(0, 0),
                    MetadataSite.asked(server));
            int asked = 0;
            for (int level = 0; level < LEVELS; level++) {
                int width = level == 0 ? 1 : WIDTH;
                // All of a level are asked for before any of them has its answer.
                server.awaitRequests(asked + width);
                Set<String> round = new HashSet<>(server.requests().subList(asked, asked + width));
                int at = level;
                assertEquals(new HashSet<>(IntStream.range(0, width)
                        .mapToObj(i -> TestNarinfos.url(member(at, i))).toList()), round);
                asked += width;
                answers.release(width);
            }
            assertTrue(Eventually.get(root).isPresent());
            // Now the daemon walks the closure, one path at a time: all of it is there.
            for (int level = 1; level < LEVELS; level++) {
                for (int i = 0; i < WIDTH; i++) {
                    assertTrue(site.lookup(member(level, i), server).isPresent());
                }
            }
            assertEquals(narinfos.size(), server.requests().size());
        }
    }

    @Test
    void nothingIsLookedUpAheadWhereThatIsOff() throws IOException {
        Map<String, byte[]> narinfos = closure();
        try (MetadataSite site = new MetadataSite(kit, directory, TestSettings.of(LONG, LONG, 1, 64, 1),
                PeerNarinfos.NOBODY, false, "second");
                TestServer server = TestServer.pages(
                        (path, connection) -> connection.answer(200, Objects.requireNonNull(narinfos.get(path))))) {
            List<StorePath> walk = List.of(member(0, 0), member(1, 3), member(2, 1), member(1, 0));
            for (StorePath path : walk) {
                assertTrue(site.lookup(path, server).isPresent());
            }
            assertEquals(walk.stream().map(TestNarinfos::url).toList(), server.requests());
        }
    }

    /** What is only to be passed on tells nobody more than it must. */
    @Test
    void whatIsLearntForOthersIsAllThatIsAskedForAndOfServersAlone() throws IOException {
        StorePath root = TestNarinfos.item("root");
        StorePath other = TestNarinfos.item("other");
        Queue<StorePath> askedOfPeers = new ConcurrentLinkedQueue<>();
        PeerNarinfos peers = (path, valid) -> {
            askedOfPeers.add(path);
            return CompletableFuture.completedFuture(Optional.empty());
        };
        try (MetadataSite site = new MetadataSite(kit, directory, TestSettings.of(LONG, LONG, 1, 64, 1), peers,
                "publisher");
                TestServer server = TestServer.pages((path, connection) -> {
                    if (path.equals(TestNarinfos.url(root))) {
                        connection.answer(200, TestNarinfos.signed(root, TestNarinfos.item("reference")));
                    } else {
                        connection.answer(404, "");
                    }
                })) {
            List<URI> urls = MetadataSite.urls(server);
            Eventually.get(site.metadata.learn(List.of(root), urls));
            NarHash hash = new NarHash(Sha256.hash(root.toString().getBytes(StandardCharsets.UTF_8)));
            assertTrue(site.metadata.publicProof(root, hash, urls).isPresent());
            assertEquals(Optional.empty(), site.lookup(other, server));
            assertEquals(List.of(TestNarinfos.url(root), TestNarinfos.url(other)), server.requests());
            Eventually.get(site.metadata.learn(List.of(other),
                    List.of(URI.create("http://127.0.0.1:" + TestServer.deadPort()))));
            assertEquals(List.of(), List.copyOf(askedOfPeers));
        }
    }

    @Test
    void whatIsAskedOvertakesWhatIsAheadAndIsNotSentTwice() throws IOException {
        StorePath root = TestNarinfos.item("root");
        List<StorePath> references = IntStream.range(0, 30).mapToObj(i -> TestNarinfos.item("ref-" + i)).toList();
        CountDownLatch go = new CountDownLatch(1);
        try (MetadataSite site = site(TestSettings.of(LONG, LONG, 1, 2, 1));
                TestServer server = TestServer.pages((path, connection) -> {
                    if (path.equals(TestNarinfos.url(root))) {
                        connection.answer(200, TestNarinfos.signed(root, references.toArray(StorePath[]::new)));
                    } else {
                        go.await();
                        connection.answer(404, "");
                    }
                })) {
            assertTrue(site.lookup(root, server).isPresent());
            server.awaitRequests(2);
            Set<String> sent = new HashSet<>(server.requests());
            StorePath wanted = references.stream().filter(path -> !sent.contains(TestNarinfos.url(path))).toList()
                    .getLast();
            CompletionStage<Optional<TrustedNarinfo>> asked = site.metadata.lookup(wanted, MetadataSite.asked(server));
            server.awaitRequests(3);
            assertEquals(TestNarinfos.url(wanted), server.requests().get(2));
            go.countDown();
            assertEquals(Optional.empty(), Eventually.get(asked));
            server.awaitRequests(31);
            references.forEach(path -> assertEquals(Optional.empty(), site.lookup(path, server)));
            assertEquals(31, server.requests().size());
            assertEquals(31, new HashSet<>(server.requests()).size());
        }
    }

    /** A server whose narinfo makes the item public, when it comes to answer. */
    private static TestServer late(CountDownLatch go) throws IOException {
        return TestServer.pages((path, connection) -> {
            go.await();
            connection.answer(200, TestNarinfos.BY_SECOND);
        });
    }

    private static TestServer early() throws IOException {
        return TestServer.pages((path, connection) -> connection.answer(
                path.equals(TestNarinfos.url(TestNarinfos.HELLO)) ? 200 : 404,
                path.equals(TestNarinfos.url(TestNarinfos.HELLO)) ? TestNarinfos.BY_PUBLISHER : new byte[0]));
    }

    private static long servers(TrustedNarinfo trusted) {
        return trusted.offers().stream().map(offer -> offer.server()).distinct().count();
    }

    @Test
    void infoComesWithTheFirstAnswerAndLaterOnesCountFromThenOn() throws IOException {
        CountDownLatch go = new CountDownLatch(1);
        try (MetadataSite site = site(); TestServer early = early(); TestServer late = late(go)) {
            TrustedNarinfo first = site.lookup(TestNarinfos.HELLO, early, late).orElseThrow();
            assertFalse(first.isPublic());
            assertEquals(1, servers(first));
            go.countDown();
            Eventually.holds(() -> site.lookup(TestNarinfos.HELLO, early, late).orElseThrow().isPublic(),
                    () -> "the later answer");
            assertEquals(2, servers(site.lookup(TestNarinfos.HELLO, early, late).orElseThrow()));
            assertEquals(1, late.requests().stream().filter(TestNarinfos.url(TestNarinfos.HELLO)::equals).count());
        }
    }

    @Test
    void whoFetchesWaitsALittleForTheOthers() throws IOException {
        CountDownLatch go = new CountDownLatch(1);
        try (MetadataSite site = site(); TestServer early = early(); TestServer late = late(go)) {
            assertTrue(site.lookup(TestNarinfos.HELLO, early, late).isPresent());
            CompletionStage<Optional<TrustedNarinfo>> whole = site.metadata.lookupWhole(TestNarinfos.HELLO,
                    MetadataSite.asked(early, late));
            assertFalse(whole.toCompletableFuture().isDone());
            go.countDown();
            TrustedNarinfo trusted = Eventually.get(whole).orElseThrow();
            assertTrue(trusted.isPublic());
            assertEquals(2, servers(trusted));
        }
    }

    @Test
    void whoFetchesDoesNotWaitForLong() throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        try (MetadataSite site = site(); TestServer early = early(); TestServer late = late(never)) {
            assertTrue(site.lookup(TestNarinfos.HELLO, early, late).isPresent());
            CompletionStage<Optional<TrustedNarinfo>> whole = site.metadata.lookupWhole(TestNarinfos.HELLO,
                    MetadataSite.asked(early, late));
            assertEquals(1, site.waiting());
            site.pass(Metadata.GRACE.minusNanos(1));
            assertFalse(whole.toCompletableFuture().isDone());
            site.pass(Duration.ofNanos(1));
            TrustedNarinfo trusted = Eventually.get(whole).orElseThrow();
            assertFalse(trusted.isPublic());
            assertEquals(1, servers(trusted));
            // The wait is once an item, not once a question.
            assertTrue(site.whole(TestNarinfos.HELLO, early, late).isPresent());
            assertEquals(0, site.waiting());
            never.countDown();
        }
    }

    @Test
    void whoFetchesDoesNotWaitForTheClockThatWasSetBack() throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        try (MetadataSite site = site(); TestServer early = early(); TestServer late = late(never)) {
            assertTrue(site.lookup(TestNarinfos.HELLO, early, late).isPresent());
            site.pass(Duration.ofHours(-3));
            CompletionStage<Optional<TrustedNarinfo>> whole = site.metadata.lookupWhole(TestNarinfos.HELLO,
                    MetadataSite.asked(early, late));
            assertEquals(1, site.waiting());
            site.pass(Metadata.GRACE);
            assertTrue(Eventually.get(whole).isPresent());
            never.countDown();
        }
    }

    @Test
    void aProofOfOtherBytesIsNone() throws IOException {
        StorePath hello = TestNarinfos.HELLO;
        try (MetadataSite site = site();
                TestServer local = TestServer.pages((path, connection) -> connection.answer(200,
                        path.equals(TestNarinfos.url(hello)) ? TestNarinfos.signed(hello) : new byte[0]));
                TestServer world = TestServer.pages((path, connection) -> connection.answer(200,
                        TestNarinfos.BY_SECOND))) {
            TrustedNarinfo trusted = site.whole(hello, local, world).orElseThrow();
            assertFalse(trusted.isPublic());
            assertEquals(1, servers(trusted));
        }
    }
}
