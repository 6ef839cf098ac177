// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.Test;

class ItemRecordsTest {
    private static final ItemRecords.Limits SMALL = new ItemRecords.Limits(Duration.ofHours(2), 3, 6);

    private long now = Long.MAX_VALUE - Duration.ofMinutes(1).toNanos();
    private final ItemRecords records = new ItemRecords(SMALL, () -> now);
    private final SignedItems owner = new SignedItems();

    private static DhtItem number(int value) {
        return new DhtItem.Immutable(Octets.ascii("i" + value + "e"));
    }

    private static InetAddress from(int network, int machine) {
        return InetAddress.ofLiteral("5.5." + network + "." + machine);
    }

    private ItemRecords.Result put(DhtItem item, InetAddress by) {
        return records.put(item, OptionalLong.empty(), by);
    }

    private ItemRecords.Result replace(long sequence, String value, OptionalLong expected) {
        return records.put(owner.item("", sequence, value), expected, from(1, 1));
    }

    @Test
    void whatIsPutIsKeptForTwoHoursFromTheLastTime() {
        DhtItem item = number(1);
        assertEquals(Optional.empty(), records.get(item.target()));
        assertEquals(ItemRecords.Result.KEPT, put(item, from(1, 1)));
        now += Duration.ofHours(2).toNanos() - 1;
        assertEquals(Optional.of(item), records.get(item.target()));
        assertEquals(ItemRecords.Result.KEPT, put(item, from(2, 1)));
        now += Duration.ofHours(2).toNanos() - 1;
        assertEquals(Optional.of(item), records.get(item.target()));
        now++;
        assertEquals(Optional.empty(), records.get(item.target()));
        // Its place is free again.
        for (int i = 0; i < SMALL.perMachine(); i++) {
            assertEquals(ItemRecords.Result.KEPT, put(number(10 + i), from(1, 1)));
        }
    }

    @Test
    void onlyANewerOneReplacesAMutableItem() {
        assertEquals(ItemRecords.Result.KEPT, replace(5, "3:abc", OptionalLong.empty()));
        assertEquals(ItemRecords.Result.SEQUENCE_TOO_LOW, replace(4, "3:old", OptionalLong.empty()));
        assertEquals(ItemRecords.Result.SEQUENCE_TOO_LOW, replace(5, "3:abd", OptionalLong.empty()));
        assertEquals(ItemRecords.Result.KEPT, replace(5, "3:abc", OptionalLong.empty()));
        assertEquals(ItemRecords.Result.KEPT, replace(9, "3:new", OptionalLong.empty()));
        assertEquals(Optional.of(owner.item("", 9, "3:new")), records.get(owner.target("")));
    }

    @Test
    void whoExpectsAnotherOneReplacesNothing() {
        assertEquals(ItemRecords.Result.KEPT, replace(5, "3:abc", OptionalLong.of(77)));
        assertEquals(ItemRecords.Result.UNEXPECTED, replace(6, "3:new", OptionalLong.of(4)));
        assertEquals(ItemRecords.Result.KEPT, replace(6, "3:new", OptionalLong.of(5)));
    }

    @Test
    void itemsOfOneOwnerAreToldApartByTheirSalts() {
        put(owner.item("a", 1, "i1e"), from(1, 1));
        put(owner.item("b", 1, "i2e"), from(1, 1));
        assertEquals(Optional.of(owner.item("a", 1, "i1e")), records.get(owner.target("a")));
        assertEquals(Optional.empty(), records.get(owner.target("")));
    }

    @Test
    void limitsFollowFromTheMemory() {
        ItemRecords.Limits little = ItemRecords.Limits.in(64 << 10);
        assertEquals(32, little.total());
        assertEquals(16, little.perMachine());
        ItemRecords.Limits much = ItemRecords.Limits.in(1L << 40);
        assertEquals(4096, much.total());
        assertEquals(64, much.perMachine());
        assertTrue(ItemRecords.Limits.in(0).total() > 0);
    }

    @Test
    void oneMachineAndOneNetworkHaveTheirShare() {
        for (int i = 0; i < SMALL.perMachine(); i++) {
            assertEquals(ItemRecords.Result.KEPT, put(number(i), from(1, 1)));
        }
        assertEquals(ItemRecords.Result.NO_ROOM, put(number(50), from(1, 1)));
        for (int i = 3; i < SMALL.total(); i++) {
            assertEquals(ItemRecords.Result.KEPT, put(number(i), from(1, 2)));
        }
        // All is full: the network that has most makes way, for others alone.
        assertEquals(ItemRecords.Result.NO_ROOM, put(number(60), from(1, 3)));
        assertEquals(ItemRecords.Result.KEPT, put(number(61), from(2, 1)));
        assertEquals(Optional.empty(), records.get(number(0).target()));
        assertEquals(Optional.of(number(61)), records.get(number(61).target()));
        // What is there is put again all the same.
        assertEquals(ItemRecords.Result.KEPT, put(number(5), from(1, 3)));
    }
}
