// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.node.seed.HashedTree;
import org.guixp2p.persistence.ledger.Registration;

/**
 * Has trees hashed: what somebody waits for at once, and anything else one after another, with rests. Part of the
 * {@link StoreSeeding} actor, on its thread.
 */
final class Hashing {
    /** Reading more takes longer than anybody waits. */
    private static final long LARGE_BYTES = 256L << 20;

    /** In each one tree is hashed at a time. */
    enum Lane {
        /** What somebody waits for, if it can be there in time. */
        SMALL,
        /** What somebody waits for, and what is larger: it holds up nobody but its like. */
        LARGE,
        /** What nobody waits for. */
        UNASKED
    }

    private final ActorContext<StoreSeeding.Command> context;
    private final TimerScheduler<StoreSeeding.Command> timers;
    private final SeedingTools tools;
    private final Stock stock;
    private final Predicate<Registration> isWanted;
    private final Map<Lane, Registration> underWay = new EnumMap<>(Lane.class);
    private final Deque<Registration> asked = new ArrayDeque<>();
    private boolean resting;

    /** @param isWanted whether somebody still waits for an item */
    Hashing(ActorContext<StoreSeeding.Command> context, TimerScheduler<StoreSeeding.Command> timers, SeedingTools tools,
            Stock stock, Predicate<Registration> isWanted) {
        this.context = context;
        this.timers = timers;
        this.tools = tools;
        this.stock = stock;
        this.isWanted = isWanted;
    }

    /** Somebody waits for it. */
    void want(Registration item) {
        asked.add(item);
        next();
    }

    /** Begins what can begin. */
    void next() {
        // Those who asked for it may have gone; but what was lost is read whoever waits.
        asked.removeIf(item -> underWay.containsValue(item) || (!isWanted.test(item) && !stock.states().isLost(item)));
        begin(Lane.SMALL);
        begin(Lane.LARGE);
        if (!resting && !underWay.containsKey(Lane.UNASKED)) {
            OptionalInt item = stock.states().nextToHash();
            if (item.isPresent() && !underWay.containsValue(stock.states().registration(item.getAsInt()))) {
                begin(Lane.UNASKED, stock.states().registration(item.getAsInt()));
            }
        }
    }

    private void begin(Lane lane) {
        if (underWay.containsKey(lane)) {
            return;
        }
        Optional<Registration> first = asked.stream().filter(item -> lane(item) == lane).findFirst();
        first.ifPresent(item -> {
            asked.remove(item);
            begin(lane, item);
        });
    }

    private Lane lane(Registration item) {
        OptionalInt at = stock.states().find(item);
        return at.isPresent() && stock.states().table().size(at.getAsInt()).bytes() > LARGE_BYTES
                ? Lane.LARGE
                : Lane.SMALL;
    }

    private void begin(Lane lane, Registration item) {
        underWay.put(lane, item);
        Executor where = lane == Lane.UNASKED ? tools.background() : tools.asked();
        context.pipeToSelf(CompletableFuture.supplyAsync(() -> hash(lane, item), where),
                (hashed, failure) -> hashed == null
                        ? new StoreSeeding.Hashed(lane, item, new StoreReader.Outcome.Unread(String.valueOf(failure)),
                                Duration.ZERO)
                        : hashed);
    }

    /** How long it took is without the time that it waited for a thread. */
    private StoreSeeding.Hashed hash(Lane lane, Registration item) {
        long begun = System.nanoTime();
        StoreReader.Outcome outcome = tools.reader().hash(item,
                lane == Lane.UNASKED ? HashedTree::idly : HashedTree::of);
        return new StoreSeeding.Hashed(lane, item, outcome, Duration.ofNanos(System.nanoTime() - begun));
    }

    /** A lane is free again; {@link #next} is called once the outcome was dealt with. */
    void ended(Lane lane, Duration took) {
        underWay.remove(lane);
        if (lane == Lane.UNASKED && !resting) {
            rest(tools.pace().after(took));
        }
    }

    /** Nothing unasked for so long. */
    void rest(Duration time) {
        resting = true;
        timers.startSingleTimer(new StoreSeeding.HashNext(), time);
    }

    void rested() {
        resting = false;
        next();
    }
}
