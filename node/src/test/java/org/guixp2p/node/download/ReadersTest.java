// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;

class ReadersTest {
    private static final long MIB = 1 << 20;

    private final Readers readers = new Readers(more -> Optional.empty());
    private final TestInbox<NarFeed.Position> reader = TestInbox.create();

    private void read(int attempt, long offset) {
        readers.ask(new NarFeed.ReadMore(attempt, offset, reader.getRef()));
    }

    @Test
    void aReaderWaitsWhenLittleIsLeftBeforeIt() {
        assertTrue(readers.waitFor(0, 0), "whoever asked for the NAR is about to read");
        assertFalse(readers.waitFor(0, 100 * MIB));
        read(0, 90 * MIB);
        assertTrue(readers.waitFor(0, 100 * MIB));
        assertFalse(readers.waitFor(0, 110 * MIB));
    }

    @Test
    void theOneWhoHasReadFurthestCounts() {
        read(0, 90 * MIB);
        read(0, 5 * MIB);
        assertTrue(readers.waitFor(0, 100 * MIB));
    }

    @Test
    void eachAttemptIsReadFromItsBeginning() {
        read(0, 90 * MIB);
        assertFalse(readers.waitFor(1, 100 * MIB));
        read(1, 90 * MIB);
        read(0, 95 * MIB);
        assertTrue(readers.waitFor(1, 100 * MIB));
    }
}
