// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.protocol.swarm.BlockLayout;

/**
 * The readers of one download: how far each may read, and what they want of the peers. What is asked of these follows those
 * who read: a NAR that nobody takes is not fetched to its end. Part of the {@link Download} actor, on its thread.
 */
final class ReaderSide implements PeerLanes.Reading {
    /** What people are told that a NAR comes from which peers give, before its name. */
    static final String SWARM = "guixp2p://swarm/nar/";
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
    private final Precedence.Claim claim;
    private final Runnable again;
    private boolean asked;
    private int ticks;

    /**
     * @param servers know where they have fetched from
     * @param ahead whether nobody has asked for it so far
     */
    ReaderSide(ActorContext<Download.Command> context, NarRequest request, DownloadContext node, Attempts attempts,
            Progress progress, ServerSide servers, boolean ahead) {
        this.context = context;
        this.request = request;
        this.node = node;
        this.attempts = attempts;
        this.progress = progress;
        this.servers = servers;
        this.asked = !ahead;
        this.claim = node.precedence().claim();
        ActorRef<Download.Command> self = context.getSelf();
        this.again = () -> self.tell(new PeerEvent.Wake());
    }

    /**
     * One more wants to read. When its answer is over already, it has gone at once.
     *
     * @param parent gets it back when the download has failed before anybody asked for it: not all was tried
     */
    void open(Download.Open open, ActorRef<Downloads.Command> parent) {
        readers.opened();
        if (!open.ahead() && !asked && progress.isOver() && !progress.isDone()) {
            readers.gone();
            parent.tell(new Downloads.Fetch(request, open.answer()));
            return;
        }
        if (!open.ahead() && !asked) {
            asked = true;
            servers.asked();
            again.run();
        }
        ActorRef<Download.Command> self = context.getSelf();
        if (!open.answer().complete(opened(() -> self.tell(new NarFeed.ReaderGone())))) {
            readers.gone();
        }
        claim();
    }

    private OpenedNar opened(Runnable gone) {
        Attempt attempt = attempts.current();
        return progress.isDone()
                ? new HeldNar(attempt.file()::read, request.size(), origin(attempt), node.pieces(), node.disk(), gone)
                        .opened()
                : new OpenedNar(NarFeed.of(context.getSelf(), attempt.number(), context.getSystem(), node.disk(),
                        node.pieces()), progress.nearlyAllAsked(), progress.whole(), gone, Optional.empty());
    }

    void gone() {
        readers.gone();
        claim();
    }

    /** Says whether those ahead are to wait for this one. */
    private void claim() {
        Attempt attempt = attempts.current();
        boolean nearly = attempt.scheduler().isNearlyAllAsked();
        if (nearly) {
            progress.nearlyAllIsAsked();
        }
        boolean large = !readers.haveAllGone() && !progress.isOver()
                && request.size().bytes() > Precedence.AT_ONCE_BYTES;
        claim.set(asked && large && isToAskForMore());
        claim.setAhead(!asked && large && progress.isAtPeers() && !nearly && attempt.manifest().isPresent()
                && attempt.scheduler().hasSources());
    }

    /** Before it is known what to ask for, there is nothing to wait for. */
    private boolean isToAskForMore() {
        Attempt attempt = attempts.current();
        return progress.isAtPeers()
                ? attempt.manifest().isPresent() && !attempt.scheduler().isAllAsked()
                : !attempt.scheduler().isComplete();
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
    void ask(NarFeed.ReadMore more) {
        readers.ask(more);
    }

    /** There may be something new. */
    void wake() {
        readers.wake();
        claim();
    }

    /** Time has passed: whoever waits long hears that the download is at it. */
    void tick() {
        claim();
        if (++ticks % TICKS_TO_NOT_YET == 0) {
            readers.tellWaiting(new NarFeed.Position.NotYet());
        }
    }

    /** There will be nothing for those who wait. */
    void giveUp(String reason) {
        claim.set(false);
        claim.setAhead(false);
        node.precedence().forget(again);
        readers.tellWaiting(new NarFeed.Position.GivenUp(reason));
    }

    @Override
    public boolean isAhead() {
        return !asked;
    }

    @Override
    public boolean waits() {
        claim();
        Attempt attempt = attempts.current();
        return asked && readers.waitFor(attempt.number(),
                attempt.scheduler().contiguous() * (long) BlockLayout.BLOCK_BYTES);
    }

    @Override
    public boolean isWorkAhead() {
        return node.precedence().isWorkAhead();
    }

    @Override
    public long wanted() {
        if (!asked && (node.budget().isHalfUsed() || !node.precedence().mayGoAhead(again))) {
            return 0;
        }
        return readers.furthest(attempts.current().number()) + node.readAhead();
    }

    private Optional<NarFeed.Position> positionFor(NarFeed.ReadMore more) {
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
        boolean whole = progress.isDone() && end == request.size().bytes();
        return more.offset() < end
                ? Optional.of(new NarFeed.Position.UpTo(attempt.number(), attempt.file(), end, whole, origin(attempt)))
                : Optional.empty();
    }

    /** What people are told that the NAR comes from; the last part is the item, as Guix expects of such URLs. */
    private String origin(Attempt attempt) {
        return attempt.fromPeers() ? SWARM + request.path().baseName() : servers.url();
    }
}
