// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.guixp2p.node.discovery.Hints.nar;
import static org.guixp2p.node.discovery.Hints.peer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.InventoryKey;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

class OwnInventoryTest {
    private static final PeerId SELF = peer(1);

    private final OwnInventory own = new OwnInventory(new Random(1));
    private final Inventories theirs = new Inventories(1 << 20);

    private static void take(Inventories inventories, List<? extends SwarmMessage> messages) throws FormatException {
        for (SwarmMessage message : messages) {
            switch (message) {
                case SwarmMessage.Inventory(var key) -> assertTrue(inventories.begin(SELF, key));
                case SwarmMessage.InventoryChange change -> assertTrue(inventories.change(SELF, change));
                default -> throw new AssertionError("not of an inventory: " + message);
            }
        }
    }

    private static boolean has(Inventories inventories, int number) {
        return inventories.mayHave(nar(number)).contains(SELF);
    }

    /** Whoever was told from the beginning, and whoever was told the whole midway, know what is there. */
    @Property(tries = 20)
    void peersKnowWhatIsThere(@ForAll long seed) throws FormatException {
        Random random = new Random(seed);
        OwnInventory inventory = new OwnInventory(random);
        Inventories early = new Inventories(1 << 20);
        Inventories late = new Inventories(1 << 20);
        take(early, inventory.whole());
        int most = 1 << random.nextInt(13);
        Set<Integer> there = new HashSet<>();
        for (int round = 0; round < 8; round++) {
            if (round == 4) {
                take(late, inventory.whole());
            }
            for (int i = random.nextInt(most); i >= 0; i--) {
                int number = random.nextInt(most);
                if (random.nextInt(3) > 0) {
                    there.add(number);
                    inventory.add(nar(number));
                } else {
                    there.remove(number);
                    inventory.remove(nar(number));
                }
            }
            List<SwarmMessage> news = inventory.news();
            take(early, news);
            if (round >= 4) {
                take(late, news);
            }
        }
        int wrong = 0;
        for (int number = 0; number < most; number++) {
            assertEquals(has(early, number), has(late, number));
            assertTrue(has(early, number) || !there.contains(number));
            wrong += has(early, number) && !there.contains(number) ? 1 : 0;
        }
        assertTrue(wrong < 8, wrong + " of " + most);
    }

    @Test
    void whatHasNotChangedIsNotTold() throws FormatException {
        take(theirs, own.whole());
        assertEquals(List.of(), own.news());
        own.add(nar(1));
        own.add(nar(1));
        assertFalse(has(theirs, 1));
        take(theirs, own.news());
        assertTrue(has(theirs, 1));
        own.add(nar(1));
        own.remove(nar(1));
        own.add(nar(1));
        own.add(nar(2));
        own.remove(nar(2));
        own.remove(nar(3));
        assertEquals(List.of(), own.news());
    }

    @Test
    void theWholeIsAsOfTheLastNews() throws FormatException {
        own.add(nar(1));
        assertEquals(1, own.whole().size());
        own.news();
        own.add(nar(2));
        take(theirs, own.whole());
        assertTrue(has(theirs, 1));
        assertFalse(has(theirs, 2));
        take(theirs, own.news());
        assertTrue(has(theirs, 1) && has(theirs, 2));
    }

    @Test
    void whatOutgrowsItsRangeIsBegunAnew() throws FormatException {
        List<SwarmMessage> begun = own.whole();
        take(theirs, begun);
        for (int number = 0; number < 1024; number++) {
            own.add(nar(number));
        }
        List<SwarmMessage> first = own.news();
        assertInstanceOf(SwarmMessage.InventoryChange.class, first.getFirst());
        take(theirs, first);
        own.add(nar(1024));
        List<SwarmMessage> more = own.news();
        InventoryKey key = key(more);
        assertEquals(1025, key.items());
        assertNotEquals(key(begun), new InventoryKey(key.k0(), key.k1(), 0), "the key is another one");
        assertEquals(own.whole(), more);
        take(theirs, more);
        assertTrue(has(theirs, 0) && has(theirs, 1024));
    }

    private static InventoryKey key(List<SwarmMessage> messages) {
        return assertInstanceOf(SwarmMessage.Inventory.class, messages.getFirst()).key();
    }
}
