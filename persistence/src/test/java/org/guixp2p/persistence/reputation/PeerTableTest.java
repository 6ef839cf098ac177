// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import static org.guixp2p.persistence.reputation.TestPeers.peer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PeerTableTest {
    private static final long NOW = 1_800_000_000;

    private static PeerEvent succeeded(int number) {
        return new PeerEvent.Succeeded(peer(number), NOW, 1 << 20, 1_000, 4, 30);
    }

    private static boolean isIn(PeerTable table, int number) {
        return !table.get(peer(number)).equals(PeerRecord.UNKNOWN);
    }

    @Test
    void aCrowdOfBadPeersPushesNoGoodOneOut() {
        PeerTable table = new PeerTable(100);
        for (int i = 0; i < 50; i++) {
            table.apply(succeeded(i));
        }
        for (int i = 1_000; i < 3_000; i++) {
            table.apply(new PeerEvent.Malformed(peer(i), NOW));
            table.apply(new PeerEvent.Banned(peer(i), NOW, 3600));
            table.apply(new PeerEvent.DialFailed(peer(i + 10_000), NOW));
            assertTrue(table.size() <= 100);
        }
        for (int i = 0; i < 50; i++) {
            assertTrue(isIn(table, i), "peer " + i);
        }
    }

    @Test
    void aNewcomerIsNeverRefused() {
        PeerTable table = new PeerTable(100);
        for (int i = 0; i < 100; i++) {
            table.apply(succeeded(i));
            table.apply(succeeded(i));
        }
        table.apply(succeeded(100));
        assertTrue(isIn(table, 100));
        table.apply(new PeerEvent.Failed(peer(101), NOW, 1));
        assertTrue(isIn(table, 101));
        assertTrue(table.size() <= 100);
    }

    @Test
    void whoFailsGoesBeforeWhoIsRefusedAndTheLongestBanStays() {
        PeerTable table = new PeerTable(3);
        table.apply(new PeerEvent.Banned(peer(1), NOW, 3600));
        table.apply(new PeerEvent.Banned(peer(2), NOW, 86_400));
        table.apply(new PeerEvent.Failed(peer(3), NOW, 4));
        table.apply(succeeded(4));
        assertEquals(List.of(true, true, false, true), List.of(isIn(table, 1), isIn(table, 2), isIn(table, 3),
                isIn(table, 4)));
        table.apply(succeeded(5));
        assertEquals(List.of(false, true, true, true), List.of(isIn(table, 1), isIn(table, 2), isIn(table, 4),
                isIn(table, 5)));
    }

    @Test
    void ofWhatASnapshotHoldsTheBestIsTaken() {
        List<PeerTable.Entry> entries = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            entries.add(new PeerTable.Entry(peer(i), PeerRecord.UNKNOWN
                    .after(i < 5 ? succeeded(i) : new PeerEvent.Failed(peer(i), NOW, 1))));
        }
        PeerTable table = PeerTable.of(5, entries);
        assertEquals(new HashSet<>(entries.subList(0, 5)), new HashSet<>(table.entries()));
    }

    @Property(tries = 200)
    void theSameEventsGiveTheSameTableWithinItsBound(@ForAll long seed) {
        Random random = new Random(seed);
        PeerTable one = new PeerTable(20);
        PeerTable other = new PeerTable(20);
        for (int i = 0; i < 200; i++) {
            long at = NOW + random.nextInt(1_000_000);
            int number = random.nextInt(60);
            PeerEvent event = switch (random.nextInt(4)) {
                case 0 -> new PeerEvent.Succeeded(peer(number), at, 1 << 20, 1 + random.nextInt(1000), 4, 3);
                case 1 -> new PeerEvent.Failed(peer(number), at, 1 + random.nextInt(9));
                case 2 -> new PeerEvent.Banned(peer(number), at, random.nextInt(100_000));
                default -> new PeerEvent.Connected(peer(number), at);
            };
            one.apply(event);
            other.apply(event);
            assertTrue(one.size() <= 20);
            assertNotEquals(0, one.get(event.peer()).seen(), "who was just seen is there");
        }
        assertEquals(new PeersSnapshot(one.entries()), new PeersSnapshot(other.entries()));
    }
}
