// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one peer: bounded, since a peer that asks and never reads would fill the memory. A pong a second
 * goes before all else, so that a peer behind a slow link does not pass for dead; further ones wait, so that a peer that pings
 * without end takes nothing of what others may be sent. Blocks come last: over a slow link those that one download has asked for
 * would else hold up the small answers that another one waits for. Anybody adds; one thread takes.
 */
final class Outbox {
    /** Stands for a message that is small, whatever it is. */
    private static final long SMALL = 256;
    private static final long URGENT_PONGS_NANOS = 1_000_000_000;
    private static final Outgoing END = new Outgoing(null, () -> {}, true, true);

    /**
     * A message to be written.
     *
     * @param message null when nothing is left to say
     * @param written is run when the message was handed to the kernel
     * @param last whether the connection ends with it
     * @param urgent whether it waits for no turn
     */
    record Outgoing(@Nullable SwarmMessage message, Runnable written, boolean last, boolean urgent) {
        private long weight() {
            return switch (message) {
                case SwarmMessage.Block block -> SMALL + block.payload().wireLength();
                case SwarmMessage.ManifestPart part -> SMALL + part.page().size() * 32L;
                case null, default -> SMALL;
            };
        }
    }

    private final SwarmSettings settings;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Outgoing> urgent = new ArrayDeque<>();
    private final Deque<Outgoing> waiting = new ArrayDeque<>();
    private final Deque<Outgoing> blocks = new ArrayDeque<>();
    private long bytes;
    private long urgentPongNanos;
    private boolean leaving;

    Outbox(SwarmSettings settings) {
        this.settings = settings;
        this.urgentPongNanos = settings.ticker().nanos() - URGENT_PONGS_NANOS;
    }

    /**
     * Adds a message; does nothing after the last one.
     *
     * @return false when too much waits already
     */
    boolean add(SwarmMessage message, Runnable written) {
        lock.lock();
        try {
            if (leaving) {
                return true;
            }
            long now = settings.ticker().nanos();
            boolean first = message instanceof SwarmMessage.Pong && now - urgentPongNanos >= URGENT_PONGS_NANOS;
            Outgoing added = new Outgoing(message, written, false, first);
            long after = bytes + added.weight();
            if (urgent.size() + waiting.size() + blocks.size() >= settings.waitingMessages()
                    || after > settings.waitingBytes()) {
                return false;
            }
            bytes = after;
            if (first) {
                urgentPongNanos = now;
            }
            if (message instanceof SwarmMessage.Block) {
                blocks.add(added);
            } else {
                (first ? urgent : waiting).add(added);
            }
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Drops all that waits; what was said last the first time is the last message. */
    void leave(@Nullable SwarmMessage last) {
        lock.lock();
        try {
            if (leaving) {
                return;
            }
            leaving = true;
            urgent.clear();
            waiting.clear();
            blocks.clear();
            bytes = 0;
            urgent.add(last == null ? END : new Outgoing(last, () -> {}, true, true));
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The next message, or null when none waits. */
    @Nullable
    Outgoing poll() {
        lock.lock();
        try {
            return next();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the next message. */
    Outgoing take() throws InterruptedException {
        lock.lock();
        try {
            Outgoing next = next();
            while (next == null) {
                changed.await();
                next = next();
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until {@code deadline} on the ticker.
     *
     * @return what may not wait so long, or null when the time is over
     */
    @Nullable
    Outgoing urgentUntil(long deadline) throws InterruptedException {
        lock.lock();
        try {
            while (urgent.isEmpty()) {
                long left = deadline - settings.ticker().nanos();
                if (left <= 0) {
                    return null;
                }
                settings.ticker().await(changed, left);
            }
            return next();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Outgoing next() {
        Outgoing next = urgent.poll();
        next = next == null ? waiting.poll() : next;
        next = next == null ? blocks.poll() : next;
        if (next != null && !next.last()) {
            bytes -= next.weight();
        }
        return next;
    }
}
