// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.guixp2p.protocol.swarm.BlockLayout;

/**
 * Seeders with links of their own, and one that fetches from them as a {@link BlockScheduler} tells it, in simulated time. A
 * seeder sends what it was asked for one after another, at its link's rate; questions, answers, cancels and the news that it
 * is gone take its delay.
 */
final class SimulatedSwarm {
    static final int BLOCK = BlockLayout.BLOCK_BYTES;
    private static final long DAY = 86_400_000_000_000L;
    private static final long BUSY_NANOS = 100_000_000;

    private final int blocks;
    private final Random random;
    private final BlockScheduler<Seeder> scheduler;
    private final List<Seeder> seeders = new ArrayList<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>(
            Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private long now;
    private long numbered;
    private long received;
    private long duplicated;
    private int killed;
    private double killedAtBytes = Double.MAX_VALUE;
    private boolean silently;
    private long killedNanos;
    private int widest;
    private long stillFrom;
    private long stillUntil;
    private long busyAnswers;
    private boolean compressing;
    private final Map<Integer, Seeder> owedBy = new HashMap<>();
    private long behindOthers;

    private record Event(long at, long number, Runnable action) {}

    /** One seeder and its link. */
    static final class Seeder {
        final double bytesPerNano;
        final long oneWayNanos;
        double failing;
        int slots = Integer.MAX_VALUE;
        private final Deque<Integer> queue = new ArrayDeque<>();
        private final Set<Integer> cancelled = new HashSet<>();
        private boolean sending;
        private boolean dead;
        private boolean gone;
        private long sent;

        private Seeder(double megabits, double roundTripMillis) {
            this.bytesPerNano = megabits * 1e6 / 8 / 1e9;
            this.oneWayNanos = (long) (roundTripMillis * 1e6 / 2);
        }

        long sentBytes() {
            return sent;
        }
    }

    /** How it went. */
    record Outcome(double seconds, double linkShare, double duplicatedShare, int hedged, int endgame, long requeued,
            int widest, long busyAnswers) {}

    SimulatedSwarm(int blocks, long seed) {
        this.blocks = blocks;
        this.random = new Random(seed);
        this.scheduler = new BlockScheduler<>(blocks, new Random(seed + 1));
    }

    /** A seeder behind a link of so many Mbit/s and so many milliseconds of round trip. */
    SimulatedSwarm seeder(double megabits, double roundTripMillis) {
        Seeder seeder = new Seeder(megabits, roundTripMillis);
        seeders.add(seeder);
        scheduler.addComplete(seeder, Pace.LARGEST_WINDOW);
        return this;
    }

    SimulatedSwarm seeders(int count, double megabits, double roundTripMillis) {
        for (int i = 0; i < count; i++) {
            seeder(megabits, roundTripMillis);
        }
        return this;
    }

    /** The last seeder fails a part of what it is asked for. */
    SimulatedSwarm failing(double part) {
        seeders.getLast().failing = part;
        return this;
    }

    /** The last seeder refuses what goes beyond so many questions. */
    SimulatedSwarm slots(int slots) {
        seeders.getLast().slots = slots;
        return this;
    }

    /** The last seeder has a part of the blocks, chosen by chance. */
    SimulatedSwarm asRelay(double part) {
        Seeder relay = seeders.getLast();
        scheduler.remove(relay);
        BitSet has = new BitSet();
        for (int block = 0; block < blocks; block++) {
            has.set(block, random.nextDouble() < part);
        }
        scheduler.addRelay(relay, has, Pace.LARGEST_WINDOW);
        return this;
    }

    /**
     * The first seeders leave when a part of the bytes is there.
     *
     * @param silently without a word, as when a cable is cut
     */
    SimulatedSwarm killing(int count, double atPart, boolean silently) {
        killed = count;
        killedAtBytes = atPart * blocks * BLOCK;
        this.silently = silently;
        return this;
    }

    /** Nothing happens for a while, as when the machine has no processor to spare. */
    SimulatedSwarm standingStill(double fromSecond, double seconds) {
        stillFrom = (long) (fromSecond * 1e9);
        stillUntil = stillFrom + (long) (seconds * 1e9);
        return this;
    }

    /** What all give compresses, so that each is asked for blocks in a row. */
    SimulatedSwarm compressing() {
        compressing = true;
        return this;
    }

    /** The part of the blocks that were asked for when those before were there, or had been asked of the same seeder. */
    double prefixedShare() {
        return behindOthers / (double) blocks;
    }

    private boolean isThereOrFrom(Seeder seeder, int block) {
        return scheduler.isDone(block) || seeder.equals(owedBy.get(block));
    }

    List<Seeder> seeders() {
        return seeders;
    }

    /** Fetches all blocks. */
    Outcome run() {
        drive();
        while (!scheduler.isComplete()) {
            long wake = scheduler.nextChange(now);
            Event next = events.peek();
            if ((next == null && wake == Long.MAX_VALUE) || now > DAY) {
                throw new AssertionError("it came to a halt with " + scheduler.doneCount() + " blocks");
            }
            if (next == null || wake < next.at()) {
                now = standing(Math.max(now + 1, wake));
            } else {
                events.remove();
                now = Math.max(now, standing(next.at()));
                next.action().run();
            }
            drive();
        }
        return new Outcome(now / 1e9, blocks * (double) BLOCK / allowed(), duplicated / (blocks * (double) BLOCK),
                scheduler.hedged(), scheduler.endgame(), scheduler.requeued(), widest, busyAnswers);
    }

    private long standing(long time) {
        return time >= stillFrom && time < stillUntil ? stillUntil : time;
    }

    /** Bytes that the links could have carried until now. */
    private double allowed() {
        double all = 0;
        for (int i = 0; i < seeders.size(); i++) {
            long until = i < killed && killedNanos > 0 ? killedNanos : now;
            all += seeders.get(i).bytesPerNano * until;
        }
        return all;
    }

    private void at(long time, Runnable action) {
        events.add(new Event(time, numbered++, action));
    }

    private void drive() {
        for (Seeder seeder : seeders) {
            for (Optional<BlockScheduler.Ask<Seeder>> ask = scheduler.next(seeder, now, true); ask
                    .isPresent(); ask = scheduler.next(seeder, now, true)) {
                int block = ask.get().block();
                behindOthers += IntStream.range(BlockLayout.prefixFrom(block), block)
                        .allMatch(before -> isThereOrFrom(seeder, before)) ? 1 : 0;
                owedBy.put(block, seeder);
                at(now + seeder.oneWayNanos, () -> asked(seeder, block));
            }
            widest = Math.max(widest, scheduler.owed(seeder));
        }
    }

    private void asked(Seeder seeder, int block) {
        if (seeder.dead) {
            return;
        }
        if (random.nextDouble() < seeder.failing) {
            at(now + seeder.oneWayNanos, () -> scheduler.failed(seeder, block, now));
        } else if (seeder.queue.size() >= seeder.slots) {
            busyAnswers++;
            at(now + seeder.oneWayNanos, () -> scheduler.busy(seeder, block, now + BUSY_NANOS, now));
        } else {
            seeder.queue.add(block);
            send(seeder);
        }
    }

    private void send(Seeder seeder) {
        if (seeder.sending || seeder.queue.isEmpty() || seeder.dead) {
            return;
        }
        int block = seeder.queue.getFirst();
        if (seeder.cancelled.remove(block)) {
            seeder.queue.removeFirst();
            send(seeder);
            return;
        }
        seeder.sending = true;
        at(now + (long) (BLOCK / seeder.bytesPerNano), () -> {
            seeder.sending = false;
            if (!seeder.dead) {
                seeder.queue.removeFirst();
                seeder.sent += BLOCK;
                at(now + seeder.oneWayNanos, () -> arrived(seeder, block));
                send(seeder);
            }
        });
    }

    private void arrived(Seeder seeder, int block) {
        if (seeder.gone) {
            return;
        }
        received += BLOCK;
        if (scheduler.isDone(block)) {
            duplicated += BLOCK;
        }
        for (Seeder loser : scheduler.received(seeder, block, BLOCK, now)) {
            at(now + loser.oneWayNanos, () -> {
                if (loser.queue.contains(block)) {
                    loser.cancelled.add(block);
                }
            });
        }
        if (compressing) {
            scheduler.answered(seeder, true);
        }
        if (killedNanos == 0 && received >= killedAtBytes) {
            kill();
        }
    }

    private void kill() {
        killedNanos = now;
        for (Seeder victim : seeders.subList(0, killed)) {
            victim.dead = true;
            if (!silently) {
                at(now + victim.oneWayNanos, () -> {
                    victim.gone = true;
                    scheduler.remove(victim);
                });
            }
        }
    }
}
