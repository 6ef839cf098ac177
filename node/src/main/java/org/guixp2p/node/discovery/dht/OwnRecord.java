// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.dht.DhtItem;

/**
 * When this node's own record is put again: others forget it two hours after that ({@link ItemRecords.Limits}). No I/O, one thread.
 */
final class OwnRecord {
    /** From one time to the next, at least and at most. */
    static final Duration SOONEST = Duration.ofMinutes(50);
    static final Duration LATEST = Duration.ofMinutes(70);
    /** How long one that nobody, or too few have taken waits, give or take a quarter. */
    static final Duration AFTER_FAILURE = Duration.ofMinutes(5);

    private final RandomGenerator random;
    private final LongSupplier nanos;
    private Optional<DhtItem.Mutable> item = Optional.empty();
    private boolean isUnderWay;
    private long due;
    private int keptBy;

    /** @param nanos a clock that only goes forward */
    OwnRecord(RandomGenerator random, LongSupplier nanos) {
        this.random = random;
        this.nanos = nanos;
    }

    /** This is it from now on, to be put at once; or there is none, and what others keep they forget by themselves. */
    void set(Optional<DhtItem.Mutable> now) {
        item = now;
        due = nanos.getAsLong();
        keptBy = 0;
    }

    /** When to {@link #next put} it; nothing when that is under way, or there is none. */
    OptionalLong nextDue() {
        return item.isEmpty() || isUnderWay ? OptionalLong.empty() : OptionalLong.of(due);
    }

    /** What to put now, if anything; from here on it is under way, until {@link #done}. */
    Optional<DhtItem.Mutable> next() {
        if (item.isEmpty() || isUnderWay || due - nanos.getAsLong() > 0) {
            return Optional.empty();
        }
        isUnderWay = true;
        return item;
    }

    /**
     * It was put.
     *
     * @param put which may be another one by now
     * @param by how many have taken it; 0 when these are too few
     */
    void done(DhtItem.Mutable put, int by) {
        isUnderWay = false;
        if (item.equals(Optional.of(put))) {
            keptBy = by;
            due = nanos.getAsLong() + (by > 0
                    ? random.nextLong(SOONEST.toNanos(), LATEST.toNanos())
                    : random.nextLong(AFTER_FAILURE.toNanos() * 3 / 4, AFTER_FAILURE.toNanos() * 5 / 4));
        }
    }

    /** The machine slept for so long, while the clock stood still and others forgot. */
    void slept(Duration time) {
        due -= Math.clamp(time.toNanos(), 0, LATEST.toNanos());
    }

    /** How many keep it, as far as is known; 0 when these are too few. */
    int keptBy() {
        return keptBy;
    }
}
