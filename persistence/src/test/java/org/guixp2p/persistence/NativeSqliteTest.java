// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class NativeSqliteTest {
    /** Whoever takes that for a damaged database throws away what is in it. */
    @Test
    void whatCannotBeLoadedIsToldFromADamagedDatabase() throws Exception {
        assertEquals("SQLite does not run here: no library for this processor",
                assertThrows(NativeSqlite.NotLoadedException.class, () -> NativeSqlite.load(() -> {
                    throw new UnsatisfiedLinkError("no library for this processor");
                })).getMessage());
        assertThrows(NativeSqlite.NotLoadedException.class, () -> NativeSqlite.load(() -> {
            throw new Exception("no native library found");
        }));
        // It is tried again, and may be there by then.
        NativeSqlite.load();
    }
}
