// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.guixp2p.node.discovery.Hints.nar;
import static org.guixp2p.node.discovery.Hints.peer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.InventoryKey;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

class InventoriesTest {
    private static final InventoryKey KEY = new InventoryKey(1, 2, 1000);

    private final Inventories inventories = new Inventories(NarFilter.bytes(KEY) * 3);

    private void tells(int peer, InventoryKey key, int from, int count) throws FormatException {
        assertTrue(inventories.begin(peer(peer), key));
        for (SwarmMessage.InventoryChange change : Changes.filling(key, Changes.nars(from, count))) {
            assertTrue(inventories.change(peer(peer), change));
        }
    }

    @Test
    void whoeverNamedANarIsFound() throws FormatException {
        tells(1, KEY, 0, 20);
        tells(2, new InventoryKey(3, 4, 1000), 10, 20);
        assertEquals(List.of(peer(1)), inventories.mayHave(nar(5)));
        assertEquals(List.of(peer(1), peer(2)), inventories.mayHave(nar(15)));
        assertEquals(List.of(peer(2)), inventories.mayHave(nar(25)));
        assertEquals(List.of(), inventories.mayHave(nar(35)));
        inventories.change(peer(1), Changes.of(KEY, Changes.nars(15, 1), Changes.nars(35, 1)));
        assertEquals(List.of(peer(2)), inventories.mayHave(nar(15)));
        assertEquals(List.of(peer(1)), inventories.mayHave(nar(35)));
    }

    @Test
    void whoeverIsGoneIsNotFound() throws FormatException {
        tells(1, KEY, 0, 20);
        inventories.forget(peer(1));
        inventories.forget(peer(2));
        assertEquals(List.of(), inventories.mayHave(nar(5)));
        assertEquals(0, inventories.bytes());
    }

    @Test
    void anotherInventoryIsInsteadOfTheFirst() throws FormatException {
        tells(1, KEY, 0, 20);
        tells(1, new InventoryKey(9, 9, 20), 20, 20);
        assertEquals(List.of(), inventories.mayHave(nar(5)));
        assertEquals(List.of(peer(1)), inventories.mayHave(nar(25)));
        assertEquals(NarFilter.bytes(new InventoryKey(9, 9, 20)), inventories.bytes());
    }

    @Test
    void thereIsRoomForWhatIsPromisedOrNothingIsKept() throws FormatException {
        tells(1, KEY, 0, 1000);
        tells(2, KEY, 0, 1000);
        assertFalse(inventories.begin(peer(3), KEY));
        assertFalse(inventories.change(peer(3), Changes.of(KEY, List.of(), Changes.nars(0, 20))));
        assertEquals(List.of(peer(1), peer(2)), inventories.mayHave(nar(5)));
        assertEquals(2 * NarFilter.bytes(KEY), inventories.bytes());
        inventories.forget(peer(1));
        tells(3, KEY, 0, 20);
        assertEquals(List.of(peer(2), peer(3)), inventories.mayHave(nar(5)));
    }

    /** A frame of 60 bytes can promise all that there is room for. */
    @Test
    void promisesTakeNoRoomFromOthers() throws FormatException {
        for (int peer = 10; peer < 20; peer++) {
            assertTrue(inventories.begin(peer(peer), KEY));
        }
        tells(1, KEY, 0, 1000);
        assertEquals(List.of(peer(1)), inventories.mayHave(nar(5)));
    }

    /** However much it names. */
    @Test
    void onePeerDoesNotHaveAllTheRoom() throws FormatException {
        assertFalse(inventories.begin(peer(1), new InventoryKey(7, 8, 2500)));
        InventoryKey most = new InventoryKey(7, 8, 1900);
        tells(1, most, 0, 1900);
        assertFalse(inventories.change(peer(1), Changes.of(most, List.of(), Changes.nars(1900, 600))));
        assertEquals(0, inventories.bytes());
    }

    @Test
    void oneThatGrowsBeyondTheRoomIsForgotten() throws FormatException {
        tells(1, KEY, 0, 1000);
        tells(2, KEY, 0, 1000);
        assertTrue(inventories.change(peer(2), Changes.of(KEY, List.of(), Changes.nars(1000, 200))));
        assertFalse(inventories.change(peer(2), Changes.of(KEY, List.of(), Changes.nars(1200, 800))));
        assertEquals(NarFilter.bytes(KEY), inventories.bytes());
        assertEquals(List.of(peer(1)), inventories.mayHave(nar(5)));
        assertFalse(inventories.change(peer(2), Changes.of(KEY, Changes.nars(0, 1), List.of())));
        tells(2, KEY, 0, 20);
    }

    /** It came when there was room, and others have taken that since. */
    @Test
    void aLargeOneStaysWhenLittleIsLeft() throws FormatException {
        InventoryKey large = new InventoryKey(7, 8, 1500);
        tells(1, large, 0, 1500);
        tells(2, KEY, 0, 900);
        tells(3, new InventoryKey(3, 4, 300), 0, 300);
        assertTrue(inventories.change(peer(1), Changes.of(large, List.of(), Changes.nars(1500, 20))));
        assertTrue(inventories.change(peer(1), Changes.of(large, Changes.nars(0, 1), Changes.nars(1520, 1))));
        assertEquals(List.of(peer(1)), inventories.mayHave(nar(1510)));
    }

    /** They are too many at once, too. */
    @Test
    void whatIsLeftIsNotTakenInSmallSteps() throws FormatException {
        InventoryKey key = new InventoryKey(7, 8, 1900);
        tells(1, key, 0, 1900);
        int named = 1900;
        while (named < 2500 && inventories.change(peer(1), Changes.of(key, List.of(), Changes.nars(named, 10)))) {
            named += 10;
        }
        int dropped = named;
        assertTrue(dropped > 2100 && dropped < 2500, () -> "dropped at " + dropped);
        assertEquals(0, inventories.bytes());
    }

    @Test
    void aChangeOfNothingIsRefused() {
        assertThrows(FormatException.class,
                () -> inventories.change(peer(1), Changes.of(KEY, List.of(), Changes.nars(0, 1))));
    }

    @Test
    void aChangeThatCannotBeLeavesWhatWasThere() throws FormatException {
        tells(1, KEY, 0, 20);
        long bytes = inventories.bytes();
        assertThrows(FormatException.class,
                () -> inventories.change(peer(1), Changes.of(KEY, Changes.nars(50, 1), List.of())));
        assertEquals(bytes, inventories.bytes());
        assertEquals(List.of(peer(1)), inventories.mayHave(nar(5)));
    }

    @Test
    void whoeverIsWrongTooOftenIsNotFoundAnyMore() throws FormatException {
        tells(1, KEY, 0, 20);
        tells(2, KEY, 0, 20);
        for (int i = 1; i <= FalsePositives.FORGIVEN; i++) {
            assertEquals(List.of(peer(1), peer(2)), inventories.mayHave(nar(i)));
            assertEquals(i == FalsePositives.FORGIVEN, inventories.missed(peer(1), nar(i)));
        }
        assertEquals(List.of(peer(2)), inventories.mayHave(nar(5)));
        // Another inventory does not wash it clean.
        tells(1, new InventoryKey(5, 6, 20), 0, 20);
        assertEquals(List.of(peer(2)), inventories.mayHave(nar(5)));
        assertFalse(inventories.missed(peer(7), nar(5)));
    }

    @Test
    void whoeverComesAgainIsTheOneHeWas() throws FormatException {
        tells(1, KEY, 0, 20);
        for (int i = 1; i < FalsePositives.FORGIVEN; i++) {
            assertFalse(inventories.missed(peer(1), nar(i)));
        }
        inventories.forget(peer(1));
        tells(1, KEY, 0, 20);
        assertTrue(inventories.missed(peer(1), nar(8)));
        inventories.forget(peer(1));
        tells(1, KEY, 0, 20);
        assertEquals(List.of(), inventories.mayHave(nar(5)));
        inventories.forget(peer(1));
        // Some others who were wrong as well are remembered instead.
        for (int i = 2; i < 2 + Inventories.MOST_GONE; i++) {
            tells(i, KEY, 0, 20);
            inventories.missed(peer(i), nar(5));
            inventories.forget(peer(i));
        }
        tells(1, KEY, 0, 20);
        assertEquals(List.of(peer(1)), inventories.mayHave(nar(5)));
    }
}
