// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.guixp2p.node.http.HttpNarSource;
import org.guixp2p.node.http.NarOffer;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServerNarTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final NarSize SIZE = new NarSize(3 << 20);

    private final ActorTestKit kit = ActorTestKit.create();
    /** Room for one dictionary of that size at a time. */
    private final HttpNarSource source = new HttpNarSource(kit.system(), TestSettings.of(LONG, LONG, 1, 1, 8),
            RateLimits.none().download(), 6 << 20);

    @AfterEach
    void close() {
        source.close();
        kit.shutdownTestKit();
    }

    private UniqueKillSwitch begin(URI uri) {
        NarOffer offer = new NarOffer(new ServerUrl(uri.resolve("/")), uri, Compression.LZIP, Optional.empty());
        return new ServerNar(source, offer, SIZE).open().viaMat(KillSwitches.single(), Keep.right())
                .to(Sink.ignore()).run(kit.system());
    }

    /** A server is never asked for what nobody wants any more when it is its turn. */
    @Test
    void aDownloadThatStopsWhileItsNarWaitsForMemoryIsInNobodysWay() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (TestServer server = TestServer.pages((path, connection) -> gate.await())) {
            UniqueKillSwitch first = begin(server.uri("/first"));
            server.awaitRequests(1);
            UniqueKillSwitch left = begin(server.uri("/left"));
            begin(server.uri("/last"));
            Eventually.holds(() -> source.waiting() == 2, () -> "both to wait");
            left.shutdown();
            Eventually.holds(() -> source.waiting() == 1, () -> "one to have gone");
            first.shutdown();
            gate.countDown();
            server.awaitRequests(2);
            assertEquals(List.of("/first", "/last"), server.requests());
        }
    }
}
