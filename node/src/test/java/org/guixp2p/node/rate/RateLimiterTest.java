// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.rate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Rates;
import org.junit.jupiter.api.Test;

/** Turns of many flows, in a time that the test moves. */
class RateLimiterTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;
    private static final int BLOCK = 262_144;

    private long now;

    private RateLimiter limiter(long rate, long each) {
        return new RateLimiter(new ByteRate(rate), new ByteRate(each), () -> now);
    }

    private static void nobody() {}

    /** One that wants pieces of a size, as long as the test goes on. */
    private static final class Wanting {
        private final Flow flow;
        private final int piece;
        private long bytes;

        private Wanting(Flow flow, int piece) {
            this.flow = flow;
            this.piece = piece;
            flow.ask(piece);
        }
    }

    /** Lets time go on, for whoever waits as long as told. */
    private void pass(long nanos, List<Wanting> all) {
        long end = now + nanos;
        while (true) {
            long next = Long.MAX_VALUE;
            for (Wanting each : all) {
                long pause = each.flow.pause();
                while (pause == 0) {
                    each.bytes += each.piece;
                    each.flow.ask(each.piece);
                    pause = each.flow.pause();
                }
                next = Math.min(next, pause);
            }
            if (now + next > end) {
                now = end;
                return;
            }
            now += next;
        }
    }

    private static void assertNear(long expected, long found, double part) {
        assertEquals((double) expected, (double) found, expected * part);
    }

    @Test
    void allGetTheSameThoughTheyAskForDifferentAmounts() {
        RateLimiter limiter = limiter(1 << 20, 0);
        List<Wanting> all = new ArrayList<>();
        for (int piece : new int[]{BLOCK, 16_384, 1_000, BLOCK}) {
            all.add(new Wanting(limiter.peer(RateLimiterTest::nobody), piece));
        }
        pass(60 * SECOND, all);
        for (Wanting each : all) {
            assertNear(15 << 20, each.bytes, 0.05);
        }
    }

    /** However many others want much: it waits for what is being given at this moment, and no longer. */
    @Test
    void whoWantsLittleGoesBeforeThoseWhoWantMuch() {
        RateLimiter limiter = limiter(1 << 20, 0);
        List<Wanting> many = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            many.add(new Wanting(limiter.peer(RateLimiterTest::nobody), BLOCK));
        }
        pass(30 * SECOND, many);
        Flow little = limiter.peer(RateLimiterTest::nobody);
        for (int i = 0; i < 10; i++) {
            little.ask(100);
            long asked = now;
            while (little.pause() > 0) {
                pass(MILLI, many);
            }
            assertTrue(now - asked <= 300 * MILLI, (now - asked) + " ns");
            pass(SECOND, many);
        }
    }

    @Test
    void whomItsOwnLimitHoldsBackHoldsUpNobody() {
        RateLimiter limiter = limiter(1 << 20, 128 << 10);
        List<Wanting> all = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            all.add(new Wanting(limiter.peer(RateLimiterTest::nobody), BLOCK));
        }
        Wanting server = new Wanting(limiter.server(RateLimiterTest::nobody), 16_384);
        all.add(server);
        pass(60 * SECOND, all);
        assertNear(60 * (128 << 10), all.getFirst().bytes, 0.05);
        assertNear(60 * (128 << 10), all.get(1).bytes, 0.05);
        assertNear(60 * (768 << 10), server.bytes, 0.05);
    }

    @Test
    void withoutALimitForAllEachKeepsItsOwn() {
        RateLimiter limiter = limiter(0, 1 << 20);
        List<Wanting> all = List.of(new Wanting(limiter.peer(RateLimiterTest::nobody), BLOCK),
                new Wanting(limiter.peer(RateLimiterTest::nobody), 1_000));
        pass(20 * SECOND, all);
        assertNear(20 << 20, all.getFirst().bytes, 0.05);
        assertNear(20 << 20, all.get(1).bytes, 0.05);
        Flow server = limiter.server(RateLimiterTest::nobody);
        server.ask(1L << 40);
        assertEquals(0, server.pause());
    }

    @Test
    void withoutAnyLimitNothingWaits() {
        Flow flow = RateLimits.none().upload().peer(RateLimiterTest::nobody);
        flow.ask(1L << 40);
        assertEquals(0, flow.pause());
        flow.charge(1L << 40);
        flow.ask(1);
        assertEquals(0, flow.pause());
    }

    @Test
    void whoeverWaitsIsToldOfOtherRatesAndWaitsAsLongAsTheySay() {
        RateLimits limits = new RateLimits(Rates.UNLIMITED, () -> now);
        AtomicInteger told = new AtomicInteger();
        Flow first = limits.upload().peer(told::incrementAndGet);
        Flow second = limits.upload().peer(told::incrementAndGet);
        Rates slow = new Rates(new ByteRate(1_000), ByteRate.UNLIMITED, ByteRate.UNLIMITED, ByteRate.UNLIMITED);
        limits.set(slow);
        assertEquals(slow, limits.rates());
        assertEquals(2, told.get());
        first.ask(1_100);
        second.ask(2_000);
        assertEquals(SECOND, first.pause());
        assertEquals(3 * SECOND, second.pause());
        now += SECOND / 2;
        limits.set(new Rates(new ByteRate(250), ByteRate.UNLIMITED, ByteRate.UNLIMITED, ByteRate.UNLIMITED));
        assertEquals(4, told.get());
        assertEquals(2 * SECOND, first.pause());
        assertEquals(10 * SECOND, second.pause());
        limits.set(new Rates(ByteRate.UNLIMITED, ByteRate.UNLIMITED, new ByteRate(1_000), ByteRate.UNLIMITED));
        assertEquals(0, first.pause());
        limits.set(Rates.UNLIMITED);
        assertEquals(0, second.pause());
        limits.set(slow);
        assertEquals(0, second.pause(), "it was granted before");
    }

    @Test
    void theOtherDirectionIsNotLimited() {
        RateLimits limits = new RateLimits(new Rates(new ByteRate(1_000), ByteRate.UNLIMITED, ByteRate.UNLIMITED,
                new ByteRate(10)), () -> now);
        Flow up = limits.upload().peer(RateLimiterTest::nobody);
        Flow server = limits.download().server(RateLimiterTest::nobody);
        Flow down = limits.download().peer(RateLimiterTest::nobody);
        up.ask(1_100);
        server.ask(1_000_000);
        down.ask(11);
        assertEquals(SECOND, up.pause());
        assertEquals(0, server.pause());
        assertEquals(SECOND, down.pause());
    }

    @Test
    void whatWasSavedUpForAPieceIsThereForTheNext() {
        RateLimiter limiter = limiter(1_000, 0);
        Flow flow = limiter.peer(RateLimiterTest::nobody);
        flow.ask(1_100);
        now += SECOND / 2;
        flow.withdraw();
        flow.ask(200);
        assertEquals(0, flow.pause());
        flow.ask(900);
        assertEquals(SECOND / 2, flow.pause());
    }

    @Test
    void whoeverComesNextPaysForWhatCannotWait() {
        RateLimiter limiter = limiter(1_000, 0);
        Flow first = limiter.peer(RateLimiterTest::nobody);
        Flow second = limiter.peer(RateLimiterTest::nobody);
        first.charge(1_000);
        second.ask(100);
        assertEquals(SECOND, second.pause());
    }

    @Test
    void whoIsGoneLeavesItsTurnToOthers() {
        RateLimiter limiter = limiter(1_000, 0);
        AtomicInteger told = new AtomicInteger();
        Flow gone = limiter.peer(RateLimiterTest::nobody);
        Flow next = limiter.peer(told::incrementAndGet);
        gone.ask(1_000);
        next.ask(2_000);
        assertEquals(2_900 * MILLI, next.pause());
        gone.close();
        assertEquals(1, told.get());
        assertEquals(0, gone.pause());
        assertEquals(1_900 * MILLI, next.pause());
        gone.ask(100);
        assertEquals(0, gone.pause(), "nobody waits for the sake of one that is gone");
    }

    /** A thread that has not had the processor yet costs the others nothing. */
    @Test
    void whoDoesNotLookHoldsUpNobody() {
        RateLimiter limiter = limiter(1_000, 0);
        Flow late = limiter.peer(RateLimiterTest::nobody);
        Flow next = limiter.peer(RateLimiterTest::nobody);
        late.ask(1_100);
        next.ask(1_000);
        now += 2 * SECOND;
        assertEquals(0, next.pause());
        assertEquals(0, late.pause());
    }

    /** Whatever the flows do, no more passes than the rate and a burst, and what could not wait. */
    @Property(tries = 100)
    void neverMoreThanTheRate(@ForAll @LongRange(min = 1_000, max = 1L << 30) long rate,
            @ForAll @LongRange(min = 0, max = 1L << 30) long each, @ForAll @IntRange(min = 1, max = 8) int flows,
            @ForAll long seed) {
        now = Long.MAX_VALUE - SECOND;
        long begun = now;
        Random random = new Random(seed);
        RateLimiter limiter = limiter(rate, each);
        List<Flow> all = new ArrayList<>();
        long[] asked = new long[flows];
        double passed = 0;
        double urgent = 0;
        for (int i = 0; i < flows; i++) {
            all.add(limiter.peer(RateLimiterTest::nobody));
        }
        for (int step = 0; step < 400; step++) {
            int i = random.nextInt(flows);
            Flow flow = all.get(i);
            if (asked[i] == 0) {
                asked[i] = 1L + random.nextInt(BLOCK);
                flow.ask(asked[i]);
            } else if (random.nextInt(10) == 0) {
                flow.withdraw();
                asked[i] = 0;
            } else if (random.nextInt(20) == 0) {
                flow.charge(100);
                urgent += 100;
            }
            long pause = flow.pause();
            if (asked[i] > 0 && pause == 0) {
                passed += asked[i];
                asked[i] = 0;
            }
            now += random.nextLong(1 + Math.min(pause, SECOND));
            double allowed = rate * (0.1 + (now - begun) / 1e9) + urgent;
            assertTrue(passed + urgent <= allowed * (1 + 1e-9) + 1, passed + " bytes, " + allowed + " allowed");
        }
    }
}
