// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemandTest {
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[1]));
    private static final NarHash OTHER = new NarHash(Sha256.hash(new byte[2]));

    @TempDir
    private Path state;

    private Instant now = Instant.parse("2026-11-28T00:00:00Z");

    private Demand open() {
        return Demand.open(state, () -> now);
    }

    private Path file() {
        return state.resolve("demand");
    }

    @Test
    void whatWasGivenIsKnownAfterARestart() throws IOException {
        Demand demand = open();
        demand.given(NAR, 300);
        demand.given(NAR, 200);
        demand.given(OTHER, 1);
        demand.save();
        Demand again = open();
        assertEquals(500, again.served(NAR));
        assertEquals(500, again.lately(NAR));
        assertEquals(now, again.last(NAR));
        assertEquals(1, again.served(OTHER));
        assertEquals(0, again.served(new NarHash(Sha256.hash(new byte[3]))));
    }

    /** No request costs a write, and nothing is written when nothing was given. */
    @Test
    void nothingIsWrittenBeforeItIsAskedForNorWithoutNeed() throws IOException {
        Demand demand = open();
        demand.save();
        demand.given(NAR, 300);
        assertFalse(Files.exists(file()));
        demand.save();
        Files.delete(file());
        demand.save();
        assertFalse(Files.exists(file()));
        demand.given(NAR, 1);
        demand.save();
        assertTrue(Files.exists(file()));
    }

    @Test
    void whatWasGivenAWeekAgoCountsHalf() throws IOException {
        Demand demand = open();
        demand.given(NAR, 800);
        now = now.plus(Demand.HALF_LIFE);
        assertEquals(400, demand.lately(NAR), 1e-6);
        demand.given(NAR, 100);
        assertEquals(500, demand.lately(NAR), 1e-6);
        assertEquals(900, demand.served(NAR));
        demand.save();
        now = now.plus(Demand.HALF_LIFE);
        assertEquals(250, open().lately(NAR), 1e-6);
        assertEquals(900, open().served(NAR));
    }

    @Test
    void aClockThatWasSetBackMakesNothingCountMore() {
        Demand demand = open();
        demand.given(NAR, 800);
        now = now.minus(Demand.HALF_LIFE);
        assertEquals(800, demand.lately(NAR));
    }

    @Test
    void whatNobodyWantedForLongIsForgotten() throws IOException {
        Demand demand = open();
        demand.given(NAR, 800);
        now = now.plus(Demand.LONGEST).plusSeconds(1);
        demand.given(OTHER, 1);
        demand.save();
        assertEquals(0, demand.served(NAR));
        assertEquals(0, open().served(NAR));
        assertEquals(1, open().served(OTHER));
    }

    @Test
    void whatCannotBeWrittenIsWrittenLater() throws IOException {
        Demand demand = open();
        demand.given(NAR, 800);
        Files.createDirectories(file().resolve("in the way"));
        assertThrows(IOException.class, demand::save);
        Files.delete(file().resolve("in the way"));
        Files.delete(file());
        demand.save();
        assertEquals(800, open().served(NAR));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "guix-p2p demand 1\n", "guix-p2p demand 2\nend\n", "x 1 1 1", "HASH 1 1",
        "HASH 1 1 1 1",
        "HASH -1 1 1", "HASH 1 -1 1", "HASH 1 1.5 1", "HASH one 1 1"})
    void aDamagedFileIsSetAside(String content) throws IOException {
        String text = content.startsWith("guix") || content.isEmpty()
                ? content
                : "guix-p2p demand 1\n" + content.replace("HASH", NAR.base32()) + "\nend\n";
        Files.write(file(), text.getBytes(StandardCharsets.US_ASCII));
        assertEquals(0, open().served(NAR));
        assertFalse(Files.exists(file()));
        assertEquals(text, Files.readString(state.resolve("demand.damaged")));
    }
}
