// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Those who read one download: how many there are, and who waits for bytes. Part of the {@link Download} actor. */
final class Readers {
    /** What a reader reads while the next blocks come, in bytes. */
    static final long AHEAD_BYTES = 16L << 20;

    private final Function<NarFeed.ReadMore, Optional<NarFeed.Position>> positions;
    private final List<NarFeed.ReadMore> waiting = new ArrayList<>();
    private int present;
    private int opened;
    private int attempt;
    private long furthest;

    /** @param positions how far a reader may read now; empty while there is nothing new for it */
    Readers(Function<NarFeed.ReadMore, Optional<NarFeed.Position>> positions) {
        this.positions = positions;
    }

    void opened() {
        present++;
        opened++;
    }

    void gone() {
        present--;
    }

    /** Answers now, or as soon as there is something new. */
    void ask(NarFeed.ReadMore more) {
        if (more.attempt() > attempt) {
            attempt = more.attempt();
            furthest = more.offset();
        } else if (more.attempt() == attempt) {
            furthest = Math.max(furthest, more.offset());
        }
        positions.apply(more).ifPresentOrElse(more.replyTo()::tell, () -> waiting.add(more));
    }

    /**
     * Whether the one who has read furthest waits for more, or soon will.
     *
     * @param bytes how much of the attempt is there without a gap
     */
    boolean waitFor(int current, long bytes) {
        return bytes - furthest(current) < AHEAD_BYTES;
    }

    /** How many bytes of the attempt the one who has read furthest has had. */
    long furthest(int current) {
        return attempt == current ? furthest : 0;
    }

    /** There may be something new. */
    void wake() {
        takeWaiting().forEach(this::ask);
    }

    /** Tells all who wait the same. */
    void tellWaiting(NarFeed.Position position) {
        takeWaiting().forEach(more -> more.replyTo().tell(position));
    }

    private List<NarFeed.ReadMore> takeWaiting() {
        List<NarFeed.ReadMore> taken = List.copyOf(waiting);
        waiting.clear();
        return taken;
    }

    /** Whether somebody came, and all have gone. */
    boolean haveAllGone() {
        return present == 0 && opened > 0;
    }

    /** How many came so far. */
    int count() {
        return opened;
    }
}
