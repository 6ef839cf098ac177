// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.node.http.HttpSettings;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When nobody need be asked about an item whose name is not known; what comes of asking is told with the gateway. */
@Timeout(60)
class HashPartsTest {
    private static final String ITEM = "0".repeat(32);

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private MetadataSite site;

    @BeforeEach
    void start() {
        site = new MetadataSite(kit, directory,
                HttpSettings.of(Duration.ofSeconds(20), Duration.ofSeconds(20), "test"));
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
        site.close();
    }

    private static TestServer saying(int status) throws Exception {
        return TestServer.pages((path, connection) -> connection.answer(status, "nothing"));
    }

    private boolean isAnswered(TestServer... servers) {
        return Eventually.get(site.metadata.hashParts().isAnswered(ITEM, MetadataSite.urls(servers)));
    }

    private void ask(TestServer... servers) {
        assertEquals(Optional.empty(),
                Eventually.get(site.metadata.hashParts().pathOf(ITEM, MetadataSite.urls(servers))));
    }

    @Test
    void whatAllServersSaidIsAnsweredForAsLongAsItHolds() throws Exception {
        try (TestServer one = saying(404); TestServer other = saying(404)) {
            assertFalse(isAnswered(one, other));
            ask(one);
            assertFalse(isAnswered(one, other));
            ask(one, other);
            assertTrue(isAnswered(one, other));
            site.pass(Duration.ofHours(1));
            assertFalse(isAnswered(one, other));
        }
    }

    @Test
    void whatAServerCouldNotSayIsNoAnswer() throws Exception {
        try (TestServer one = saying(404); TestServer ill = saying(503)) {
            ask(one, ill);
            assertTrue(isAnswered(one));
            assertFalse(isAnswered(one, ill));
        }
    }

    @Test
    void whereThereIsNoServerNothingIsAnswered() {
        ask();
        assertFalse(isAnswered());
    }
}
