// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class AnnouncementTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final ProcessTable table = new ProcessTable();
    private final BlockingQueue<String> rest = new LinkedBlockingQueue<>();

    @AfterEach
    void endAll() {
        table.close();
    }

    private Announcement await(String script, Duration atMost) throws IOException, InterruptedException {
        Child child = table.start("server", new ProcessBuilder("/bin/sh", "-c", script));
        return Announcement.await(child, atMost, rest::add);
    }

    @Test
    void valuesAreRead() throws Exception {
        Announcement ready = await("echo 'ready peer=0abc swarm=127.0.0.1:1,[::1]:2 api='; exec sleep 1000", SOON);
        assertEquals(Map.of("peer", "0abc", "swarm", "127.0.0.1:1,[::1]:2", "api", ""), ready.values());
        assertEquals("0abc", ready.value("peer"));
        FormatException missing = assertThrows(FormatException.class, () -> ready.value("http"));
        assertTrue(String.valueOf(missing.getMessage()).startsWith("ready line: no http"), missing::getMessage);
    }

    @Test
    void otherLinesGoOn() throws Exception {
        await("echo before; echo 'ready a=1'; echo 'ready b=2'; echo after; exec sleep 1000", SOON);
        assertEquals("before", rest.poll(30, TimeUnit.SECONDS));
        assertEquals("ready b=2", rest.poll(30, TimeUnit.SECONDS));
        assertEquals("after", rest.poll(30, TimeUnit.SECONDS));
    }

    @Test
    void aProcessThatEndsBeforeIsAnError() {
        IOException e = assertThrows(IOException.class, () -> await("echo no; exit 1", SOON));
        assertTrue(
                String.valueOf(e.getMessage()).matches("server \\(process \\d+\\) did not get ready: it ended before"),
                e::getMessage);
    }

    @Test
    void aProcessThatSaysNothingIsAnError() {
        IOException e = assertThrows(IOException.class, () -> await("exec sleep 1000", Duration.ofMillis(50)));
        assertTrue(String.valueOf(e.getMessage()).endsWith("is not ready after 0 s"), e::getMessage);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ready ", "ready a", "ready =1", "ready a=1  b=2", "ready a=1 a=2"})
    void aMalformedLineIsAnError(String line) {
        assertThrows(FormatException.class, () -> Announcement.parse(line));
        assertThrows(IOException.class, () -> await("echo '" + line + "'; exec sleep 1000", SOON));
    }
}
