// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.Optional;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.protocol.swarm.BlockLayout;

/**
 * The readers of one download: how far each may read, and what they want of the peers. What is asked of these follows those
 * who read: a NAR that nobody takes is not fetched to its end. Part of the {@link Download} actor, on its thread.
 */
final class ReaderSide implements PeerLanes.Reading {
    /** Bytes that a reader reads without asking again. */
    private static final long MOST_AT_ONCE = 4L << 20;
    private static final int TICKS_TO_NOT_YET = 40;

    private final ActorContext<Download.Command> context;
    private final NarRequest request;
    private final DownloadContext node;
    private final Attempts attempts;
    private final Progress progress;
    private final ServerSide servers;
    private final Readers readers = new Readers(this::positionFor);
    private int ticks;

    /** @param servers know where they have fetched from */
    ReaderSide(ActorContext<Download.Command> context, NarRequest request, DownloadContext node, Attempts attempts,
            Progress progress, ServerSide servers) {
        this.context = context;
        this.request = request;
        this.node = node;
        this.attempts = attempts;
        this.progress = progress;
        this.servers = servers;
    }

    /** One more wants to read. When its answer is over already, it has gone at once. */
    void open(Download.Open open) {
        readers.opened();
        if (!open.answer().complete(new Download.Opened(NarFeed.of(context.getSelf(), attempts.current().number(),
                context.getSystem(), node.disk(), node.pieces())))) {
            readers.gone();
        }
    }

    void gone() {
        readers.gone();
    }

    /** Whether somebody came, and all have gone. */
    boolean haveAllGone() {
        return readers.haveAllGone();
    }

    /** How many came so far. */
    int count() {
        return readers.count();
    }

    /** Answers now, or as soon as there is something new. */
    void ask(Download.ReadMore more) {
        readers.ask(more);
    }

    /** There may be something new. */
    void wake() {
        readers.wake();
    }

    /** Time has passed: whoever waits long hears that the download is at it. */
    void tick() {
        if (++ticks % TICKS_TO_NOT_YET == 0) {
            readers.tellWaiting(new NarFeed.Position.NotYet());
        }
    }

    /** There will be nothing for those who wait. */
    void giveUp(String reason) {
        readers.tellWaiting(new NarFeed.Position.GivenUp(reason));
    }

    @Override
    public boolean waits() {
        Attempt attempt = attempts.current();
        return readers.waitFor(attempt.number(),
                attempt.scheduler().contiguous() * (long) BlockLayout.BLOCK_BYTES);
    }

    @Override
    public long wanted() {
        return readers.furthest(attempts.current().number()) + node.readAhead();
    }

    private Optional<NarFeed.Position> positionFor(Download.ReadMore more) {
        Attempt attempt = attempts.current();
        if (progress.isOver() && !progress.isDone()) {
            return Optional.of(new NarFeed.Position.GivenUp(progress.failure()));
        }
        if (more.attempt() != attempt.number()) {
            return Optional.of(new NarFeed.Position.StartAgain(attempt.number()));
        }
        if (progress.isDone() && more.offset() == request.size().bytes()) {
            return Optional.of(new NarFeed.Position.End());
        }
        // Where it is decides what is asked for: it is to ask again before long.
        long end = Math.min(attempt.released(), more.offset() + MOST_AT_ONCE);
        return more.offset() < end
                ? Optional.of(new NarFeed.Position.UpTo(attempt.number(), attempt.file(), end, origin(attempt)))
                : Optional.empty();
    }

    /** What people are told that the NAR comes from; the last part is the item, as Guix expects of such URLs. */
    private String origin(Attempt attempt) {
        return attempt.fromPeers() ? "guixp2p://swarm/nar/" + request.path().baseName() : servers.url();
    }
}
