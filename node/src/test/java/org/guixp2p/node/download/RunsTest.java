// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Test;

/** Blocks in a row for each source. */
class RunsTest {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;
    private static final int SLOTS = 256;
    /** Twenty blocks a second. */
    private static final long STEP = 50_000_000;

    private BlockScheduler<String> scheduler = scheduler("a", "b");
    private long now;

    private static BlockScheduler<String> scheduler(String... sources) {
        BlockScheduler<String> scheduler = new BlockScheduler<>(200, new Random(7));
        for (String source : sources) {
            scheduler.addComplete(source, SLOTS);
        }
        return scheduler;
    }

    private int next(String source, boolean readerWaits) {
        return scheduler.next(source, now, readerWaits).orElseThrow().block();
    }

    private int next(String source) {
        return next(source, true);
    }

    private void give(String source, int block, boolean compressed, long nanos) {
        now += nanos;
        scheduler.received(source, block, BLOCK, now);
        scheduler.answered(source, compressed);
    }

    /** Asks for the next block, and gives it. */
    private int fetch(String source, boolean compressed) {
        int block = next(source);
        give(source, block, compressed, STEP);
        return block;
    }

    private void begin() {
        assertEquals(0, fetch("a", true));
        assertEquals(1, fetch("b", true));
    }

    @Test
    void eachSourceHasItsOwn() {
        begin();
        for (int i = 0; i < Runs.LONGEST; i++) {
            assertEquals(2 + i, fetch("a", true));
            assertEquals(2 + Runs.LONGEST + i, fetch("b", true));
        }
        assertEquals(2 + 2 * Runs.LONGEST, fetch("b", true));
        assertEquals(2 + 3 * Runs.LONGEST, fetch("a", true));
    }

    @Test
    void whatDoesNotCompressIsSharedOutBlockByBlock() {
        begin();
        assertTrue(scheduler.compresses("a"));
        for (int i = 0; i < 16; i++) {
            fetch("a", false);
            fetch("b", false);
        }
        assertFalse(scheduler.compresses("a"));
        int first = fetch("a", false);
        assertEquals(first + 1, fetch("b", false));
        assertEquals(first + 2, fetch("a", true));
        assertTrue(scheduler.compresses("a"));
    }

    @Test
    void whoHasGivenNothingYetHasNone() {
        assertFalse(scheduler.compresses("a"));
        assertFalse(scheduler.compresses("c"));
        scheduler.answered("c", true);
        assertFalse(scheduler.compresses("c"));
        assertEquals(0, next("a"));
        assertEquals(1, next("b"));
    }

    /** The reader is not to wait for a slow one while others could give what it needs. */
    @Test
    void aSlowSourceHasShortOnes() {
        int first = next("a");
        give("a", first, true, 20 * STEP);
        fetch("b", true);
        assertEquals(2, next("a"));
        assertEquals(4, next("b"), "the slow one gives two blocks in two seconds");
    }

    @Test
    void manySourcesHaveShortOnes() {
        String[] names = new String[20];
        for (int i = 0; i < names.length; i++) {
            names[i] = "s" + i;
        }
        scheduler = scheduler(names);
        for (String name : names) {
            fetch(name, true);
        }
        assertEquals(20, next("s0"));
        assertEquals(23, next("s1"));
        assertEquals(26, next("s2"));
    }

    @Test
    void othersGoOnWhereASourceFailsIsBusyOrLeaves() {
        begin();
        assertEquals(2, next("a"));
        scheduler.failed("a", 2, now);
        assertEquals(2, next("b"));
        give("b", 2, true, STEP);
        assertEquals(3, next("b"));
        scheduler.busy("b", 3, now + 100 * STEP, now);
        assertEquals(3, next("a"));
        scheduler.remove("a");
        now += 100 * STEP;
        assertEquals(3, next("b"));
    }

    @Test
    void whatSomebodyElseHasGivenEndsARun() {
        begin();
        assertEquals(2, fetch("a", true));
        scheduler.have(3);
        assertEquals(4, fetch("a", true), "a new one");
        assertEquals(4 + Runs.LONGEST, fetch("b", true));
    }

    /** Nobody waits: fetchers of one seeder begin at different places, and each goes on from there. */
    @Test
    void goOnWhereTheRarestWasToo() {
        scheduler = scheduler("seeder");
        give("seeder", next("seeder", false), true, STEP);
        int first = next("seeder", false);
        assertNotEquals(1, first);
        give("seeder", first, true, STEP);
        assertEquals(first + 1, next("seeder", false));
    }

    @Test
    void endBeforeWhatIsLessRare() {
        scheduler = scheduler("seeder");
        scheduler.addRelay("relay", new BitSet(), SLOTS);
        give("seeder", next("seeder", false), true, STEP);
        int first = next("seeder", false);
        give("seeder", first, true, STEP);
        scheduler.relayHas("relay", first + 1, true);
        assertNotEquals(first + 1, next("seeder", false));
    }

    /** Nothing is wrong with a block that could not be read without others: its source is asked for it again at once. */
    @Test
    void whatWasReturnedIsAskedForAgain() {
        begin();
        assertEquals(2, next("a"));
        scheduler.returned("a", 2, now);
        assertEquals(0, scheduler.owed("a"));
        assertEquals(1, scheduler.requeued());
        scheduler.returned("a", 2, now);
        scheduler.returned("c", 2, now);
        assertEquals(1, scheduler.requeued());
        assertEquals(3, next("a"), "it goes on with its run");
        assertEquals(2, next("b"));
    }
}
