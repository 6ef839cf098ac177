// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.guixp2p.protocol.swarm.BlockLayout;

/**
 * What is asked for goes before what is fetched ahead: as long as a download that somebody reads has blocks left to ask for,
 * those ahead ask for none. So they have what is left of links and peers, and all of them when what is asked for is small, or
 * under way as a whole. Safe for several threads.
 */
public final class Precedence {
    /** What is no larger is asked for as a whole at once. */
    static final long AT_ONCE_BYTES = 1L << 20;
    /**
     * Larger NARs are not fetched from servers ahead: a server's stream cannot be held back without keeping its memory from
     * others, and of a large NAR the round trip that would be won is a small part.
     */
    static final long FROM_SERVERS_BYTES = 2L << 20;
    /** Streams of servers ahead, over all downloads: fewer than a server may have, so that one is free. */
    private static final int SERVER_PLACES = 4;

    private final Set<Runnable> waiting = new LinkedHashSet<>();
    private final Deque<Place> line = new ArrayDeque<>();
    private int inNeed;
    private int inNeedAhead;
    private int places;

    /** One download's word on whether it is in need. */
    final class Claim {
        private boolean need;
        private boolean needAhead;

        /** Whether somebody reads the download, and it has blocks left to ask for. */
        void set(boolean now) {
            List<Runnable> told = List.of();
            synchronized (Precedence.this) {
                if (now != need) {
                    need = now;
                    inNeed += now ? 1 : -1;
                }
                if (inNeed == 0 && !waiting.isEmpty()) {
                    told = List.copyOf(waiting);
                    waiting.clear();
                }
            }
            told.forEach(Runnable::run);
            next();
        }

        /** Whether nobody reads the download, and it has blocks left to ask for. */
        void setAhead(boolean now) {
            synchronized (Precedence.this) {
                if (now != needAhead) {
                    needAhead = now;
                    inNeedAhead += now ? 1 : -1;
                }
            }
        }
    }

    /** Leave to begin with a server. */
    final class Place extends CompletableFuture<Void> {
        private boolean taken;

        /** The download is asked for by now: it waits for nobody. */
        void raise() {
            complete(null);
        }

        /** The server's stream is over, or nobody wants it any more. */
        void giveBack() {
            synchronized (Precedence.this) {
                line.remove(this);
                if (taken) {
                    taken = false;
                    places--;
                }
            }
            next();
        }
    }

    /** How many downloads that somebody reads share the line now; this one, at least. */
    synchronized int inNeed() {
        return Math.max(1, inNeed);
    }

    /** Whether what is fetched ahead has blocks left to ask for: each that comes twice takes the place of one of these. */
    synchronized boolean isWorkAhead() {
        return inNeedAhead > 0;
    }

    /** The claim of one more download. */
    Claim claim() {
        return new Claim();
    }

    /**
     * Whether what is fetched ahead may ask for anything now.
     *
     * @param again run once, on any thread, when it may, if it may not now; one object a download, or it is run as often
     */
    public synchronized boolean mayGoAhead(Runnable again) {
        if (inNeed == 0) {
            return true;
        }
        waiting.add(again);
        return false;
    }

    /** Whether a download that begins while it may not go ahead asks for no more than its first block, so that it may begin. */
    public static boolean beginsWithOneBlock(long narBytes) {
        return narBytes > (long) Providers.SMALL * BlockLayout.BLOCK_BYTES;
    }

    /** Has no use any more for being told. */
    public synchronized void forget(Runnable again) {
        waiting.remove(again);
    }

    /** A place among those ahead that servers send to; complete as soon as it is there. It is given back once. */
    Place place() {
        Place place = new Place();
        synchronized (this) {
            line.add(place);
        }
        next();
        return place;
    }

    private void next() {
        while (true) {
            Place first;
            synchronized (this) {
                if (line.isEmpty() || inNeed > 0 || places >= SERVER_PLACES) {
                    return;
                }
                first = line.remove();
                if (first.isDone()) {
                    continue;
                }
                first.taken = true;
                places++;
            }
            first.complete(null);
        }
    }
}
