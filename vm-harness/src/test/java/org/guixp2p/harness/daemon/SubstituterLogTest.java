// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubstituterLogTest {
    private static final StorePath ITEM = new StorePath("1".repeat(32) + "-item");
    private static final String STARTED = "@ download-started " + ITEM + " guixp2p://peers/item 100\n";
    private static final String PROGRESS = "@ download-progress " + ITEM + " guixp2p://peers/item 100 50\n";
    private static final String SUCCEEDED = "@ download-succeeded " + ITEM + " guixp2p://peers/item 100\n";

    private static SubstituterLog log(String text) throws IOException, InterruptedException {
        SubstituterLog log = SubstituterLog.of(new ByteArrayInputStream(text.getBytes(UTF_8)), "test");
        log.awaitEnd(Duration.ofSeconds(30));
        return log;
    }

    @Test
    void aDownloadBeginsAndEnds() throws Exception {
        SubstituterLog log = log(STARTED + PROGRESS + PROGRESS + SUCCEEDED);
        assertEquals("", log.faultOf(ITEM, ITEM.path()));
        assertEquals(List.of(), log.messages());
    }

    @Test
    void theFirstBytesHaveATime() throws Exception {
        String nothingYet = PROGRESS.replace(" 50\n", " 0\n");
        long before = System.nanoTime();
        SubstituterLog log = log(STARTED + nothingYet + PROGRESS + PROGRESS + SUCCEEDED);
        long at = log.firstByteAt(ITEM.path()).orElseThrow();
        assertTrue(at - before >= 0 && System.nanoTime() - at >= 0);
        assertTrue(log(STARTED + nothingYet + SUCCEEDED).firstByteAt(ITEM.path()).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "S", "E", "SSE", "ES", "SEE"})
    void anythingElseIsAFault(String which) throws Exception {
        StringBuilder text = new StringBuilder();
        which.chars().forEach(c -> text.append(c == 'S' ? STARTED : SUCCEEDED));
        assertTrue(log(text.toString()).faultOf(ITEM, ITEM.path()).startsWith("traces of " + ITEM), which);
    }

    @Test
    void tracesOfAnotherDestinationDoNotCount() throws Exception {
        assertTrue(log(STARTED + SUCCEEDED).faultOf(ITEM, ITEM + ".tmp").contains("found []"));
    }

    @Test
    void messagesAndMalformedTracesAreKept() throws Exception {
        SubstituterLog log = log("guix-p2p: something is wrong\n@ substituter-succeeded " + ITEM + "\n" + STARTED);
        assertEquals(2, log.messages().size());
        assertEquals("guix-p2p: something is wrong", log.messages().getFirst());
        assertTrue(log.messages().getLast().endsWith("in: @ substituter-succeeded " + ITEM), log.messages()::toString);
    }
}
