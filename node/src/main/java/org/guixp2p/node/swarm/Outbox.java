// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one peer: bounded, since a peer that asks and never reads would fill the memory. A pong a second
 * goes before all else, so that a peer behind a slow link does not pass for dead; further ones wait, so that a peer that pings
 * without end takes nothing of what others may be sent. What we ask goes with it: it is little, and downloads are not to wait for
 * the rate of uploads. Pages and then blocks come last: over a slow link those that one download has asked for would else hold
 * up the small answers that another one waits for. Anybody adds; one thread takes.
 */
final class Outbox {
    /** What a small message takes at most, with its place in a queue and a hash of its own. */
    private static final long SMALL = 160;
    private static final long URGENT_PONGS_NANOS = 1_000_000_000;
    private static final Outgoing END = new Outgoing(null, () -> {}, () -> {}, true, Rank.URGENT);

    /**
     * A message to be written.
     *
     * @param message null when nothing is left to say
     * @param written is run when the message was handed to the kernel
     * @param dropped is run instead, when it will not be
     * @param last whether the connection ends with it
     * @param rank which of those that wait go before it
     */
    record Outgoing(@Nullable SwarmMessage message, Runnable written, Runnable dropped, boolean last, Rank rank) {
        /** Whether it waits for no turn. */
        boolean isUrgent() {
            return rank == Rank.URGENT;
        }

        /**
         * What it takes of the {@link OutboxRoom}: what is large has one of the {@link ServingSlots}, what we ask is
         * bounded by us.
         */
        private long small() {
            return rank == Rank.SMALL ? weight() : 0;
        }

        private long weight() {
            return switch (message) {
                case SwarmMessage.Block block -> SMALL + block.payload().wireLength();
                case SwarmMessage.ManifestPart part -> SMALL + part.page().size() * 32L;
                case SwarmMessage.Offer offer when offer.holding() instanceof Holding.Relay(BlockBits blocks) ->
                    SMALL + bytes(blocks);
                case SwarmMessage.Have have -> SMALL + bytes(have.blocks());
                case SwarmMessage.InventoryChange change ->
                    SMALL + change.removed().length() + change.added().length();
                case SwarmMessage.SignedNarinfo narinfo -> SMALL + narinfo.text().length;
                case SwarmMessage.Peers peers -> SMALL + peers.addresses().size() * 128L;
                case null, default -> SMALL;
            };
        }

        private static long bytes(BlockBits blocks) {
            return blocks.width() / Byte.SIZE;
        }
    }

    /** In which order messages are taken, when several wait. */
    enum Rank {
        URGENT, SMALL, PAGE, BLOCK
    }

    /** What became of a message. */
    enum Added {
        /** It is written in its turn, or does not matter any more. */
        TAKEN,
        /** This peer leaves too much unread. */
        TOO_MUCH,
        /** All peers together do: this one may read as fast as it can. */
        NO_ROOM
    }

    private final SwarmSettings settings;
    private final OutboxRoom.Part room;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Rank, Deque<Outgoing>> waiting = new EnumMap<>(Rank.class);
    private int count;
    private long bytes;
    private long urgentPongNanos;
    private boolean leaving;
    /** Since whoever waits for its turn looked last. */
    private boolean woken;

    /** @param room that it has a part of */
    Outbox(SwarmSettings settings, OutboxRoom room) {
        this.settings = settings;
        this.room = room.part();
        for (Rank rank : Rank.values()) {
            waiting.put(rank, new ArrayDeque<>());
        }
        this.urgentPongNanos = settings.ticker().nanos() - URGENT_PONGS_NANOS;
    }

    /**
     * Adds a message; does nothing after the last one.
     *
     * @param written is run when it was handed to the kernel
     * @param dropped is run instead, when it was {@linkplain #drop dropped}
     */
    Added add(SwarmMessage message, Runnable written, Runnable dropped) {
        lock.lock();
        try {
            if (leaving) {
                return Added.TAKEN;
            }
            long now = settings.ticker().nanos();
            Rank rank = rank(message, now);
            Outgoing added = new Outgoing(message, written, dropped, false, rank);
            long after = bytes + added.weight();
            if (count >= settings.waitingMessages() || after > settings.waitingBytes()) {
                return Added.TOO_MUCH;
            }
            if (added.small() > 0 && !room.take(added.small())) {
                return Added.NO_ROOM;
            }
            bytes = after;
            count++;
            if (message instanceof SwarmMessage.Pong && rank == Rank.URGENT) {
                urgentPongNanos = now;
            }
            queue(rank).add(added);
            changed.signal();
            return Added.TAKEN;
        } finally {
            lock.unlock();
        }
    }

    /** What the peer can have us say as often as it likes is not urgent, and news must not overtake what they are about. */
    private Rank rank(SwarmMessage message, long now) {
        return switch (message) {
            case SwarmMessage.Block _ -> Rank.BLOCK;
            // All peers are told the same frames, each one at a time: what they take is in memory once.
            case SwarmMessage.ManifestPart _,SwarmMessage.OfInventory _ -> Rank.PAGE;
            case SwarmMessage.Pong _ -> now - urgentPongNanos >= URGENT_PONGS_NANOS ? Rank.URGENT : Rank.SMALL;
            case SwarmMessage.Ping _,SwarmMessage.Question _,SwarmMessage.Cancel _ -> Rank.URGENT;
            case SwarmMessage.Peers _,SwarmMessage.DialBack _,SwarmMessage.DialledBack _ -> Rank.SMALL;
            case SwarmMessage.Answer _,SwarmMessage.Have _,SwarmMessage.Hello _,SwarmMessage.Goodbye _ -> Rank.SMALL;
        };
    }

    private Deque<Outgoing> queue(Rank rank) {
        return Objects.requireNonNull(waiting.get(rank));
    }

    /** Whoever waits for its turn, or is about to, looks whether to wait on. */
    void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The answer with a block is no longer wanted: it is not written, if that has not begun. */
    void drop(RequestId id) {
        List<Outgoing> dropped = new ArrayList<>();
        lock.lock();
        try {
            for (Iterator<Outgoing> all = queue(Rank.BLOCK).iterator(); all.hasNext();) {
                Outgoing next = all.next();
                if (next.message() instanceof SwarmMessage.Block block && block.id().equals(id)) {
                    all.remove();
                    bytes -= next.weight();
                    count--;
                    dropped.add(next);
                }
            }
        } finally {
            lock.unlock();
        }
        dropped.forEach(each -> each.dropped().run());
    }

    /** Drops all that waits; what was said last the first time is the last message. */
    void leave(@Nullable SwarmMessage last) {
        lock.lock();
        try {
            if (leaving) {
                return;
            }
            leaving = true;
            waiting.values().forEach(Deque::clear);
            room.giveBackAll();
            bytes = 0;
            count = 0;
            queue(Rank.URGENT).add(last == null ? END : new Outgoing(last, () -> {}, () -> {}, true, Rank.URGENT));
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
     * Waits for what goes before a message: until {@code deadline} on the ticker, or until it is woken.
     *
     * @return what does not wait for that message, or null when there is nothing yet
     */
    @Nullable
    Outgoing beforeUntil(Outgoing message, long deadline) throws InterruptedException {
        lock.lock();
        try {
            Outgoing before = next(message.rank());
            long left = deadline - settings.ticker().nanos();
            if (before == null && left > 0 && !woken) {
                settings.ticker().await(changed, left);
                before = next(message.rank());
            }
            woken = false;
            return before;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Outgoing next() {
        return next(null);
    }

    /** @param before null for any rank */
    private @Nullable Outgoing next(@Nullable Rank before) {
        for (Map.Entry<Rank, Deque<Outgoing>> rank : waiting.entrySet()) {
            Outgoing next = rank.getKey() == before ? null : rank.getValue().poll();
            if (next != null) {
                if (!next.last()) {
                    bytes -= next.weight();
                    room.giveBack(next.small());
                    count--;
                }
                return next;
            }
            if (rank.getKey() == before) {
                return null;
            }
        }
        return null;
    }
}
