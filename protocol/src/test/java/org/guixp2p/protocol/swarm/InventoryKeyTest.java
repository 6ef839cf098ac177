// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InventoryKeyTest {
    private static NarHash nar(byte[] digest) {
        return new NarHash(Sha256.of(digest));
    }

    @Property(tries = 200)
    void fingerprintsAreWithinTheRange(@ForAll long k0, @ForAll long k1,
            @ForAll @IntRange(max = InventoryKey.MAX_ITEMS) int items, @ForAll @Size(32) byte[] digest) {
        InventoryKey key = new InventoryKey(k0, k1, items);
        long fingerprint = key.fingerprint(nar(digest));
        assertTrue(fingerprint >= 0 && fingerprint < key.range(), () -> fingerprint + " of " + key.range());
        assertEquals(key, InventoryKey.of(key.bytes(), items));
    }

    @ParameterizedTest
    @CsvSource({"0,1", "1,1", "512,1", "513,2", "50000,98", "1048576,2048"})
    void thereIsAPageForEvery512Items(int items, int pages) {
        InventoryKey key = new InventoryKey(1, 2, items);
        assertEquals(pages, key.pages());
        assertEquals(pages * 4_194_304L, key.range());
    }

    @Test
    void theKeyIsWrittenLowestByteFirst() {
        InventoryKey key = new InventoryKey(0x0706_0504_0302_0100L, 0x0f0e_0d0c_0b0a_0908L, 7);
        byte[] bytes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        assertArrayEquals(bytes, key.bytes());
    }

    @Test
    void anotherKeyGivesOtherFingerprints() {
        Random random = new Random(3);
        NarHash nar = nar(new byte[32]);
        long first = InventoryKey.draw(random, 1).fingerprint(nar);
        long second = InventoryKey.draw(random, 1).fingerprint(nar);
        assertTrue(first != second, () -> first + " twice");
    }

    @Test
    void inventoriesHaveALimit() {
        assertThrows(IllegalArgumentException.class, () -> new InventoryKey(0, 0, -1));
        assertThrows(IllegalArgumentException.class, () -> new InventoryKey(0, 0, InventoryKey.MAX_ITEMS + 1));
    }
}
