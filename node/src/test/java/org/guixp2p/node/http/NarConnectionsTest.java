// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.node.testing.TestSettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;

/** Connections over real sockets. Time stands still, so that what is kept is kept for ever. */
class NarConnectionsTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final NarConnections connections = new NarConnections(kit.system(), TestSettings.of(LONG, LONG, 1, 1, 1));

    @AfterEach
    void stop() {
        connections.stop();
        kit.shutdownTestKit();
    }

    /**
     * It would be taken for one that never was any good when its server has closed it meanwhile. Who is sooner, the giver
     * or those who give up, is chance, so it is done several times.
     */
    @RepeatedTest(10)
    void aConnectionThatNobodyUsedIsNotKept() throws Exception {
        try (TestServer server = TestServer.start(TestServer.Connection::awaitEnd)) {
            Origin origin = Origin.of(server.uri());
            NarConnection first = connections.take(origin).join();
            List<CompletableFuture<NarConnection>> waiting = Stream.generate(() -> connections.take(origin))
                    .limit(1000).toList();
            CountDownLatch giving = new CountDownLatch(1);
            Thread giver = Thread.ofPlatform().start(() -> {
                giving.countDown();
                connections.drop(origin, first);
            });
            giving.await();
            // While a connection is made for the first one, they give up, and that one last.
            waiting.reversed().forEach(turn -> turn.cancel(false));
            giver.join();
            waiting.stream().filter(turn -> !turn.isCancelled())
                    .forEach(turn -> connections.drop(origin, turn.join()));
            server.awaitNoneOpen();
        }
    }
}
