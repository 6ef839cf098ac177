// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.NarSize;
import org.jspecify.annotations.Nullable;

/**
 * The memory for NARs that servers send, each of which has its part before a server is asked: whoever waits for
 * memory keeps no connection from others. But whoever has memory may wait for a connection however long, and has it
 * meanwhile. Who comes first is first, among those who need little and among those who need much, the
 * dictionaries of lzip. Those who need little are not behind the others: some memory is theirs alone. Of the rest, who
 * waits for much has it before they do, so that many small ones do not keep a large one waiting for ever.
 *
 * <p>Nobody else is to be waited for than NARs that come, or that wait for a connection behind such; but one comes for as long as
 * its server likes, so whoever waits for memory does so for a while only. Safe for several threads.
 */
final class NarRoom {
    /** What each NAR takes: buffers, and two blocks that are cut from it. */
    static final long BUFFERS = 512 * 1024;
    /** Small NARs need no more, whatever their compression. */
    private static final long LITTLE = 2 * BUFFERS;
    /** What those who need much leave to others, when these may have so much at all. */
    static final long KEPT = 4 * BUFFERS;

    private final long bytes;
    private final Deque<Turn> waitingForLittle = new ArrayDeque<>();
    private final Deque<Turn> waitingForMuch = new ArrayDeque<>();
    private long little;
    private long much;

    /** @param bytes for all, at least {@link #KEPT} and what one NAR needs besides */
    NarRoom(long bytes) {
        this.bytes = bytes;
    }

    private final class Turn extends CompletableFuture<Part> {
        private final long needed;

        private Turn(long needed) {
            this.needed = needed;
        }

        private boolean isLittle() {
            return needed <= LITTLE;
        }

        private boolean fits() {
            return isLittle()
                    ? little + needed <= KEPT || (waitingForMuch.isEmpty() && little + much + needed <= bytes)
                    : much + needed + Math.max(little, KEPT) <= bytes;
        }
    }

    /** What one NAR has. */
    final class Part {
        private final Turn turn;
        private boolean back;

        private Part(Turn turn) {
            this.turn = turn;
        }

        /** What its decoder may take, in bytes. */
        long decoder() {
            return turn.needed - BUFFERS;
        }

        /** Gives it back; only the first time counts. */
        void giveBack() {
            synchronized (NarRoom.this) {
                if (back) {
                    return;
                }
                back = true;
                take(turn, -turn.needed);
            }
            next();
        }
    }

    /**
     * A part, now or as soon as there is one. Whoever wants it no more cancels it.
     *
     * @param size of the NAR: a dictionary is no larger
     */
    CompletableFuture<Part> part(Compression compression, NarSize size) {
        // A file whose dictionary is larger than what can ever be had fails when that is seen.
        Turn turn = new Turn(BUFFERS + Math.min(compression.mostHeap(size), bytes - KEPT - BUFFERS));
        Deque<Turn> line = turn.isLittle() ? waitingForLittle : waitingForMuch;
        synchronized (this) {
            line.add(turn);
        }
        var _ = turn.whenComplete((part, failure) -> {
            if (failure != null) {
                leave(line, turn);
            }
        });
        next();
        return turn;
    }

    private void leave(Deque<Turn> line, Turn turn) {
        synchronized (this) {
            line.remove(turn);
        }
        next();
    }

    /** Lets those in who have room by now. */
    private void next() {
        List<Turn> in = new ArrayList<>();
        synchronized (this) {
            for (Turn turn = firstThatFits(); turn != null; turn = firstThatFits()) {
                take(turn, turn.needed);
                in.add(turn);
            }
        }
        for (Turn turn : in) {
            Part part = new Part(turn);
            if (!turn.complete(part)) {
                part.giveBack();
            }
        }
    }

    private @Nullable Turn firstThatFits() {
        for (Deque<Turn> line : List.of(waitingForMuch, waitingForLittle)) {
            Turn first = line.peek();
            if (first != null && first.fits()) {
                return line.poll();
            }
        }
        return null;
    }

    private void take(Turn turn, long more) {
        if (turn.isLittle()) {
            little += more;
        } else {
            much += more;
        }
    }

    /** What is taken, in bytes. */
    synchronized long taken() {
        return little + much;
    }

    /** How many wait. */
    synchronized int waiting() {
        return waitingForLittle.size() + waitingForMuch.size();
    }
}
