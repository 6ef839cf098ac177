// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class MemoryNarinfoCacheTest extends NarinfoCacheContract {
    private final MemoryNarinfoCache cache = new MemoryNarinfoCache(100);

    @Override
    NarinfoCache cache() {
        return cache;
    }

    @Test
    void dropsTheLongestUnreadFirst() {
        MemoryNarinfoCache small = new MemoryNarinfoCache(2);
        small.put(SERVER, HELLO, miss());
        small.put(SERVER, LIB5, miss());
        small.find(SERVER, HELLO);
        small.put(OTHER, HELLO, miss());
        assertEquals(Optional.empty(), small.find(SERVER, LIB5));
        assertEquals(Optional.of(miss()), small.find(SERVER, HELLO));
        assertEquals(Optional.of(miss()), small.find(OTHER, HELLO));
    }
}
