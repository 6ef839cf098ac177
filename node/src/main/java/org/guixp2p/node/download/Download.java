// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Fetches one NAR for however many ask: from peers and from servers in the order of the policy, into a partial file, from
 * which readers are fed in order.
 *
 * <p>When one kind of source is exhausted the other goes on with the blocks that are there. When the whole proves wrong, a
 * new {@link Attempt} begins and readers are told to begin again. It stops when its last reader has gone.
 */
public final class Download extends AbstractBehavior<Download.Command> {
    private static final Duration TICK = Duration.ofMillis(250);

    /** What a download understands. */
    public sealed interface Command
            permits Open, Describe, Cancel, Stop, NarFeed.ReadMore, NarFeed.ReaderGone, PeerEvent, ServerEvent,
            Verification.Advanced, Verification.AdvanceFailed, Keeping.Kept, Tick {}

    /** A reader wants the NAR, or wants it held {@code ahead}. When the answer is over already, there is no such reader. */
    public record Open(CompletableFuture<OpenedNar> answer, boolean ahead) implements Command {}

    /** Wants to know how it stands. */
    public record Describe(ActorRef<TransferStatus> replyTo) implements Command {}

    /** The user wants nothing more of the download of this number: it fails, unless it is over. */
    public record Cancel(long number, ActorRef<Cancelled> replyTo) implements Command {}

    /** Nobody will ask any more: stop. */
    record Stop() implements Command {}

    private record Tick() implements Command {}

    private final NarRequest request;
    private final TimerScheduler<Command> timers;
    private final ActorRef<Downloads.Command> parent;
    private final PeerSide peers;
    private final ServerSide servers;
    private final Tally tally;
    private final ReaderSide readers;
    private final Attempts attempts;
    private final Turns turns;
    private final Blame blame;
    private final Verification verification;
    private final Keeping keeping;
    private final Progress progress;
    private Attempt attempt;

    private Download(ActorContext<Command> context, TimerScheduler<Command> timers, NarRequest request,
            DownloadContext node, Begun begun, ActorRef<Downloads.Command> parent, boolean ahead)
            throws IOException {
        super(context);
        context.setLoggerName(Download.class);
        this.request = request;
        this.timers = timers;
        this.parent = parent;
        this.tally = new Tally(begun.trace(), new BlockLayout(request.size()));
        this.progress = new Progress(request, begun);
        this.turns = new Turns(request.policy());
        this.attempts = new Attempts(request, node.store());
        this.attempt = attempts.current();
        this.servers = new ServerSide(context, request, node, tally, ahead);
        this.readers = new ReaderSide(context, request, node, attempts, progress, servers, ahead);
        this.peers = new PeerSide(context, request, node, tally, readers);
        this.blame = new Blame(turns, peers.wrongRoots(), servers);
        this.verification = new Verification(context, node.disk());
        this.keeping = new Keeping(context, request, node);
        timers.startTimerWithFixedDelay(new Tick(), TICK);
        begin();
    }

    /** @param begun maybe without an actor, before */
    static Behavior<Command> create(NarRequest request, DownloadContext node, Begun begun,
            ActorRef<Downloads.Command> parent, boolean ahead) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            try {
                return new Download(context, timers, request, node, begun, parent, ahead);
            } catch (IOException e) {
                return UnwritableDownload.create(context, parent, request, e, begun.trace());
            }
        }));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).onSignal(PostStop.class, stopped -> cleanUp()).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Open open -> {
                readers.open(open, parent);
                whenUnread();
            }
            case Describe describe -> describe.replyTo().tell(progress.status(attempt, peers, tally));
            case Cancel cancel -> cancel.replyTo().tell(cancel(cancel.number()));
            case NarFeed.ReadMore more -> readers.ask(more);
            case NarFeed.ReaderGone _ -> {
                readers.gone();
                whenUnread();
            }
            case PeerEvent event -> fromPeers(event);
            case ServerEvent event when event.attempt() == attempt.number() -> fromServers(event);
            case Verification.Advanced advanced when isVerifying(advanced.attempt()) -> advanced(advanced);
            case Verification.AdvanceFailed failed when isVerifying(failed.attempt()) -> advanceFailed(failed);
            case ServerEvent _,Verification.Advanced _,Verification.AdvanceFailed _ ->
                getContext().getLog().trace("of what is over");
            case Keeping.Kept kept -> kept(kept);
            case Tick _ -> tick();
            case Stop _ -> {
                return Behaviors.stopped();
            }
        }
        return this;
    }

    // Sources, in the order of the policy.

    private void begin() {
        if (turns.beginWithServers()) {
            startServers();
        } else {
            startPeers();
        }
    }

    private void startPeers() {
        progress.at(Progress.State.PROVIDERS);
        if (!request.mayAskPeers()) {
            peersOver(PeersOver.PRIVATE, "strangers are not asked about it: it is not public");
            return;
        }
        act(peers.start(attempt,
                turns.serversStandBy() && servers.hasNext() ? Optional.of(servers) : Optional.empty()));
    }

    private void startServers() {
        progress.at(Progress.State.SERVERS);
        if (!servers.startNext(attempt)) {
            serversOver(servers.whyNone());
        }
    }

    private void peersOver(PeersOver why, String reason) {
        peers.pause(attempt);
        progress.trace().peersOver(why, reason);
        if (!turns.peersOver(why, reason)) {
            fail();
        } else if (beginApart(reason)) {
            getContext().getLog().info("{}: from servers, because of peers: {}", request.path(), reason);
            startServers();
        }
    }

    private void serversOver(String reason) {
        progress.trace().serversOver(reason);
        if (!turns.serversOver(reason)) {
            fail();
        } else if (beginApart(reason)) {
            getContext().getLog().info("{}: from peers, because of servers: {}", request.path(), reason);
            startPeers();
        }
    }

    /** Where kinds are not mixed, the next one begins at the first byte. False when that was not possible. */
    private boolean beginApart(String reason) {
        return !turns.apart() || attempt.scheduler().doneCount() == 0 || renew(reason);
    }

    private void fail() {
        getContext().getLog().warn("{}: not fetched: {}", request.path(), turns.reasons());
        fail(turns.reasons(), false);
    }

    /** No other source helps against what is wrong with this machine. */
    private void failOfOwnFault(String reason) {
        getContext().getLog().error("{}: {}", request.path(), reason);
        fail(reason, true);
    }

    private Cancelled cancel(long number) {
        if (number != progress.trace().number()) {
            return new Cancelled.Other();
        }
        if (progress.isOver()) {
            return new Cancelled.Over();
        }
        getContext().getLog().info("{}: cancelled by the user", request.path());
        fail("cancelled by the user", false);
        return new Cancelled.Now(progress.status(attempt, peers, tally));
    }

    private void fail(String reason, boolean ownFault) {
        parent.tell(new Downloads.Failed(getContext().getSelf())); // before anybody else hears of it, and asks anew
        progress.failed(reason, ownFault);
        peers.kept(false);
        end();
    }

    private void end() {
        // Now: readers may take their time, or nobody may have come yet.
        progress.trace().over(progress.status(attempt, peers, tally));
        peers.pause(attempt);
        servers.stop();
        attempts.over();
        readers.wake();
        whenUnread();
    }

    // Peers.

    private void fromPeers(PeerEvent event) {
        if (progress.isAtPeers()) {
            act(peers.on(event, attempt));
        } else {
            peers.note(event, attempt);
        }
    }

    private void act(Verdict verdict) {
        switch (verdict) {
            case Verdict.GoOn _ -> verification.advance(attempt);
            case Verdict.Fetching _ -> {
                progress.at(Progress.State.BLOCKS);
                verification.advance(attempt);
            }
            case Verdict.Abandoned abandoned -> abandon(abandoned.reason());
            case Verdict.Exhausted over -> peersOver(over.why(), over.reason());
            case Verdict.Slower slower -> slower(slower);
            case Verdict.ServersExhausted over -> serversOver(over.reason());
            case Verdict.Contradicted contradicted -> startAgain(contradicted.reason(), true);
            case Verdict.OwnFault fault -> failOfOwnFault(fault.reason());
        }
    }

    private void slower(Verdict.Slower slower) {
        // What they have brought would be lost where kinds of source are not mixed.
        if (!turns.apart()) {
            servers.expect(slower.bytesPerSecond());
            peersOver(PeersOver.SLOWER, slower.reason());
        }
    }

    /** What is there was not found wrong: servers' part of it only loses its place. */
    private void abandon(String reason) {
        Attempt old = attempt;
        if (renew(reason)) {
            peers.wrongRoots().abandon(old);
            if (peers.worthAsking()) {
                startPeers();
            } else {
                peersOver(PeersOver.FAILED, reason);
            }
        }
    }

    private void tick() {
        readers.tick();
        peers.tell();
        if (progress.isAtPeers()) {
            act(peers.tick(attempt));
        } else if (progress.isAt(Progress.State.SERVERS)) {
            act(servers.tick());
        } else if (progress.isOver() && peers.haveHeard()) {
            // What was fetched ahead may wait for its reader for minutes, and a closure has hundreds.
            timers.cancel(new Tick());
        }
    }

    // Servers.

    private void fromServers(ServerEvent event) {
        // A lane that was stopped says that it has ended too. When all is there, only its verification has a word to say.
        if (!(event instanceof ServerEvent.Ended)
                || (progress.isAt(Progress.State.SERVERS) && !attempt.scheduler().isComplete())) {
            act(servers.on(event, attempt));
        }
    }

    // Verification, in order.

    private boolean isVerifying(int number) {
        return number == attempt.number() && !progress.isOver();
    }

    private void advanced(Verification.Advanced advanced) {
        attempt.advanced(advanced.to());
        if (attempt.complete()) {
            succeed();
        } else {
            readers.wake();
            verification.advance(attempt);
        }
    }

    private void advanceFailed(Verification.AdvanceFailed failed) {
        if (failed.wrongBytes()) {
            startAgain(failed.reason(), false);
        } else {
            failOfOwnFault(failed.reason());
        }
    }

    /**
     * The bytes were wrong: what remains is tried from the first byte.
     *
     * @param contradiction whether the server at work gave something else than what was there
     */
    private void startAgain(String reason, boolean contradiction) {
        Attempt wrong = attempt;
        if (!renew(reason)) {
            return;
        }
        boolean serversTurn = progress.isAt(Progress.State.SERVERS);
        blame.wrong(wrong, contradiction, serversTurn);
        String over = "what they have is not this NAR: " + reason;
        if (serversTurn) {
            if (!servers.startNext(attempt)) {
                serversOver(over);
            }
        } else if (wrong.fromPeers() && !peers.worthAsking()) {
            peersOver(PeersOver.FAILED, over);
        } else {
            startPeers();
        }
    }

    /** Begins a new attempt, and tells readers; false when this machine's disk does not let it. */
    private boolean renew(String reason) {
        getContext().getLog().warn("{}: beginning again: {}", request.path(), reason);
        Attempt old = attempt;
        tally.restarted(reason);
        servers.stop();
        peers.close(old);
        try {
            attempt = attempts.renew();
        } catch (IOException e) {
            failOfOwnFault(UnwritableDownload.why(e));
            return false;
        }
        readers.wake();
        return true;
    }

    private void succeed() {
        BlockScheduler<PeerId> asked = attempt.scheduler();
        getContext().getLog().info(
                "{}: fetched and verified; asked again for {} blocks, hedged {}, raced for the last {}",
                request.path(), asked.requeued(), asked.hedged(), asked.endgame());
        peers.wrongRoots().proven(attempt);
        servers.proven(attempt);
        if (request.keeps(attempt.fromPeers())) {
            keeping.keep(attempt);
        }
        progress.done();
        end();
    }

    private void kept(Keeping.Kept kept) {
        keeping.told();
        peers.kept(kept.failure().isEmpty());
        kept.failure().ifPresent(why -> getContext().getLog().warn("{}: not kept: {}", request.path(), why));
        whenUnread();
    }

    // Readers.

    private void whenUnread() {
        if (readers.haveAllGone() && keeping.isDone()) {
            parent.tell(new Downloads.Idle(getContext().getSelf(), readers.count()));
        }
    }

    private Behavior<Command> cleanUp() {
        peers.stop(attempt);
        servers.stop();
        progress.stopped();
        readers.giveUp("the download was stopped");
        TransferStatus last = progress.status(attempt, peers, tally);
        // A node that stops lets a NAR be kept that was complete.
        keeping.whenDone(() -> {
            attempts.end(progress.isDone(), progress.isOwnFault());
            progress.trace().ended(last);
        });
        return this;
    }
}
