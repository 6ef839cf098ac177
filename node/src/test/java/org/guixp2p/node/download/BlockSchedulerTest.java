// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BlockSchedulerTest {
    private static final long ENDGAME = 500;

    private static BitSet all(int blocks) {
        BitSet set = new BitSet();
        set.set(0, blocks);
        return set;
    }

    private static BlockScheduler<String> scheduler(int blocks, int window, String... sources) {
        BlockScheduler<String> scheduler = new BlockScheduler<>(blocks, ENDGAME);
        for (String source : sources) {
            scheduler.add(source, all(blocks), window);
        }
        return scheduler;
    }

    @Test
    void givesBlocksInTheReadersOrderAndNoneTwice() {
        BlockScheduler<String> scheduler = scheduler(4, 2, "a", "b");
        assertEquals(OptionalInt.of(0), scheduler.next("a", 0));
        assertEquals(OptionalInt.of(1), scheduler.next("b", 0));
        assertEquals(OptionalInt.of(2), scheduler.next("a", 0));
        assertEquals(OptionalInt.empty(), scheduler.next("a", 0), "its window is full");
        assertEquals(OptionalInt.of(3), scheduler.next("b", 0));
    }

    @Test
    void aFailedBlockGoesToAnotherSourceAndComesBackOnlyWhenNobodyElseHasIt() {
        BlockScheduler<String> scheduler = scheduler(1, 4, "a", "b");
        assertEquals(OptionalInt.of(0), scheduler.next("a", 0));
        scheduler.failed("a", 0);
        assertEquals(1, scheduler.requeued());
        assertEquals(OptionalInt.empty(), scheduler.next("a", 0), "b has it too");
        assertEquals(OptionalInt.of(0), scheduler.next("b", 0));
        scheduler.failed("b", 0);
        assertEquals(OptionalInt.of(0), scheduler.next("a", 0), "both failed once: a passing fault is possible");
    }

    @Test
    void whatASourceOwesGoesBackWhenItLeaves() {
        BlockScheduler<String> scheduler = scheduler(3, 3, "a");
        scheduler.next("a", 0);
        scheduler.next("a", 0);
        assertEquals(2, scheduler.remove("a"));
        scheduler.add("b", all(3), 3);
        assertEquals(OptionalInt.of(0), scheduler.next("b", 0));
    }

    @Test
    void aBusySourceIsLeftAloneForAsLongAsItAsked() {
        BlockScheduler<String> scheduler = scheduler(2, 2, "a");
        scheduler.next("a", 0);
        scheduler.busy("a", 0, 100);
        assertEquals(OptionalInt.empty(), scheduler.next("a", 99));
        assertEquals(OptionalInt.of(0), scheduler.next("a", 100));
    }

    @Test
    void anOverdueBlockIsAskedOfASecondSourceAndTheLoserIsNamed() {
        BlockScheduler<String> scheduler = scheduler(1, 2, "slow", "idle", "third");
        scheduler.next("slow", 0);
        assertEquals(OptionalInt.empty(), scheduler.next("idle", ENDGAME - 1));
        assertEquals(OptionalInt.of(0), scheduler.next("idle", ENDGAME));
        assertEquals(OptionalInt.empty(), scheduler.next("third", 10 * ENDGAME), "two holders are enough");
        assertEquals(List.of("slow"), scheduler.received("idle", 0));
        assertTrue(scheduler.isComplete());
        assertEquals(0, scheduler.requeued());
    }

    @Test
    void aLateFailureOfABlockThatIsThereCountsForNothing() {
        BlockScheduler<String> scheduler = scheduler(1, 1, "a", "b");
        scheduler.next("a", 0);
        scheduler.next("b", ENDGAME);
        scheduler.received("b", 0);
        scheduler.failed("a", 0);
        assertEquals(0, scheduler.requeued());
        assertTrue(scheduler.isComplete());
    }

    @Test
    void aSourceIsAskedOnlyForWhatItHas() {
        BlockScheduler<String> scheduler = new BlockScheduler<>(3, ENDGAME);
        BitSet last = new BitSet();
        last.set(2);
        scheduler.add("relay", last, 3);
        assertEquals(OptionalInt.of(2), scheduler.next("relay", 0));
        assertEquals(OptionalInt.empty(), scheduler.next("relay", 0));
    }

    /** Whatever sources do, every block arrives exactly once as long as an honest one stays. */
    @Property(tries = 200)
    void everyBlockArrivesWhateverFails(@ForAll @IntRange(min = 0, max = 200) int blocks,
            @ForAll @IntRange(min = 1, max = 6) int sources, @ForAll long seed) {
        Random random = new Random(seed);
        BlockScheduler<String> scheduler = new BlockScheduler<>(blocks, ENDGAME);
        scheduler.add("honest", all(blocks), 3);
        for (int i = 1; i < sources; i++) {
            scheduler.add("s" + i, all(blocks), 1 + random.nextInt(5));
        }
        Map<String, List<Integer>> owed = new HashMap<>();
        long now = 0;
        int received = 0;
        for (int step = 0; !scheduler.isComplete(); step++) {
            assertTrue(step < 100_000, "no progress");
            now += random.nextInt(50);
            String source = random.nextInt(sources) == 0 ? "honest" : "s" + random.nextInt(sources);
            List<Integer> mine = owed.computeIfAbsent(source, s -> new ArrayList<>());
            scheduler.next(source, now).ifPresent(mine::add);
            if (!mine.isEmpty() && random.nextBoolean()) {
                int block = mine.remove(random.nextInt(mine.size()));
                if (source.equals("honest") || random.nextInt(3) == 0) {
                    received += scheduler.isDone(block) ? 0 : 1;
                    scheduler.received(source, block)
                            .forEach(late -> Objects.requireNonNull(owed.get(late)).remove((Integer) block));
                } else if (random.nextBoolean()) {
                    scheduler.failed(source, block);
                } else {
                    scheduler.busy(source, block, now + 20);
                }
            }
        }
        assertEquals(blocks, received);
        assertEquals(blocks, scheduler.contiguous());
    }
}
