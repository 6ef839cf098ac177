// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PiecesTest {
    private static final long MEMORY = 2_400_000;

    private final Pieces pieces = new Pieces(MEMORY);

    @Test
    void aFewReadersHaveLargePieces() {
        for (int readers = 1; readers <= 4; readers++) {
            pieces.opened();
            assertEquals(256 * 1024, pieces.bytes());
        }
    }

    @Test
    void allReadersTogetherKeepToTheMemory() {
        for (int readers = 1; readers <= 290; readers++) {
            pieces.opened();
            assertTrue(2L * readers * pieces.bytes() <= MEMORY, readers + " readers");
            assertTrue(pieces.bytes() >= 4096, readers + " readers");
        }
        for (int readers = 289; readers > 0; readers--) {
            pieces.closed();
        }
        assertEquals(256 * 1024, pieces.bytes());
    }
}
