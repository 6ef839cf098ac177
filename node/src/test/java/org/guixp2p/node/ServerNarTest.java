// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.guixp2p.node.download.NarSupply;
import org.guixp2p.node.http.HttpNarSource;
import org.guixp2p.node.http.NarOffer;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestMirrors;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.persistence.mirrors.Fault;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServerNarTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final long MIB = 1 << 20;

    private final Mirrors mirrors = TestMirrors.unknown();
    private final ActorTestKit kit = ActorTestKit.create();
    /** Of which four may have dictionaries. */
    private final HttpNarSource source = new HttpNarSource(kit.system(), TestSettings.of(LONG, LONG, 1, 1, 8),
            RateLimits.none().download(), 6 * MIB, mirrors);

    @AfterEach
    void close() {
        source.close();
        kit.shutdownTestKit();
    }

    private UniqueKillSwitch begin(URI uri, long size) {
        NarOffer offer = new NarOffer(new ServerUrl(uri.resolve("/")), uri, Compression.LZIP, Optional.empty());
        return new ServerNar(source, offer, new NarSize(size), mirrors, List.of()).open()
                .viaMat(KillSwitches.single(), Keep.right())
                .to(Sink.ignore()).run(kit.system());
    }

    /** Also when it is found out by others that its server has failed. */
    @Test
    void whoseServerGaveWrongBytesIsOutUntilItGivesRightOnes() {
        ServerUrl server = new ServerUrl(URI.create("http://a.example"));
        ServerNar nar = new ServerNar(source,
                new NarOffer(server, URI.create("http://a.example/nar/x"), Compression.NONE,
                        Optional.empty()),
                new NarSize(MIB), mirrors, List.of());
        assertFalse(nar.isOut());
        nar.lied();
        assertTrue(nar.isOut());
        assertEquals(Fault.DAMAGED, mirrors.table().getFirst().fault());
        nar.proven();
        assertFalse(nar.isOut());
    }

    /** Whoever reads learns who sends before the first byte. */
    @Test
    void whenItsServerIsLateTheNarComesFromAnotherOne() throws Exception {
        byte[] nar = new byte[1000];
        try (TestServer silent = TestServer.start(TestServer.Connection::awaitEnd);
                TestServer other = TestServer.pages((path, connection) -> connection.answer(200, nar))) {
            ServerUrl first = new ServerUrl(silent.uri());
            mirrors.began(first, nar.length, Duration.ofMillis(1));
            mirrors.came(first, nar.length, nar.length, Duration.ofMillis(1), true);
            ServerNar late = plain(silent, nar.length);
            ServerNar spare = plain(other, nar.length);
            assertTrue(late.isElsewhereThan(spare));
            assertFalse(late.isElsewhereThan(late));
            List<String> heard = new CopyOnWriteArrayList<>();
            Eventually.get(late.open(spare, hearing(heard)).runForeach(bytes -> heard.add(bytes.size() + " bytes"),
                    kit.system()));
            assertEquals(List.of("joined", other.uri("/nar").toString(), "1000 bytes"), heard);
            silent.awaitNoneOpen();
        }
    }

    /** Next time one server gives all: who gave wrong bytes could not be told otherwise. */
    @Test
    void whenTheConnectionBreaksTheRestComesFromAnotherOneOnce() throws Exception {
        byte[] nar = new byte[1000];
        try (TestServer breaking = TestServer.pages((path, connection) -> {
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            connection.write(Arrays.copyOf(nar, 400));
            connection.close();
        });
                TestServer other = TestServer.pages(
                        (path, connection) -> connection.answer(206, new byte[600],
                                "Content-Range: bytes 400-999/1000"))) {
            ServerNar spare = plain(other, nar.length);
            ServerNar broken = new ServerNar(source, plain(breaking, nar.length).offer(), new NarSize(nar.length),
                    mirrors,
                    List.of(spare.offer()));
            List<String> heard = new CopyOnWriteArrayList<>();
            AtomicInteger came = new AtomicInteger();
            Eventually.get(
                    broken.open(spare, hearing(heard)).runForeach(bytes -> came.addAndGet(bytes.size()), kit.system()));
            assertEquals(List.of(breaking.uri("/nar").toString(), "then " + other.uri("/nar")), heard);
            assertEquals(1000, came.get());
            assertEquals(List.of("bytes=400-"), other.ranges());
            heard.clear();
            assertThrows(CompletionException.class, () -> Eventually
                    .get(broken.open(spare, hearing(heard)).runWith(Sink.ignore(), kit.system())));
            assertEquals(List.of(breaking.uri("/nar").toString()), heard);
            assertEquals(1, other.requests().size());
        }
    }

    private static NarSupply.Race hearing(List<String> heard) {
        return new NarSupply.Race() {
            @Override
            public void joined() {
                heard.add("joined");
            }

            @Override
            public void won(NarSupply winner) {
                heard.add(winner.url());
            }

            @Override
            public void continued(String url) {
                heard.add("then " + url);
            }
        };
    }

    private ServerNar plain(TestServer server, long size) {
        return new ServerNar(source, new NarOffer(new ServerUrl(server.uri()), server.uri("/nar"), Compression.NONE,
                Optional.empty()), new NarSize(size), mirrors, List.of());
    }

    /** There is room for the last one beside the first, but the one between them was before it. */
    @Test
    void aDownloadThatStopsWhileItsNarWaitsForMemoryIsInNobodysWay() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (TestServer server = TestServer.pages((path, connection) -> gate.await())) {
            begin(server.uri("/first"), 3 * MIB / 2);
            server.awaitRequests(1);
            UniqueKillSwitch left = begin(server.uri("/left"), 3 * MIB);
            begin(server.uri("/last"), MIB);
            left.shutdown();
            server.awaitRequests(2);
            assertEquals(List.of("/first", "/last"), server.requests());
            gate.countDown();
        }
    }
}
