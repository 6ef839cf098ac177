// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.ItemKey;
import org.junit.jupiter.api.Test;

class ItemTableTest {
    private static final int MANY = 5_000;

    private static NarHash hash(int i) {
        return new NarHash(Sha256.hash(("nar " + i).getBytes(US_ASCII)));
    }

    private static StorePath path(String name, int i) {
        return new StorePath(hash(i).base32().substring(0, StorePath.HASH_LENGTH) + "-" + name);
    }

    private static ValidItem item(long id, String name, long size) {
        return new ValidItem(id, path(name, (int) id), hash((int) id), new NarSize(size), 1000 + id);
    }

    private static ItemTable.Builder builder() {
        return new ItemTable.Builder(item -> item.path().name().startsWith("secret") || item.hash().equals(hash(8)),
                path -> path.name().startsWith("wanted"), 0);
    }

    @Test
    void eachIsFoundByItsIdItsHashAndItsKey() {
        ItemTable.Builder all = builder();
        for (int i = 0; i < MANY; i++) {
            all.item(item(3L * i, "item", 100 + i));
        }
        ItemTable table = all.build();
        assertEquals(MANY, table.count());
        for (int i = 0; i < MANY; i++) {
            assertEquals(i, table.indexOf(3L * i));
            assertTrue(table.indexOf(3L * i + 1) < 0);
            assertArrayEquals(new int[]{i}, table.find(hash(3 * i)));
            assertArrayEquals(new int[]{i}, table.candidates(ItemKey.of(path("item", 3 * i))));
            assertEquals(hash(3 * i), table.hash(i));
            assertEquals(new NarSize(100 + i), table.size(i));
            assertEquals(1000 + 3L * i, table.registered(i));
        }
        assertArrayEquals(new int[0], table.find(hash(1)));
        assertArrayEquals(new int[0], table.candidates(ItemKey.of(path("item", 1))));
        assertArrayEquals(new int[0], ItemTable.empty().find(hash(1)));
    }

    @Test
    void twoThatAreAlikeAreBothFound() {
        ItemTable.Builder all = builder();
        all.item(new ValidItem(4, path("one", 1), hash(9), new NarSize(5), 0));
        all.item(item(5, "between", 7));
        all.item(new ValidItem(6, path("other", 2), hash(9), new NarSize(5), 0));
        assertArrayEquals(new int[]{0, 2}, all.build().find(hash(9)));
    }

    @Test
    void whatIsNeverSeededIsNotEvenThereAndTheWantedComesFirst() {
        ItemTable.Builder all = builder();
        all.item(item(1, "small", 200));
        all.item(item(2, "secret-plan", 5_000_000));
        all.item(item(3, "large", 7_000_000_000L));
        all.item(item(4, "wanted-small", 100));
        all.item(item(5, "middling", 40_000));
        all.item(item(6, "wanted-large", 1_000_000));
        all.strange(7);
        all.item(item(8, "of-a-hash", 3_000));
        ItemTable table = all.build();
        assertEquals(5, table.count());
        assertEquals(1, table.strange());
        assertTrue(table.indexOf(2) < 0);
        assertTrue(table.indexOf(8) < 0);
        assertArrayEquals(new int[]{4, 2, 1, 3, 0}, table.inOrder());
        assertTrue(table.isFirst(2));
        assertFalse(table.isFirst(0));
    }

    @Test
    void aPathRegisteredAgainIsAnotherItem() {
        ItemTable.Builder before = builder();
        before.item(item(1, "item", 200));
        ItemTable.Builder after = builder();
        after.item(item(1, "item", 200));
        after.item(new ValidItem(2, path("item", 1), hash(1), new NarSize(200), 1001));
        assertTrue(before.build().isSame(0, after.build(), 0));
        assertFalse(before.build().isSame(0, after.build(), 1));
        ItemTable.Builder repaired = builder();
        repaired.item(new ValidItem(1, path("item", 1), hash(2), new NarSize(200), 1001));
        assertFalse(before.build().isSame(0, repaired.build(), 0));
    }
}
