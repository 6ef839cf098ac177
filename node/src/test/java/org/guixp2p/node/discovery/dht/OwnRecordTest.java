// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.guixp2p.protocol.dht.DhtItem;
import org.junit.jupiter.api.Test;

/** A record is put again before others forget it, and not all at a time. */
class OwnRecordTest {
    private final SignedItems owner = new SignedItems();
    private final DhtItem.Mutable first = owner.item("", 1, "i1e");
    private final DhtItem.Mutable second = owner.item("", 2, "i2e");
    private long now = Long.MAX_VALUE - Duration.ofMinutes(1).toNanos();
    private final OwnRecord record = new OwnRecord(new Random(3), () -> now);

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private void put(DhtItem.Mutable item, int by) {
        assertEquals(Optional.of(item), record.next());
        assertEquals(Optional.empty(), record.next(), "one at a time");
        assertEquals(OptionalLong.empty(), record.nextDue());
        record.done(item, by);
    }

    @Test
    void itIsPutAtOnceAndThenAboutHourly() {
        assertEquals(OptionalLong.empty(), record.nextDue());
        record.set(Optional.of(first));
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            put(first, 8);
            assertEquals(8, record.keptBy());
            long pause = record.nextDue().orElseThrow() - now;
            pauses.add(pause);
            now += pause - 1;
            assertEquals(Optional.empty(), record.next());
            now++;
        }
        assertTrue(pauses.stream().allMatch(pause -> pause >= OwnRecord.SOONEST.toNanos()
                && pause < OwnRecord.LATEST.toNanos()), () -> "" + pauses);
        assertEquals(20, pauses.stream().distinct().count());
        assertTrue(OwnRecord.LATEST.compareTo(ItemRecords.Limits.in(1 << 20).lifetime()) < 0);
    }

    @Test
    void whatNobodyTookIsPutAgainSoon() {
        record.set(Optional.of(first));
        put(first, 0);
        pass(OwnRecord.AFTER_FAILURE.multipliedBy(3).dividedBy(4).minusNanos(1));
        assertEquals(Optional.empty(), record.next());
        pass(OwnRecord.AFTER_FAILURE.dividedBy(2).plusNanos(1));
        put(first, 1);
        assertEquals(1, record.keptBy());
    }

    @Test
    void anotherOneIsPutAtOnceAlsoWhenItComesWhileOneIsUnderWay() {
        record.set(Optional.of(first));
        put(first, 8);
        record.set(Optional.of(second));
        assertEquals(0, record.keptBy());
        assertEquals(Optional.of(second), record.next());
        record.set(Optional.of(first));
        assertEquals(OptionalLong.empty(), record.nextDue());
        record.done(second, 8);
        assertEquals(0, record.keptBy(), "that was the other one");
        put(first, 3);
        assertEquals(3, record.keptBy());
    }

    @Test
    void whenThereIsNoneNothingIsPut() {
        record.set(Optional.of(first));
        put(first, 8);
        record.set(Optional.empty());
        pass(OwnRecord.LATEST);
        assertEquals(Optional.empty(), record.next());
        assertEquals(OptionalLong.empty(), record.nextDue());
    }

    @Test
    void afterASleepItIsPutEarlier() {
        record.set(Optional.of(first));
        put(first, 8);
        record.slept(Duration.ofMinutes(10));
        pass(OwnRecord.LATEST.minusMinutes(10));
        put(first, 8);
        record.slept(Duration.ofDays(1000));
        put(first, 8);
        record.slept(Duration.ofDays(-1000));
        assertEquals(Optional.empty(), record.next());
    }
}
