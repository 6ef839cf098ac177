// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.stream.javadsl.Source;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches one NAR for however many ask: from peers and from servers in the order of the policy, into a partial file, from
 * which readers are fed in order.
 *
 * <p>When one kind of source is exhausted the other goes on with the blocks that are there. When the whole proves wrong, a
 * new {@link Attempt} begins and readers are told to begin again. It stops when its last reader has gone.
 */
public final class Download extends AbstractBehavior<Download.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(Download.class);
    /** Bytes that a reader reads without asking again. */
    private static final long MOST_AT_ONCE = 4L << 20;
    private static final Duration TICK = Duration.ofMillis(250);
    private static final int TICKS_TO_NOT_YET = 40;

    /** What a download understands. */
    public sealed interface Command
            permits Open, Describe, Stop, ReadMore, ReaderGone, PeerEvent, ServerStored, ServerEnded, Advanced,
            AdvanceFailed, Kept,
            Tick {}

    /** A reader wants the NAR; its source runs once. When the answer is over already, there is no such reader. */
    public record Open(CompletableFuture<Opened> answer) implements Command {}

    /** Wants to know how it stands. */
    public record Describe(ActorRef<TransferStatus> replyTo) implements Command {}

    /** Nobody will ask any more: stop. */
    record Stop() implements Command {}

    record ReadMore(int attempt, long offset, ActorRef<NarFeed.Position> replyTo) implements Command {}

    record ReaderGone() implements Command {}

    record ServerStored(int attempt, int block, int bytes, String server) implements Command {}

    record ServerEnded(int attempt, Optional<ServerLane.Failure> failure) implements Command {}

    record Advanced(int attempt, int to) implements Command {}

    record AdvanceFailed(int attempt, boolean wrongBytes, String reason) implements Command {}

    record Kept(Optional<String> failure) implements Command {}

    private record Tick() implements Command {}

    /** The answer to {@link Open}. */
    public record Opened(Source<NarEvent, NotUsed> events) {}

    private enum State {
        PROVIDERS, BLOCKS, SERVERS, DONE, FAILED
    }

    private final NarRequest request;
    private final DownloadContext node;
    private final ActorRef<Downloads.Command> parent;
    private final PeerSide peers;
    private final ServerSide servers;
    private final Tally tally = new Tally();
    private final Readers readers = new Readers(this::positionFor);
    private final Attempts attempts;
    private final Turns turns;
    private final Verification verification;
    private final Keeping keeping;
    private final long startedNanos = System.nanoTime();
    private Attempt attempt;
    private State state = State.PROVIDERS;
    private @Nullable String failure;
    private boolean ownFault;
    private long endedNanos;
    private boolean ended;
    private int ticks;

    private Download(ActorContext<Command> context, TimerScheduler<Command> timers, NarRequest request,
            DownloadContext node,
            ActorRef<Downloads.Command> parent) throws IOException {
        super(context);
        context.setLoggerName(Download.class);
        this.request = request;
        this.node = node;
        this.parent = parent;
        this.turns = new Turns(request.policy());
        this.attempts = new Attempts(request, node.store());
        this.attempt = attempts.current();
        this.peers = new PeerSide(context, request, node, tally, new Reading());
        this.servers = new ServerSide(context, request, node);
        this.verification = new Verification(context, node.disk());
        this.keeping = new Keeping(context, request, node);
        timers.startTimerWithFixedDelay(new Tick(), TICK);
        begin();
    }

    static Behavior<Command> create(NarRequest request, DownloadContext node, ActorRef<Downloads.Command> parent) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            try {
                return new Download(context, timers, request, node, parent);
            } catch (IOException e) {
                return UnwritableDownload.create(context, parent, request, e);
            }
        }));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).onSignal(PostStop.class, stopped -> cleanUp()).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Open open -> open(open);
            case Describe describe -> describe.replyTo().tell(status());
            case ReadMore more -> readers.ask(more);
            case ReaderGone _ -> {
                readers.gone();
                whenUnread();
            }
            case PeerEvent event -> fromPeers(event);
            case ServerStored stored when stored.attempt() == attempt.number() -> serverStored(stored);
            case ServerEnded ended when ended.attempt() == attempt.number() -> serverEnded(ended);
            case Advanced advanced when isVerifying(advanced.attempt()) -> advanced(advanced);
            case AdvanceFailed failed when isVerifying(failed.attempt()) -> advanceFailed(failed);
            case ServerStored _,ServerEnded _,Advanced _,AdvanceFailed _ ->
                getContext().getLog().trace("of what is over");
            case Kept kept -> kept(kept);
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
        state = State.PROVIDERS;
        if (!request.mayAskPeers()) {
            peersOver("strangers are not asked about it: it is not public");
            return;
        }
        peers.start(attempt, turns.serversStandBy() && servers.hasNext());
    }

    private void startServers() {
        state = State.SERVERS;
        if (!servers.startNext(attempt)) {
            serversOver("no server has it");
        }
    }

    private void peersOver(String reason) {
        peers.pause();
        if (!turns.peersOver(reason)) {
            fail();
        } else if (keepsApart(reason)) {
            getContext().getLog().info("{}: from servers, because of peers: {}", request.path(), reason);
            startServers();
        }
    }

    private void serversOver(String reason) {
        if (!turns.serversOver(reason)) {
            fail();
        } else if (keepsApart(reason)) {
            getContext().getLog().info("{}: from peers, because of servers: {}", request.path(), reason);
            startPeers();
        }
    }

    /** Where kinds are not mixed, the next one begins at the first byte. False when that was not possible. */
    private boolean keepsApart(String reason) {
        return !turns.apart() || attempt.scheduler().doneCount() == 0 || renew(reason);
    }

    private void fail() {
        failure = turns.reasons();
        getContext().getLog().warn("{}: not fetched: {}", request.path(), failure);
        end(State.FAILED);
    }

    /** No other source helps against what is wrong with this machine. */
    private void failOfOwnFault(String reason) {
        failure = reason;
        ownFault = true;
        getContext().getLog().error("{}: {}", request.path(), reason);
        end(State.FAILED);
    }

    private void end(State last) {
        state = last;
        endedNanos = System.nanoTime();
        ended = true;
        peers.pause();
        servers.stop();
        if (last == State.FAILED) {
            peers.kept(false);
            parent.tell(new Downloads.Failed(getContext().getSelf()));
        }
        readers.wake();
        whenUnread();
    }

    // Peers.

    private void fromPeers(PeerEvent event) {
        if (state == State.PROVIDERS || state == State.BLOCKS) {
            act(peers.on(event, attempt));
        } else {
            peers.note(event, attempt);
        }
    }

    private void act(Verdict verdict) {
        switch (verdict) {
            case Verdict.GoOn _ -> verification.advance(attempt);
            case Verdict.Fetching _ -> {
                state = State.BLOCKS;
                verification.advance(attempt);
            }
            case Verdict.Abandoned abandoned -> abandon(abandoned.reason());
            case Verdict.Exhausted over -> peersOver(over.reason());
            case Verdict.OwnFault fault -> failOfOwnFault(fault.reason());
        }
    }

    /** What is there was not found wrong: servers' part of it only loses its place. */
    private void abandon(String reason) {
        Attempt old = attempt;
        if (renew(reason)) {
            peers.abandon(old);
            if (peers.worthAsking()) {
                startPeers();
            } else {
                peersOver(reason);
            }
        }
    }

    private void tick() {
        if (++ticks % TICKS_TO_NOT_YET == 0) {
            readers.tellWaiting(new NarFeed.Position.NotYet());
        }
        peers.tell();
        if (state == State.PROVIDERS || state == State.BLOCKS) {
            act(peers.tick(attempt));
        }
    }

    // Servers.

    private void serverStored(ServerStored stored) {
        if (!attempt.scheduler().isDone(stored.block())) {
            attempt.scheduler().have(stored.block());
            attempt.usedServer(stored.server());
            tally.received(stored.server(), stored.bytes());
        }
        verification.advance(attempt);
    }

    private void serverEnded(ServerEnded ended) {
        // A lane that was stopped says so too. When all is there, only its verification has a word to say.
        if (state != State.SERVERS || attempt.scheduler().isComplete()) {
            return;
        }
        ServerLane.Failure why = ended.failure().orElse(
                new ServerLane.Failure(ServerLane.Failure.Kind.SERVER, "it ended before the NAR did"));
        switch (why.kind()) {
            case OWN_DISK -> failOfOwnFault(why.reason());
            case CONTRADICTION -> startAgain(why.reason(), true);
            case SERVER -> {
                if (!servers.startNext(attempt)) {
                    serversOver(why.reason());
                }
            }
        }
    }

    // Verification, in order.

    private boolean isVerifying(int number) {
        return number == attempt.number() && state != State.DONE && state != State.FAILED;
    }

    private void advanced(Advanced advanced) {
        attempt.advanced(advanced.to());
        if (attempt.complete()) {
            succeed();
        } else {
            readers.wake();
            verification.advance(attempt);
        }
    }

    private void advanceFailed(AdvanceFailed failed) {
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
        if (wrong.fromPeers() && (contradiction || wrong.fromServers())) {
            // Nobody can be blamed for what both gave: each kind gets its turn alone, that which is at work first.
            turns.beginApart();
            servers.again();
        } else if (wrong.fromPeers()) {
            peers.blame(wrong);
            if (state == State.SERVERS) {
                // It has just begun, behind peers whose bytes were still being verified.
                servers.again();
            }
        } else if (contradiction || !wrong.isFrom(servers.url())) {
            servers.again();
        }
        String over = "what they have is not this NAR: " + reason;
        if (state == State.SERVERS) {
            if (!servers.startNext(attempt)) {
                serversOver(over);
            }
        } else if (wrong.fromPeers() && !peers.worthAsking()) {
            peersOver(over);
        } else {
            startPeers();
        }
    }

    /** Begins a new attempt, and tells readers; false when this machine's disk does not let it. */
    private boolean renew(String reason) {
        getContext().getLog().warn("{}: beginning again: {}", request.path(), reason);
        Attempt old = attempt;
        tally.restarted();
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
        peers.proven(attempt);
        if (request.keeps(attempt)) {
            keeping.keep(attempt);
        }
        end(State.DONE);
    }

    private void kept(Kept kept) {
        peers.kept(kept.failure().isEmpty());
        kept.failure().ifPresent(why -> getContext().getLog().warn("{}: not kept: {}", request.path(), why));
        whenUnread();
    }

    // Readers.

    private void open(Open open) {
        readers.opened();
        if (!open.answer().complete(new Opened(NarFeed.of(getContext().getSelf(), attempt.number(),
                getContext().getSystem(), node.disk(), node.pieces())))) {
            readers.gone();
            whenUnread();
        }
    }

    /** What is asked of peers follows those who read: a NAR that nobody takes is not fetched to its end. */
    private final class Reading implements PeerLanes.Reading {
        @Override
        public boolean waits() {
            return readers.waitFor(attempt.number(),
                    attempt.scheduler().contiguous() * (long) BlockLayout.BLOCK_BYTES);
        }

        @Override
        public long wanted() {
            return readers.furthest(attempt.number()) + node.readAhead();
        }
    }

    private Optional<NarFeed.Position> positionFor(ReadMore more) {
        if (state == State.FAILED) {
            return Optional.of(new NarFeed.Position.GivenUp(failure == null ? "" : failure));
        }
        if (more.attempt() != attempt.number()) {
            return Optional.of(new NarFeed.Position.StartAgain(attempt.number()));
        }
        if (state == State.DONE && more.offset() == request.size().bytes()) {
            return Optional.of(new NarFeed.Position.End());
        }
        // Where it is decides what is asked for: it is to ask again before long.
        long end = Math.min(attempt.released(), more.offset() + MOST_AT_ONCE);
        return more.offset() < end
                ? Optional.of(new NarFeed.Position.UpTo(attempt.number(), attempt.file(), end, origin()))
                : Optional.empty();
    }

    /** What people are told that the NAR comes from; the last part is the item, as Guix expects of such URLs. */
    private String origin() {
        return attempt.fromPeers() ? "guixp2p://swarm/nar/" + request.path().baseName() : servers.url();
    }

    private void whenUnread() {
        if (readers.haveAllGone() && keeping.isDone()) {
            parent.tell(new Downloads.Idle(getContext().getSelf(), readers.count()));
        }
    }

    private TransferStatus status() {
        long until = ended ? endedNanos : System.nanoTime();
        return new TransferStatus(request.path().path(), request.hash().toString(), request.size().bytes(),
                state.name().toLowerCase(Locale.ROOT), attempt.verifiedBytes(), (until - startedNanos) / 1e9,
                peers.providers(attempt), tally.sources(), peers.requeued(attempt), tally.corruptBlocks(),
                tally.duplicatedBytes(), tally.restarts(), failure);
    }

    private Behavior<Command> cleanUp() {
        peers.stop();
        servers.stop();
        failure = failure == null ? "the download was stopped" : failure;
        readers.tellWaiting(new NarFeed.Position.GivenUp("the download was stopped"));
        TransferStatus last = status();
        // A node that stops lets a NAR be kept that was complete.
        keeping.whenDone(() -> {
            clear();
            node.finished().accept(last);
        });
        return this;
    }

    private void clear() {
        try {
            attempts.end(state == State.DONE, ownFault);
        } catch (IOException e) {
            LOG.warn("{}: {}", request.path(), IoWords.of(e, Path.of("partial")));
        }
    }
}
