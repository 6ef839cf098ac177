// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.guixp2p.node.download.BlockScheduler.Ask;
import org.guixp2p.node.download.BlockScheduler.Reason;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Test;

class BlockSchedulerTest {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final int SLOTS = 256;

    private static BlockScheduler<String> scheduler(int blocks, String... sources) {
        BlockScheduler<String> scheduler = new BlockScheduler<>(blocks, new Random(7));
        for (String source : sources) {
            scheduler.addComplete(source, SLOTS);
        }
        return scheduler;
    }

    private static BitSet blocks(int... members) {
        BitSet set = new BitSet();
        for (int block : members) {
            set.set(block);
        }
        return set;
    }

    private static int fresh(BlockScheduler<String> scheduler, String source, long now) {
        Ask<String> ask = scheduler.next(source, now, true).orElseThrow();
        assertEquals(Reason.FRESH, ask.reason());
        return ask.block();
    }

    private static void nothing(BlockScheduler<String> scheduler, String source, long now) {
        assertEquals(Optional.empty(), scheduler.next(source, now, true));
    }

    // Order.

    @Test
    void whileAReaderWaitsBlocksGoInItsOrderAndNoneTwice() {
        BlockScheduler<String> scheduler = scheduler(20, "a", "b");
        for (int block = 0; block < 8; block++) {
            assertEquals(block, fresh(scheduler, block % 2 == 0 ? "a" : "b", 0));
        }
        nothing(scheduler, "a", 0);
        scheduler.received("a", 0, BLOCK, MILLI);
        assertEquals(8, fresh(scheduler, "a", MILLI));
        assertEquals(1, scheduler.contiguous());
    }

    @Test
    void farBeyondTheReaderNobodyIsAskedForAnything() {
        for (boolean waits : new boolean[]{true, false}) {
            BlockScheduler<String> scheduler = scheduler(20, "a", "b");
            scheduler.askBefore(0);
            nothing(scheduler, "a", 0);
            assertTrue(scheduler.isHeldBack());
            scheduler.askBefore(3);
            assertFalse(scheduler.isHeldBack());
            Set<Integer> asked = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                asked.add(scheduler.next("a", 0, waits).orElseThrow().block());
            }
            assertEquals(Set.of(0, 1, 2), asked);
            assertEquals(Optional.empty(), scheduler.next("b", 0, waits));
            assertFalse(scheduler.isHeldBack(), "it is waited for");
            scheduler.failed("a", 1, MILLI);
            assertEquals(1, scheduler.next("b", MILLI, waits).orElseThrow().block());
            scheduler.received("a", 0, BLOCK, 2 * MILLI);
            scheduler.received("b", 1, BLOCK, 2 * MILLI);
            scheduler.received("a", 2, BLOCK, 2 * MILLI);
            assertTrue(scheduler.isHeldBack());
            scheduler.askBefore(4);
            assertEquals(3, scheduler.next("b", 3 * MILLI, waits).orElseThrow().block());
            scheduler.askBefore(30);
            assertTrue(scheduler.next("b", 3 * MILLI, waits).isPresent());
            assertFalse(scheduler.isHeldBack());
        }
    }

    @Test
    void whatWasAskedBeforeItsSourceWasKnownIsAskedOfNobodyElse() {
        BlockScheduler<String> scheduler = scheduler(3, "a", "b");
        scheduler.have(1);
        assertTrue(scheduler.asked("a", 0, 10 * MILLI));
        assertFalse(scheduler.asked("b", 0, 10 * MILLI), "another one owes it");
        assertFalse(scheduler.asked("a", 1, 10 * MILLI), "it is there");
        assertFalse(scheduler.asked("a", 3, 10 * MILLI), "there is no such block");
        assertFalse(scheduler.asked("c", 2, 10 * MILLI), "nobody knows it");
        assertEquals(1, scheduler.owed("a"));
        assertEquals(2, fresh(scheduler, "b", 60 * MILLI));
        assertEquals(List.of(), scheduler.received("a", 0, BLOCK, 60 * MILLI));
        assertEquals(0, scheduler.owed("a"));
        scheduler.received("b", 2, BLOCK, 61 * MILLI);
        assertTrue(scheduler.isComplete());
        assertEquals(0, scheduler.requeued());
    }

    @Test
    void whatWasAskedBeforeItsSourceWasKnownGoesBackWhenThatLeaves() {
        BlockScheduler<String> scheduler = scheduler(2, "a", "b");
        assertTrue(scheduler.asked("a", 0, 0));
        scheduler.remove("a");
        assertEquals(0, fresh(scheduler, "b", MILLI));
        assertEquals(1, scheduler.requeued());
    }

    @Test
    void whereNobodyIsAskedAnyMoreNothingWasAskedForInVain() {
        BlockScheduler<String> scheduler = scheduler(3, "a", "b");
        assertTrue(scheduler.asked("a", 0, 0));
        assertTrue(scheduler.asked("b", 1, 0));
        scheduler.remove("b", block -> true);
        scheduler.removeAll();
        assertEquals(0, scheduler.requeued());
        assertFalse(scheduler.hasSources());
        scheduler.addComplete("c", 8);
        assertEquals(List.of(0, 1, 2), List.of(fresh(scheduler, "c", MILLI), fresh(scheduler, "c", MILLI),
                fresh(scheduler, "c", MILLI)));
    }

    /** Others gave what it owed, it was told so, and it has nothing to say for itself: it may be there again. */
    @Test
    void whoStalledAndOwesNothingAnyMoreIsTriedAgain() {
        int blocks = 100;
        BlockScheduler<String> scheduler = scheduler(blocks, "a", "b");
        // More than are hedged: the last ones go to the other one when this one is seen to have stalled.
        for (int block = 0; block < Pace.FIRST_WINDOW; block++) {
            assertEquals(block, fresh(scheduler, "a", 0));
        }
        long now = 0;
        while (scheduler.contiguous() < Pace.FIRST_WINDOW) {
            now += 100 * MILLI;
            int given = scheduler.next("b", now, true).orElseThrow().block();
            scheduler.received("b", given, BLOCK, now + MILLI);
        }
        assertEquals(0, scheduler.owed("a"));
        scheduler.remove("b");
        assertTrue(scheduler.doneCount() < blocks);
        long later = now + 2 * MILLI;
        for (int i = 0; i < 3 && scheduler.owed("a") == 0; i++) {
            while (scheduler.next("a", later, true).isPresent()) {
                // Until it owes as much as it may.
            }
            long change = scheduler.nextChange(later);
            assertTrue(change > later && change <= later + 5 * SECOND, change - later + " ns");
            later = scheduler.owed("a") == 0 ? change : later;
        }
        assertEquals(1, scheduler.owed("a"), "one block shows whether it is there again");
        scheduler.heard("a", later + MILLI);
        while (scheduler.next("a", later + MILLI, true).isPresent()) {
            // It is.
        }
        assertTrue(scheduler.owed("a") > 1);
    }

    /** The one that is left has all the rest, and falls silent: whoever stalled before is tried with what it owes. */
    @Test
    void whoStalledIsTriedWhenTheOtherOneFallsSilentToo() {
        BlockScheduler<String> scheduler = scheduler(12, "a", "b");
        for (int block = 0; block < Pace.FIRST_WINDOW; block++) {
            assertEquals(block, fresh(scheduler, "a", 0));
        }
        long now = 0;
        while (scheduler.contiguous() < Pace.FIRST_WINDOW) {
            now += 500 * MILLI;
            Optional<Ask<String>> given = scheduler.next("b", now, true);
            if (given.isPresent()) {
                scheduler.received("b", given.get().block(), BLOCK, now + MILLI);
            }
            assertTrue(now < 60 * SECOND, () -> scheduler.done().toString());
        }
        while (scheduler.next("b", now, true).isPresent()) {
            // Until it owes all the rest, or as much as it may.
        }
        boolean tried = false;
        for (int i = 0; i < 60 && !tried; i++) {
            now += SECOND;
            scheduler.next("b", now, true);
            tried = scheduler.next("a", now, true).isPresent();
        }
        assertTrue(tried);
    }

    /** What nobody failed is not asked for again because something else was failed. */
    @Test
    void onlyWhatASourceFailedIsAskedOfItAgain() {
        BlockScheduler<String> scheduler = scheduler(4, "a");
        scheduler.addRelay("r", blocks(2, 3), SLOTS);
        scheduler.share(List.of(BlockSet.none(4)));
        scheduler.relayHas("r", 0, true);
        int asked = scheduler.next("r", 0, false).orElseThrow().block();
        scheduler.failed("r", asked, MILLI);
        Set<Integer> again = new HashSet<>();
        for (int i = 0; i < 6; i++) {
            long now = SECOND * (i + 1);
            scheduler.next("r", now, false).ifPresent(ask -> {
                again.add(ask.block());
                scheduler.failed("r", ask.block(), now + MILLI);
            });
        }
        assertFalse(again.contains(1), "the relay does not have it");
        assertTrue(again.size() <= 3, again::toString);
    }

    @Test
    void fetchersOfOneSeederAskForDifferentBlocksWhenNobodyWaits() {
        Set<Integer> asked = new HashSet<>();
        for (int fetcher = 0; fetcher < 10; fetcher++) {
            BlockScheduler<String> scheduler = new BlockScheduler<>(5_000, new Random(fetcher));
            scheduler.addComplete("seeder", SLOTS);
            for (int i = 0; i < Pace.FIRST_WINDOW; i++) {
                asked.add(scheduler.next("seeder", 0, false).orElseThrow().block());
            }
        }
        assertTrue(asked.size() >= 38, asked::toString);
    }

    @Test
    void theRarestAmongRelaysGoesFirst() {
        BlockScheduler<String> scheduler = scheduler(4, "seeder");
        scheduler.addRelay("r0", blocks(0, 1, 2, 3), SLOTS);
        scheduler.addRelay("r1", blocks(0, 1, 2), SLOTS);
        scheduler.addRelay("r2", blocks(0, 1), SLOTS);
        scheduler.addRelay("r3", blocks(0), SLOTS);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            order.add(scheduler.next("r0", 0, false).orElseThrow().block());
        }
        assertEquals(List.of(3, 2, 1, 0), order);
    }

    @Test
    void rarityFollowsWhatRelaysSayAndWhoLeaves() {
        BlockScheduler<String> scheduler = scheduler(3, "seeder");
        scheduler.addRelay("r0", blocks(0, 1, 2), SLOTS);
        scheduler.addRelay("r1", blocks(0, 1, 2), SLOTS);
        scheduler.addRelay("r2", blocks(2), SLOTS);
        scheduler.relayHas("r2", 0, true);
        scheduler.relayHas("r2", 0, true);
        scheduler.relayHas("seeder", 1, false);
        assertEquals(1, scheduler.next("r0", 0, false).orElseThrow().block());
        scheduler.relayHas("r2", 2, false);
        assertEquals(2, scheduler.next("r0", 0, false).orElseThrow().block());
        scheduler.remove("r1");
        assertEquals(0, scheduler.next("r0", 0, false).orElseThrow().block());
    }

    /** Those that have all are asked for what no relay has: first for what falls to this node, in the reader's order. */
    @Test
    void aSeederIsAskedForOnesOwnShareFirst() {
        BlockScheduler<String> scheduler = scheduler(1_000, "seeder");
        scheduler.addRelay("r1", blocks(3, 5), SLOTS);
        BlockSet odd = BlockSet.none(1_000);
        for (int block = 1; block < 1_000; block += 2) {
            odd.set(block);
        }
        scheduler.share(List.of(odd));
        long now = 0;
        for (int expected = 1; expected < 200; expected += 2) {
            if (expected != 3 && expected != 5) {
                int block = scheduler.next("seeder", now, false).orElseThrow().block();
                assertEquals(expected, block);
                scheduler.received("seeder", block, BLOCK, now += MILLI);
            }
        }
    }

    /** A relay may never fetch its share. */
    @Test
    void aReaderThatWaitsGetsWhatFallsToOthersToo() {
        BlockScheduler<String> scheduler = scheduler(1_000, "seeder");
        scheduler.addRelay("r1", blocks(), SLOTS);
        BlockSet late = BlockSet.none(1_000);
        for (int block = 500; block < 1_000; block++) {
            late.set(block);
        }
        scheduler.share(List.of(late));
        Set<Integer> asked = new HashSet<>();
        long now = 0;
        for (int i = 0; i < 100; i++) {
            int block = fresh(scheduler, "seeder", now);
            asked.add(block);
            scheduler.received("seeder", block, BLOCK, now += 100 * MILLI);
        }
        long near = asked.stream().filter(block -> block < 500).count();
        assertTrue(near > 15 && near < 75, () -> near + " of 100 for the reader");
        assertTrue(asked.containsAll(Set.of(0, 1, 2, 3, 4)), asked::toString);
    }

    @Test
    void whatRelaysCanGiveIsNotAskedOfASeeder() {
        BlockScheduler<String> scheduler = scheduler(2, "seeder");
        scheduler.addRelay("r1", blocks(0), SLOTS);
        assertEquals(1, fresh(scheduler, "seeder", 0));
        scheduler.received("seeder", 1, BLOCK, 0);
        nothing(scheduler, "seeder", 0);
        assertEquals(0, fresh(scheduler, "r1", 0));
        scheduler.busy("r1", 0, 1_000 * MILLI, 0);
        assertEquals(0, fresh(scheduler, "seeder", 0));
    }

    /** Ten who fetch at once would else get from the seeder what one of them has already. */
    @Test
    void whatASeederHasYetToSendMovesToARelayThatHasItByNow() {
        BlockScheduler<String> scheduler = scheduler(40, "seeder");
        long now = teach(scheduler, "seeder", 4, 500 * MILLI, 0);
        List<Integer> owed = asked(scheduler, "seeder", now);
        assertTrue(owed.size() >= 2, owed::toString);
        scheduler.addRelay("relay", blocks(owed.getLast()), SLOTS);
        assertEquals(Optional.of(new Ask<>(owed.getLast(), Reason.MOVE, "seeder")),
                scheduler.next("relay", now, true));
        assertFalse(scheduler.failed("seeder", owed.getLast(), now), "it does not owe it any more");
        assertEquals(0, scheduler.requeued() + scheduler.hedged());
        assertEquals(List.of(), scheduler.received("relay", owed.getLast(), BLOCK, now + 10 * MILLI));
    }

    /** Its link has it already, and the relay's would carry it for nothing. */
    @Test
    void nothingMovesOnceTwoHaveComeTwice() {
        BlockScheduler<String> scheduler = scheduler(40, "seeder");
        long now = teach(scheduler, "seeder", 4, 500 * MILLI, 0);
        List<Integer> owed = asked(scheduler, "seeder", now);
        assertEquals(3, owed.size());
        addRelay(scheduler, "relay", owed);
        for (int i = 0; i < 2; i++) {
            int block = moved(scheduler, "relay", now);
            scheduler.received("relay", block, BLOCK, now += 10 * MILLI);
            scheduler.cameTwice(block);
        }
        nothing(scheduler, "relay", now);
    }

    /** It is told of as soon as another one gives them, and may have sent them by then. */
    @Test
    void nothingMovesOnceTwoThatWereHedgedHaveComeTwice() {
        BlockScheduler<String> scheduler = scheduler(60, "slow", "quick");
        long now = teach(scheduler, "quick", 20, teach(scheduler, "slow", 20, 0));
        List<Integer> owed = asked(scheduler, "slow", now);
        assertTrue(owed.size() > 2, owed::toString);
        now += 251 * MILLI;
        while (scheduler.hedged() < 2) {
            Ask<String> ask = scheduler.next("quick", now += MILLI, true).orElseThrow();
            if (!scheduler.received("quick", ask.block(), BLOCK, now).isEmpty()) {
                scheduler.cameTwice(ask.block());
            }
        }
        addRelay(scheduler, "relay", owed);
        nothing(scheduler, "relay", now);
    }

    @Test
    void nothingMovesOnceTwoThatWereRacedForHaveComeTwice() {
        BlockScheduler<String> scheduler = scheduler(11, "seeder", "quick");
        long now = teach(scheduler, "seeder", 4, 500 * MILLI, teach(scheduler, "quick", 4, 0));
        List<Integer> owed = asked(scheduler, "seeder", now);
        assertEquals(3, owed.size(), "all that was left");
        for (int i = 0; i < 2; i++) {
            Ask<String> race = scheduler.next("quick", now, true).orElseThrow();
            assertEquals(Reason.ENDGAME, race.reason());
            assertEquals(List.of("seeder"), scheduler.received("quick", race.block(), BLOCK, now += 10 * MILLI));
            scheduler.cameTwice(race.block());
        }
        addRelay(scheduler, "relay", owed);
        nothing(scheduler, "relay", now);
    }

    /** What it still sends when it is back says nothing of cancels that come too late. */
    @Test
    void whatComesTwiceBecauseItsSourceHadStalledKeepsNothingFromMoving() {
        BlockScheduler<String> scheduler = scheduler(40, "seeder");
        long now = teach(scheduler, "seeder", 4, 500 * MILLI, 0);
        List<Integer> owed = asked(scheduler, "seeder", now);
        scheduler.askBefore(4 + owed.size());
        addRelay(scheduler, "relay", owed);
        int given = moved(scheduler, "relay", now);
        scheduler.received("relay", given, BLOCK, now += 10 * MILLI);
        Set<Integer> moved = Set.of(moved(scheduler, "relay", now), moved(scheduler, "relay", now));
        now += 3 * SECOND;
        List<Integer> again = asked(scheduler, "seeder", now);
        assertEquals(moved, Set.copyOf(again), "they are as if nobody owed them");
        for (int block : again) {
            assertEquals(List.of("relay"), scheduler.received("seeder", block, BLOCK, now += 500 * MILLI));
            scheduler.cameTwice(block);
        }
        scheduler.askBefore(40);
        int last = asked(scheduler, "seeder", now).getLast();
        addRelay(scheduler, "other", List.of(last));
        assertEquals(last, moved(scheduler, "other", now));
    }

    private static void addRelay(BlockScheduler<String> scheduler, String relay, List<Integer> has) {
        scheduler.addRelay(relay, blocks(has.stream().mapToInt(Integer::intValue).toArray()), SLOTS);
    }

    private static int moved(BlockScheduler<String> scheduler, String relay, long now) {
        Ask<String> ask = scheduler.next(relay, now, true).orElseThrow();
        assertEquals(Reason.MOVE, ask.reason());
        return ask.block();
    }

    /** A peer that answers nothing must not keep others from being asked. */
    @Test
    void whatAMutePeerOwesCountsNotAmongWhatIsUnderWay() {
        BlockScheduler<String> scheduler = scheduler(10_000, "mute", "b", "c");
        long now = 0;
        int owed = 0;
        for (String source : List.of("mute", "b", "c")) {
            for (int i = 0; i < 400; i++) {
                int block = scheduler.next(source, now, true).orElseThrow().block();
                scheduler.received(source, block, BLOCK, now += MILLI / 10);
            }
        }
        while (scheduler.next("mute", now, true).isPresent()) {
            owed++;
        }
        assertTrue(owed > 2, "the mute one owes " + owed);
        int before = scheduler.underWay();
        assertEquals(owed, before);
        now += 10_000 * MILLI;
        assertTrue(scheduler.next("b", now, true).isPresent());
        assertEquals(1, scheduler.underWay());
        scheduler.heard("mute", now);
        assertEquals(owed, scheduler.underWay(), "it is back, but for the one that was given away");
        scheduler.remove("mute");
        assertEquals(1, scheduler.underWay());
    }

    @Test
    void aRelayIsAskedOnlyForWhatItHas() {
        BlockScheduler<String> scheduler = scheduler(3);
        scheduler.addRelay("relay", blocks(2), SLOTS);
        assertEquals(2, fresh(scheduler, "relay", 0));
        nothing(scheduler, "relay", 0);
        scheduler.relayHas("relay", 1, true);
        assertEquals(1, fresh(scheduler, "relay", 0));
    }

    // Failures.

    @Test
    void aFailedBlockGoesToAnotherSourceAtOnceAndComesBackOnlyWhenNobodyElseCanGiveIt() {
        BlockScheduler<String> scheduler = scheduler(1, "a", "b");
        assertEquals(0, fresh(scheduler, "a", 0));
        scheduler.failed("a", 0, MILLI);
        assertEquals(1, scheduler.requeued());
        nothing(scheduler, "a", MILLI);
        nothing(scheduler, "a", SECOND);
        assertEquals(0, fresh(scheduler, "b", MILLI));
        scheduler.failed("b", 0, 2 * MILLI);
        nothing(scheduler, "b", 3 * MILLI);
        assertTrue(scheduler.nextChange(3 * MILLI) <= 102 * MILLI);
        assertEquals(0, fresh(scheduler, "a", 101 * MILLI), "both failed once: a passing fault is possible");
    }

    @Test
    void aSourceThatOnlyFailsIsAskedMoreAndMoreSeldom() {
        BlockScheduler<String> scheduler = scheduler(1_000, "broken");
        int asked = 0;
        long now = 0;
        while (now < 60 * SECOND) {
            for (Optional<Ask<String>> ask = scheduler.next("broken", now, true); ask
                    .isPresent(); ask = scheduler.next("broken", now, true)) {
                asked++;
                scheduler.failed("broken", ask.get().block(), now);
            }
            now = scheduler.nextChange(now);
        }
        assertTrue(asked > 5 && asked < 30, "asked " + asked + " times");
    }

    @Test
    void whatASourceOwesGoesBackAtOnceWhenItLeaves() {
        BlockScheduler<String> scheduler = scheduler(3, "a");
        fresh(scheduler, "a", 0);
        fresh(scheduler, "a", 0);
        scheduler.remove("a");
        assertEquals(2, scheduler.requeued());
        assertFalse(scheduler.hasSources());
        scheduler.remove("a");
        assertEquals(2, scheduler.requeued());
        scheduler.addComplete("b", SLOTS);
        assertEquals(0, fresh(scheduler, "b", 0));
        assertEquals(List.of(), scheduler.received("a", 1, BLOCK, 1), "what comes all the same is welcome");
        assertEquals(2, fresh(scheduler, "b", 0));
    }

    @Test
    void whatIsHereOfASourceThatLeavesIsAskedOfNobodyUnlessItComesToNothing() {
        BlockScheduler<String> scheduler = scheduler(4, "a", "b");
        for (int block = 0; block < 3; block++) {
            assertEquals(block, fresh(scheduler, "a", 0));
        }
        scheduler.remove("a", block -> block < 2);
        assertEquals(1, scheduler.requeued());
        assertEquals(2, fresh(scheduler, "b", 0));
        assertEquals(3, fresh(scheduler, "b", 0));
        nothing(scheduler, "b", 0);
        assertEquals(2, scheduler.underWay());
        assertEquals(List.of(), scheduler.have(0));
        scheduler.cameToNothing(0);
        nothing(scheduler, "b", 0);
        scheduler.cameToNothing(1);
        assertEquals(1, fresh(scheduler, "b", 0));
        scheduler.cameToNothing(1);
        nothing(scheduler, "b", 0);
        assertEquals(2, scheduler.requeued());
    }

    /** Two were asked for the same block: the second fails to give it while that of the first is being looked at. */
    @Test
    void whatIsHereIsWaitedForThoughAnotherSourceFailsIt() {
        BlockScheduler<String> scheduler = scheduler(1, "a", "b", "c");
        fresh(scheduler, "a", 0);
        long now = 2_001 * MILLI;
        assertEquals(Reason.HEDGE, scheduler.next("b", now, true).orElseThrow().reason());
        scheduler.remove("a", block -> true);
        scheduler.failed("b", 0, now);
        nothing(scheduler, "c", now);
        scheduler.cameToNothing(0);
        assertEquals(0, fresh(scheduler, "c", now));
    }

    @Test
    void aBusySourceIsLeftAloneForAsLongAsItAskedAndGetsFewerAfterwards() {
        BlockScheduler<String> scheduler = scheduler(100, "a");
        for (int block = 0; block < Pace.FIRST_WINDOW; block++) {
            fresh(scheduler, "a", 0);
        }
        scheduler.busy("a", 3, 100 * MILLI, MILLI);
        scheduler.busy("a", 2, 50 * MILLI, MILLI);
        assertEquals(2, scheduler.requeued());
        nothing(scheduler, "a", 99 * MILLI);
        assertEquals(100 * MILLI, scheduler.nextChange(99 * MILLI));
        nothing(scheduler, "a", 100 * MILLI);
        scheduler.received("a", 0, BLOCK, 101 * MILLI);
        assertEquals(2, fresh(scheduler, "a", 101 * MILLI));
    }

    @Test
    void aFailureOfABlockThatIsThereCountsForNothing() {
        BlockScheduler<String> scheduler = scheduler(1, "a", "b");
        fresh(scheduler, "a", 0);
        assertEquals(List.of("a"), scheduler.have(0));
        scheduler.failed("a", 0, 1);
        scheduler.busy("a", 0, SECOND, 1);
        assertEquals(0, scheduler.requeued());
        assertTrue(scheduler.isComplete());
        assertEquals(Long.MAX_VALUE, scheduler.nextChange(2));
    }

    // Lateness.

    /** Makes a source known as one that answers in 10 ms. */
    private static long teach(BlockScheduler<String> scheduler, String source, int count, long from) {
        return teach(scheduler, source, count, 10 * MILLI, from);
    }

    /** It gives a block each {@code nanos}. */
    private static long teach(BlockScheduler<String> scheduler, String source, int count, long nanos, long from) {
        long now = from;
        for (int i = 0; i < count; i++) {
            int block = fresh(scheduler, source, now);
            scheduler.received(source, block, BLOCK, now += nanos);
        }
        return now;
    }

    /** What a source is asked for until it may owe no more. */
    private static List<Integer> asked(BlockScheduler<String> scheduler, String source, long now) {
        List<Integer> blocks = new ArrayList<>();
        for (var ask = scheduler.next(source, now, true); ask.isPresent(); ask = scheduler.next(source, now, true)) {
            blocks.add(ask.get().block());
        }
        return blocks;
    }

    @Test
    void aLateBlockIsHedgedOnceAndTheLoserIsNamed() {
        BlockScheduler<String> scheduler = scheduler(60, "slow", "quick", "third");
        long now = teach(scheduler, "quick", 20, teach(scheduler, "slow", 20, 0));
        int late = fresh(scheduler, "slow", now);
        assertEquals(now + 250 * MILLI + 1, scheduler.nextChange(now));
        fresh(scheduler, "quick", now + 250 * MILLI);
        // Perhaps this machine has stood still: others have to show that they go on.
        for (int i = 0; i < 3; i++) {
            int block = fresh(scheduler, "quick", now + 251 * MILLI);
            scheduler.received("quick", block, BLOCK, now + 251 * MILLI + i);
        }
        assertEquals(Optional.of(new Ask<>(late, Reason.HEDGE)), scheduler.next("quick", now + 252 * MILLI, true));
        assertEquals(1, scheduler.hedged());
        assertNotEquals(late, fresh(scheduler, "third", now + 252 * MILLI), "two are enough");
        assertEquals(List.of(), scheduler.takeSlow());
        assertEquals(List.of("slow"), scheduler.received("quick", late, BLOCK, now + 260 * MILLI));
        assertEquals(List.of(new BlockScheduler.Slow<>("slow", false)), scheduler.takeSlow());
        assertEquals(List.of(), scheduler.takeSlow(), "once");
        assertEquals(0, scheduler.owed("slow"));
        assertEquals(0, scheduler.requeued());
    }

    @Test
    void aSourceThatWithholdsOneBlockIsLateThoughOthersComeFromIt() {
        BlockScheduler<String> scheduler = scheduler(100, "sly", "quick");
        long now = teach(scheduler, "quick", 20, teach(scheduler, "sly", 20, 0));
        int withheld = fresh(scheduler, "sly", now);
        for (int i = 1; i <= 30; i++) {
            int block = fresh(scheduler, "sly", now);
            scheduler.received("sly", block, BLOCK, now += 100 * MILLI);
            if (i == 5) {
                int other = fresh(scheduler, "quick", now);
                assertNotEquals(withheld, other, "half a second is no reason while blocks come one after another");
                scheduler.received("quick", other, BLOCK, now + 10 * MILLI);
            }
        }
        assertEquals(Optional.of(new Ask<>(withheld, Reason.HEDGE)), scheduler.next("quick", now, true));
    }

    @Test
    void hedgesAreAHundredthOfTheBlocksAndTwo() {
        BlockScheduler<String> scheduler = scheduler(300, "slow", "quick");
        long now = teach(scheduler, "quick", 20, 0);
        for (int i = 0; i < Pace.FIRST_WINDOW; i++) {
            fresh(scheduler, "slow", now);
        }
        int hedges = 0;
        for (long later = now; later < now + 3_900 * MILLI; later += 100 * MILLI) {
            Ask<String> ask = scheduler.next("quick", later, true).orElseThrow();
            hedges += ask.reason() == Reason.HEDGE ? 1 : 0;
            scheduler.received("quick", ask.block(), BLOCK, later + 10 * MILLI);
        }
        assertEquals(4, hedges, "all that was late");
        BlockScheduler<String> small = scheduler(99, "slow", "quick");
        now = teach(small, "quick", 20, 0);
        for (int i = 0; i < Pace.FIRST_WINDOW; i++) {
            fresh(small, "slow", now);
        }
        for (long later = now; later < now + 3_900 * MILLI; later += 100 * MILLI) {
            Ask<String> ask = small.next("quick", later, true).orElseThrow();
            small.received("quick", ask.block(), BLOCK, later + 10 * MILLI);
        }
        assertEquals(2, small.hedged());
    }

    @Test
    void aSourceThatSaysNothingIsNotWaitedForAndMayComeBack() {
        BlockScheduler<String> scheduler = scheduler(40, "mute", "quick");
        long now = teach(scheduler, "quick", 20, 0);
        Set<Integer> owed = new HashSet<>();
        for (int i = 0; i < Pace.FIRST_WINDOW; i++) {
            owed.add(fresh(scheduler, "mute", now));
        }
        long stalled = now + 4 * SECOND;
        assertTrue(scheduler.nextChange(now + 3 * SECOND) <= stalled);
        int first = fresh(scheduler, "quick", stalled);
        assertTrue(owed.contains(first), "it is as if nobody owed it");
        assertEquals(List.of(new BlockScheduler.Slow<>("mute", true)), scheduler.takeSlow());
        assertEquals(4, scheduler.requeued());
        nothing(scheduler, "mute", stalled);
        assertEquals(4, scheduler.owed("mute"), "it may still come");
        int second = owed.stream().filter(block -> block != first).findFirst().orElseThrow();
        assertEquals(List.of(), scheduler.received("mute", second, BLOCK, stalled + 1));
        assertEquals(List.of("mute"), scheduler.received("quick", first, BLOCK, stalled + 10 * MILLI));
        assertEquals(2, scheduler.owed("mute"), "it is on with the rest");
        Set<Integer> others = new HashSet<>();
        for (Optional<Ask<String>> ask = scheduler.next("quick", stalled + 10 * MILLI, true); ask
                .isPresent(); ask = scheduler.next("quick", stalled + 10 * MILLI, true)) {
            assertTrue(others.add(ask.get().block()));
        }
        owed.remove(first);
        assertTrue(others.stream().noneMatch(owed::contains), () -> others + " and " + owed);
    }

    /** Over a slow line, shared by several sources, the first block takes long though bytes come all the time. */
    @Test
    void aSourceThatSendsItsFirstBlockSlowlyIsNeitherLateNorStalled() {
        BlockScheduler<String> scheduler = scheduler(40, "slow", "quick");
        long now = teach(scheduler, "quick", 20, 0);
        for (int i = 0; i < Pace.FIRST_WINDOW; i++) {
            fresh(scheduler, "slow", now);
        }
        for (int i = 0; i < 16; i++) {
            int block = fresh(scheduler, "quick", now);
            scheduler.received("quick", block, BLOCK, now + 10 * MILLI);
            scheduler.heard("slow", now += SECOND);
        }
        assertEquals(0, scheduler.requeued() + scheduler.hedged());
        assertTrue(scheduler.next("quick", now + 2 * SECOND + 1, true).isPresent(), "it has fallen silent");
        assertEquals(1, scheduler.hedged());
    }

    // The end.

    /** As many as one peer may owe before it has given any; each may come twice. */
    @Test
    void fourOfTheLastBlocksAreRacedFor() {
        BlockScheduler<String> scheduler = scheduler(17, "seeder", "other", "quick");
        long now = teach(scheduler, "other", 4, 500 * MILLI, teach(scheduler, "quick", 4, 0));
        now = teach(scheduler, "seeder", 4, 500 * MILLI, now);
        assertEquals(5, asked(scheduler, "seeder", now).size() + asked(scheduler, "other", now).size(),
                "all that was left");
        for (int races = 0; races < 4; races++) {
            Ask<String> race = scheduler.next("quick", now, true).orElseThrow();
            assertEquals(Reason.ENDGAME, race.reason());
            scheduler.received("quick", race.block(), BLOCK, now + 10 * MILLI);
            now += 10 * MILLI;
        }
        nothing(scheduler, "quick", now);
    }

    /** What is fetched ahead shares its links with others of its kind, each of which would have its last blocks come twice. */
    @Test
    void nothingIsRacedForWhileNobodyWaits() {
        BlockScheduler<String> scheduler = scheduler(11, "seeder", "quick");
        long now = teach(scheduler, "seeder", 4, 500 * MILLI, teach(scheduler, "quick", 4, 0));
        List<Integer> owed = asked(scheduler, "seeder", now);
        assertEquals(3, owed.size(), "all that was left");
        assertEquals(Optional.empty(), scheduler.next("quick", now, false));
        assertEquals(Reason.ENDGAME, scheduler.next("quick", now, true).orElseThrow().reason());
    }

    @Test
    void whereLinksHaveSomethingElseToDoARaceMustBeWorthMore() {
        BlockScheduler<String> scheduler = scheduler(42, "slow", "quick");
        long now = teach(scheduler, "slow", 20, 50 * MILLI, 0);
        now = teach(scheduler, "quick", 20, now);
        int slow = fresh(scheduler, "slow", now);
        fresh(scheduler, "quick", now);
        scheduler.spareLinks(true);
        nothing(scheduler, "quick", now + MILLI);
        scheduler.spareLinks(false);
        assertEquals(Optional.of(new Ask<>(slow, Reason.ENDGAME)), scheduler.next("quick", now + MILLI, true));
    }

    @Test
    void aRaceThatIsWorthALotIsRunInAnyCase() {
        BlockScheduler<String> scheduler = scheduler(42, "slow", "quick");
        long now = teach(scheduler, "slow", 20, 500 * MILLI, 0);
        now = teach(scheduler, "quick", 20, now);
        int slow = fresh(scheduler, "slow", now);
        fresh(scheduler, "quick", now);
        scheduler.spareLinks(true);
        assertEquals(Optional.of(new Ask<>(slow, Reason.ENDGAME)), scheduler.next("quick", now + MILLI, true));
    }

    @Test
    void atTheEndAQuickSourceTakesOverFromASlowOneButNotTheOtherWayRound() {
        BlockScheduler<String> scheduler = scheduler(42, "slow", "quick");
        long now = teach(scheduler, "slow", 20, 100 * MILLI, 0);
        now = teach(scheduler, "quick", 20, now);
        int slow = fresh(scheduler, "slow", now);
        int quick = fresh(scheduler, "quick", now);
        nothing(scheduler, "slow", now + MILLI);
        assertEquals(Optional.of(new Ask<>(slow, Reason.ENDGAME)), scheduler.next("quick", now + MILLI, true));
        assertEquals(1, scheduler.endgame());
        nothing(scheduler, "quick", now + MILLI);
        scheduler.received("quick", quick, BLOCK, now + 10 * MILLI);
        assertEquals(List.of("slow"), scheduler.received("quick", slow, BLOCK, now + 20 * MILLI));
        assertTrue(scheduler.isComplete());
        assertEquals(42, scheduler.doneCount());
        assertEquals(42, scheduler.done().cardinality());
    }

    @Test
    void allUnderWayIsBoundedOverManySources() {
        BlockScheduler<String> scheduler = new BlockScheduler<>(10_000, new Random(1));
        for (int i = 0; i < 200; i++) {
            scheduler.addComplete("s" + i, SLOTS);
        }
        int asked = 0;
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 200; i++) {
                asked += scheduler.next("s" + i, 0, true).isPresent() ? 1 : 0;
            }
        }
        assertEquals(400, asked, "beyond the bound each source may owe just two");
    }

    @Test
    void aNarWithoutBlocksIsCompleteAtOnce() {
        BlockScheduler<String> scheduler = scheduler(0, "a");
        assertTrue(scheduler.isComplete());
        assertEquals(Optional.empty(), scheduler.next("a", 0, false));
        assertEquals(Optional.empty(), scheduler.next("unknown", 0, false));
    }

    // Whatever happens.

    /**
     * Sources that give, fail, refuse, leave, come back and fall silent: every block arrives as long as an honest one stays,
     * and none is under way twice but for hedges, the end, and sources that were given up.
     */
    @Property(tries = 300)
    void everyBlockArrivesWhateverFails(@ForAll @IntRange(min = 0, max = 200) int blocks,
            @ForAll @IntRange(min = 1, max = 6) int sources, @ForAll boolean readerWaits, @ForAll long seed) {
        new Chaos(blocks, sources, readerWaits, seed).run();
    }

    private static final class Chaos {
        private final int blocks;
        private final int sources;
        private final boolean readerWaits;
        private final Random random;
        private final BlockScheduler<String> scheduler;
        private final Map<String, List<Integer>> owed = new HashMap<>();
        private long now;
        private int received;
        private long doubled;

        private Chaos(int blocks, int sources, boolean readerWaits, long seed) {
            this.blocks = blocks;
            this.sources = sources;
            this.readerWaits = readerWaits;
            this.random = new Random(seed);
            this.scheduler = new BlockScheduler<>(blocks, new Random(seed));
        }

        private void run() {
            for (int i = 0; i < sources; i++) {
                join("s" + i);
            }
            for (int step = 0; !scheduler.isComplete(); step++) {
                assertTrue(step < 200_000, "no progress");
                now += random.nextLong(20 * MILLI);
                String source = "s" + random.nextInt(sources);
                scheduler.next(source, now, readerWaits).ifPresent(ask -> asked(source, ask));
                List<Integer> mine = Objects.requireNonNull(owed.get(source));
                if (!mine.isEmpty() && random.nextInt(3) == 0) {
                    answer(source, mine.remove(random.nextInt(mine.size())));
                }
                if (random.nextInt(200) == 0 && !source.equals("s0")) {
                    mine.clear();
                    scheduler.remove(source);
                    join(source);
                }
            }
            assertEquals(blocks, received);
            assertEquals(blocks, scheduler.contiguous());
            long explained = scheduler.hedged() + scheduler.endgame() + scheduler.requeued();
            assertTrue(doubled <= explained, () -> doubled + " twice, " + explained + " for a reason");
            assertTrue(scheduler.hedged() <= 2 + blocks / 100);
        }

        private void join(String source) {
            owed.put(source, new ArrayList<>());
            if (source.equals("s0") || random.nextBoolean()) {
                scheduler.addComplete(source, SLOTS);
                return;
            }
            BitSet some = new BitSet();
            for (int block = 0; block < blocks; block++) {
                some.set(block, random.nextBoolean());
            }
            scheduler.addRelay(source, some, SLOTS);
        }

        private void asked(String source, Ask<String> ask) {
            List<Integer> mine = Objects.requireNonNull(owed.get(source));
            assertFalse(mine.contains(ask.block()), "it owes that already");
            assertFalse(scheduler.isDone(ask.block()), "it is there");
            boolean twice = owed.values().stream().anyMatch(list -> list.contains(ask.block()));
            doubled += twice && ask.reason() == Reason.FRESH ? 1 : 0;
            String slow = ask.instead();
            if (slow != null) {
                Objects.requireNonNull(owed.get(slow)).remove((Integer) ask.block());
            }
            mine.add(ask.block());
        }

        private void answer(String source, int block) {
            int what = source.equals("s0") ? 0 : random.nextInt(4);
            if (what < 2) {
                received += scheduler.isDone(block) ? 0 : 1;
                scheduler.received(source, block, BLOCK, now)
                        .forEach(late -> Objects.requireNonNull(owed.get(late)).remove((Integer) block));
            } else if (what == 2) {
                scheduler.failed(source, block, now);
            } else {
                scheduler.busy(source, block, now + 20 * MILLI, now);
            }
        }
    }
}
