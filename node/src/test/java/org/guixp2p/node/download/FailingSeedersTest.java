// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.IntPredicate;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

/** Seeders that fail half of the blocks for ever, on links of 100 blocks a second: the rest of what they have comes as fast as it can. */
class FailingSeedersTest {
    private static final int BLOCKS = 200;
    private static final int SLOTS = 256;
    private static final long MILLI = 1_000_000;
    private static final long BLOCK_NANOS = 10 * MILLI;
    private static final long WAY_NANOS = 20 * MILLI;
    private static final long SECOND = 1_000 * MILLI;

    private final BlockScheduler<PeerId> scheduler = new BlockScheduler<>(BLOCKS, new Random(11));
    private final Map<PeerId, IntPredicate> seeders = new HashMap<>();
    private final Map<PeerId, BitSet> relays = new HashMap<>();
    private final Map<PeerId, Long> freeAt = new HashMap<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparingLong(Event::nanos));
    private long now;

    private record Event(long nanos, Runnable what) {}

    private static PeerId peer(int number) {
        return new PeerId(Sha256.hash(new byte[]{(byte) number}));
    }

    private void seeder(int number, IntPredicate gives) {
        PeerId id = peer(number);
        seeders.put(id, gives);
        scheduler.addComplete(id, SLOTS);
    }

    /** Others fetch the same: each gets one block from somewhere every so often, and tells of it. */
    private void relays(int count, long everyNanos) {
        List<PeerId> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            PeerId id = peer(100 + i);
            ids.add(id);
            relays.put(id, new BitSet());
            scheduler.addRelay(id, new BitSet(), SLOTS);
            gets(id, new Random(i), everyNanos);
        }
        scheduler.share(Shares.of(peer(99), ids, BLOCKS));
    }

    private BitSet has(PeerId relay) {
        return Objects.requireNonNull(relays.get(relay));
    }

    private void gets(PeerId relay, Random random, long everyNanos) {
        events.add(new Event(now + everyNanos, () -> {
            BitSet has = has(relay);
            if (has.cardinality() < BLOCKS) {
                int block = has.nextClearBit(random.nextInt(BLOCKS));
                if (block < BLOCKS) {
                    has.set(block);
                    scheduler.relayHas(relay, block, true);
                }
                gets(relay, random, everyNanos);
            }
        }));
    }

    private void ask() {
        List<PeerId> all = new ArrayList<>(seeders.keySet());
        all.addAll(relays.keySet());
        for (PeerId id : all) {
            for (var ask = scheduler.next(id, now, true); ask.isPresent(); ask = scheduler.next(id, now, true)) {
                asked(id, ask.get());
            }
        }
        long change = scheduler.nextChange(now);
        if (change != Long.MAX_VALUE) {
            events.add(new Event(Math.max(change, now + MILLI), () -> {}));
        }
    }

    private void asked(PeerId id, BlockScheduler.Ask<PeerId> ask) {
        int block = ask.block();
        IntPredicate gives = Optional.ofNullable(seeders.get(id)).orElseGet(() -> has(id)::get);
        if (!gives.test(block)) {
            events.add(new Event(now + WAY_NANOS, () -> scheduler.failed(id, block, now)));
            return;
        }
        long sent = Math.max(now, freeAt.getOrDefault(id, 0L)) + BLOCK_NANOS;
        freeAt.put(id, sent);
        events.add(new Event(sent + WAY_NANOS, () -> scheduler.received(id, block, BlockLayout.BLOCK_BYTES, now)));
    }

    /** How long it takes until so many blocks are there. */
    private long nanosUntil(int blocks) {
        ask();
        while (scheduler.doneCount() < blocks) {
            Event next = events.remove();
            now = next.nanos();
            next.what().run();
            ask();
            assertTrue(now < 1_000 * SECOND, () -> scheduler.doneCount() + " blocks");
        }
        return now;
    }

    private List<Integer> allThatItMayOwe(PeerId id) {
        List<Integer> owed = new ArrayList<>();
        for (var ask = scheduler.next(id, now, true); ask.isPresent(); ask = scheduler.next(id, now, true)) {
            owed.add(ask.get().block());
        }
        now += 100 * MILLI;
        return owed;
    }

    /** On a link that is long rather than slow: not one block a round trip. */
    @Test
    void aWindowThatFailedForAMomentComesInAFewRoundTrips() {
        PeerId id = peer(1);
        scheduler.addComplete(id, SLOTS);
        List<Integer> owed = allThatItMayOwe(id);
        while (owed.size() < 24) {
            owed.forEach(block -> scheduler.received(id, block, BlockLayout.BLOCK_BYTES, now));
            owed = allThatItMayOwe(id);
        }
        owed.forEach(block -> scheduler.failed(id, block, now));
        int failed = owed.size();
        long failedAt = now;
        int roundTrips = 0;
        while (scheduler.doneCount() < BLOCKS) {
            // It is left alone for a moment first.
            List<Integer> again = allThatItMayOwe(id);
            again.forEach(block -> scheduler.received(id, block, BlockLayout.BLOCK_BYTES, now));
            if (roundTrips == 0 && !again.isEmpty()) {
                assertTrue(now - failedAt <= SECOND, "one failure, of all of them together");
            }
            roundTrips += again.isEmpty() ? 0 : 1;
            assertTrue(now < 60 * SECOND, () -> scheduler.doneCount() + " blocks");
        }
        assertTrue(roundTrips < failed / 2, roundTrips + " round trips for " + failed + " blocks");
    }

    @Test
    void twoThatHaveAHalfEachGiveAllOfIt() {
        seeder(1, block -> block % 2 == 0);
        seeder(2, block -> block % 2 == 1);
        assertTrue(nanosUntil(BLOCKS) < 4 * SECOND);
    }

    @Test
    void oneThatHasAHalfGivesAllOfThat() {
        seeder(1, block -> block % 2 == 0);
        assertTrue(nanosUntil(BLOCKS / 2) < 4 * SECOND);
    }

    @Test
    void withOthersWhoFetchTheSameHalvesComeAsFast() {
        seeder(1, block -> block % 2 == 0);
        seeder(2, block -> block % 2 == 1);
        relays(2, 500 * MILLI);
        assertTrue(nanosUntil(BLOCKS) < 5 * SECOND);
    }

    @Test
    void oneThatHasAHalfGivesThatWhereOthersFetchTheSame() {
        seeder(1, block -> block % 2 == 0);
        relays(2, 500 * MILLI);
        assertTrue(nanosUntil(BLOCKS / 2) < 5 * SECOND);
    }
}
