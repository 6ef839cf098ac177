// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.guixp2p.node.testing.LogLines;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers of records grow, whatever becomes of the clock. */
class RecordNumberTest {
    private static final long START = 1_800_000_000;

    private long now = START;

    @TempDir
    Path directory;

    private RecordNumber open() {
        return new RecordNumber(directory.resolve("dht"), () -> Instant.ofEpochSecond(now));
    }

    @Test
    void theyGrowWithTheClockAndWithoutIt() {
        RecordNumber number = open();
        assertEquals(START, number.next());
        assertEquals(START + 1, number.next());
        now += 100;
        assertEquals(START + 100, number.next());
    }

    @Test
    void aClockThatWasSetBackBetweenTwoStartsDoesNotSetThemBack() {
        assertEquals(START, open().next());
        now -= 1_000_000;
        assertEquals(START + 1, open().next());
        assertEquals(START + 2, open().next());
        now = -5;
        assertEquals(START + 3, open().next());
    }

    @Test
    void whatOthersKeepIsExceeded() {
        RecordNumber number = open();
        assertTrue(number.atLeast(START + 50));
        assertFalse(number.atLeast(START + 50));
        assertEquals(START + 51, number.next());
        assertFalse(number.atLeast(START + 51));
        assertTrue(number.atLeast(Long.MAX_VALUE));
        assertEquals(Long.MAX_VALUE, number.next());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "99999999999999999999999", "-7"})
    void whereNothingSensibleWasKeptTheClockIsBelieved(String kept) throws IOException {
        Files.writeString(Files.createDirectories(directory.resolve("dht")).resolve("record"), kept);
        assertEquals(START, open().next());
        now -= 10;
        assertEquals(START + 1, open().next());
    }

    @Test
    void whereNothingCanBeKeptItIsSaid() throws Exception {
        Files.writeString(directory.resolve("dht"), "no directory");
        try (LogLines log = new LogLines()) {
            assertEquals(START, open().next());
            log.await("could not be written");
        }
    }
}
