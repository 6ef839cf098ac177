// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * What peers are told of this node's inventory, one frame after the other: the whole, and what has changed since, in which each peer
 * has its own {@link Reader}. The frames are the same for all, and are in memory once. Safe for several threads.
 *
 * <p>Changes are told together, not more often than honest peers must (docs/wire-protocol.md, "inventory-change"). When they have
 * become more than the whole, the whole is written anew: whoever has not come that far begins with it.
 */
public final class InventoryLog {
    /** From some changes to the next, at least. */
    static final Duration PAUSE = Duration.ofSeconds(2);
    /** A quarter of what peers have to put up with. */
    static final int PAGES_PER_SECOND = 64;
    /** Fewer bytes of changes are not worth beginning anew. */
    private static final long FEW_BYTES = 64 * 1024;
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final int NOBODY = -1;

    private final OwnInventory own;
    private final LongSupplier nanos;
    /** The whole, and then changes. */
    private final List<SwarmMessage> frames = new ArrayList<>();
    private int wholeFrames;
    private long wholeBytes;
    private long changedBytes;
    /** How often the whole was written. */
    private long edition;
    /** Of the edition before, how far one has read it who knows as much as this one's whole says. */
    private int before = NOBODY;
    private long notBeforeNanos;

    /** @param nanos a clock as {@link System#nanoTime} */
    InventoryLog(OwnInventory own, LongSupplier nanos) {
        this.own = own;
        this.nanos = nanos;
        this.notBeforeNanos = nanos.getAsLong();
        write(own.whole(), NOBODY);
    }

    synchronized void add(NarHash nar) {
        own.add(nar);
    }

    synchronized void remove(NarHash nar) {
        own.remove(nar);
    }

    /** For a peer that was told nothing. */
    Reader reader() {
        return new Reader();
    }

    /** How far one peer was told. For one thread. */
    public final class Reader {
        private long read;
        private int at;

        private Reader() {}

        /** What the peer is to be told next, if there is anything at the moment. */
        public Optional<SwarmMessage> next() {
            synchronized (InventoryLog.this) {
                refresh();
                if (read != edition) {
                    at = read == edition - 1 && at == before ? wholeFrames : 0;
                    read = edition;
                }
                return at < frames.size() ? Optional.of(frames.get(at++)) : Optional.empty();
            }
        }
    }

    private void refresh() {
        long now = nanos.getAsLong();
        if (now - notBeforeNanos < 0) {
            return;
        }
        if (changedBytes > Math.max(FEW_BYTES, wholeBytes)) {
            // Before there is news: whoever has read all so far goes on with that.
            write(own.whole(), frames.size());
        }
        List<SwarmMessage> news = own.news();
        if (news.isEmpty()) {
            return;
        }
        long pages = news.stream().mapToLong(InventoryLog::pages).sum();
        notBeforeNanos = now + Math.max(PAUSE.toNanos(), pages * SECOND / PAGES_PER_SECOND);
        if (news.getFirst() instanceof SwarmMessage.Inventory) {
            write(news, NOBODY);
            return;
        }
        frames.addAll(news);
        changedBytes += bytes(news);
    }

    private void write(List<SwarmMessage> whole, int knownBefore) {
        frames.clear();
        frames.addAll(whole);
        wholeFrames = frames.size();
        wholeBytes = bytes(whole);
        changedBytes = 0;
        before = knownBefore;
        edition++;
    }

    private static long pages(SwarmMessage message) {
        return 1L + (message instanceof SwarmMessage.InventoryChange change ? NarFilter.pages(change) : 0);
    }

    private static long bytes(List<SwarmMessage> messages) {
        return messages.stream().mapToLong(message -> message instanceof SwarmMessage.InventoryChange change
                ? (long) change.removed().length() + change.added().length()
                : 0).sum();
    }
}
