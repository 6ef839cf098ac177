// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.guixp2p.node.discovery.Hints.nar;
import static org.guixp2p.node.discovery.Hints.peer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

class InventoryLogTest {
    private long now;
    private final InventoryLog log = new InventoryLog(new OwnInventory(new Random(1)), () -> now);

    /** What one peer has been told. */
    private static final class Told {
        private final Inventories inventories = new Inventories(1 << 24);
        private final InventoryLog.Reader reader;
        private int frames;
        private int begun;

        private Told(InventoryLog log) {
            reader = log.reader();
        }

        private boolean read() throws FormatException {
            Optional<SwarmMessage> next = reader.next();
            if (next.isEmpty()) {
                return false;
            }
            frames++;
            switch (next.get()) {
                case SwarmMessage.Inventory(var key) -> {
                    begun++;
                    assertTrue(inventories.begin(peer(1), key));
                }
                case SwarmMessage.InventoryChange change -> assertTrue(inventories.change(peer(1), change));
                default -> throw new AssertionError("not of an inventory: " + next);
            }
            return true;
        }

        private void readAll() throws FormatException {
            while (read()) {
                // There is more.
            }
        }

        private boolean has(int number) {
            return inventories.named(nar(number)).contains(peer(1));
        }
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void whatChangesIsToldTogetherAndNotAtOnce() throws FormatException {
        Told told = new Told(log);
        log.add(nar(1));
        told.readAll();
        assertTrue(told.has(1));
        int before = told.frames;
        for (int i = 2; i < 100; i++) {
            log.add(nar(i));
            told.readAll();
        }
        assertEquals(before, told.frames);
        pass(InventoryLog.PAUSE);
        told.readAll();
        assertEquals(before + 1, told.frames);
        assertTrue(told.has(2) && told.has(99));
        log.remove(nar(2));
        pass(InventoryLog.PAUSE.minusNanos(1));
        told.readAll();
        assertTrue(told.has(2));
        pass(Duration.ofNanos(1));
        told.readAll();
        assertFalse(told.has(2));
    }

    /** Peers need not put up with more. */
    @Test
    void whatCostsPeersMuchIsFollowedByALongPause() throws FormatException {
        Told told = new Told(log);
        for (int i = 0; i < 512 * 1024; i++) {
            log.add(nar(i));
        }
        told.readAll();
        log.add(nar(-1));
        pass(Duration.ofSeconds(1024 / InventoryLog.PAGES_PER_SECOND));
        told.readAll();
        assertFalse(told.has(-1));
        pass(Duration.ofSeconds(2));
        told.readAll();
        assertTrue(told.has(-1));
    }

    /** One who reads on needs not be told all again. */
    @Test
    void whenChangesBecomeMoreThanTheWholeOnlyWhoeverLagsBehindBeginsAnew() throws FormatException {
        for (int i = 0; i < 1000; i++) {
            log.add(nar(i));
        }
        Told quick = new Told(log);
        Told slow = new Told(log);
        quick.readAll();
        assertTrue(slow.read());
        assertTrue(slow.read());
        for (int round = 1; round < 40; round++) {
            for (int i = 0; i < 1000; i++) {
                log.remove(nar(1000 * (round - 1) + i));
                log.add(nar(1000 * round + i));
            }
            pass(Duration.ofSeconds(10));
            quick.readAll();
        }
        assertEquals(1, quick.begun);
        SwarmMessage next = slow.reader.next().orElseThrow();
        assertInstanceOf(SwarmMessage.Inventory.class, next);
        slow.inventories.begin(peer(1), ((SwarmMessage.Inventory) next).key());
        slow.readAll();
        assertTrue(slow.frames < 40, () -> slow.frames + " frames");
        for (int i = 0; i < 1000; i++) {
            assertTrue(quick.has(39_000 + i) && slow.has(39_000 + i));
        }
    }

    /** However far each has read at any time, in the end all know what is there. */
    @Property(tries = 20)
    void allKnowWhatIsThere(@ForAll long seed) throws FormatException {
        Random random = new Random(seed);
        long[] time = {0};
        InventoryLog any = new InventoryLog(new OwnInventory(random), () -> time[0]);
        List<Told> peers = new ArrayList<>();
        Set<Integer> there = new HashSet<>();
        int most = 1 << random.nextInt(15);
        for (int round = 0; round < 30; round++) {
            if (round % 5 == 0) {
                peers.add(new Told(any));
            }
            for (int i = random.nextInt(most); i >= 0; i--) {
                int number = random.nextInt(most);
                if (random.nextInt(3) > 0) {
                    there.add(number);
                    any.add(nar(number));
                } else {
                    there.remove(number);
                    any.remove(nar(number));
                }
            }
            time[0] += random.nextLong(Duration.ofSeconds(20).toNanos());
            for (Told peer : peers) {
                for (int i = random.nextInt(4); i > 0 && peer.read(); i--) {
                    // As far as it comes.
                }
            }
        }
        time[0] += Duration.ofHours(1).toNanos();
        for (Told peer : peers) {
            peer.readAll();
            int wrong = 0;
            for (int number = 0; number < most; number++) {
                assertTrue(peer.has(number) || !there.contains(number));
                wrong += peer.has(number) && !there.contains(number) ? 1 : 0;
            }
            assertTrue(wrong < 16, wrong + " of " + most);
        }
    }
}
