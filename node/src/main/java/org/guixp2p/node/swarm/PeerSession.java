// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.ManifestPage;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.RefusalReason;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;

/**
 * One connected peer: asks it what downloads want to know, and answers what it asks.
 *
 * <p>Every question that it takes gets its reply, also when the peer says nothing in time or the connection is lost
 * ({@link Asking}). What the peer asks is answered by {@link Serving}.
 */
public final class PeerSession extends AbstractBehavior<PeerSession.Command> {
    /** Questions for blocks and pages that are kept for one peer at a time; more are refused as busy. */
    static final int SERVING = 256;
    private static final Duration CHECK = Duration.ofSeconds(1);
    /** A light session waits for nothing, and there may be many: its pings are so much rarer. */
    static final int LIGHT_PATIENCE = 12;
    /** How long a record may lie before a peer takes it: what is made for one that does not read is kept from others. */
    private static final Duration TAKEN_WITHIN = Duration.ofSeconds(60);

    /** What it understands. */
    public sealed interface Command {}

    /**
     * Asks whether the peer has a NAR, and in the same frame for the first of it, if that is wanted.
     *
     * @param mayWait whether it may wait a moment to be asked with others; where blocks are wanted too, of a NAR of one block
     */
    public record Query(NarHash nar, Optional<First> first, boolean mayWait,
            ActorRef<QueryReply> replyTo) implements Command {
        public Query(NarHash nar, ActorRef<QueryReply> replyTo) {
            this(nar, Optional.empty(), false, replyTo);
        }
    }

    /** What waits to be asked with others is asked now: whether the peer has some NARs, and also small ones if that is said. */
    public record Hurry(boolean alsoSmall) implements Command {}

    /**
     * The first page of a NAR's manifest and its first blocks. Each is answered, from any thread and in any order.
     *
     * @param blocks how many, 0 to {@link SwarmMessage.Query#MAX_BLOCKS}
     */
    public record First(int blocks, Consumer<ManifestReply> page, Consumer<BlockReply> block) {}

    /** Asks for a page of a manifest. */
    public record FetchManifest(NarHash nar, Sha256 root, int page,
            ActorRef<ManifestReply> replyTo) implements Command {}

    /**
     * Asks for a block.
     *
     * @param prefixed whether it may come compressed with the blocks before it; not for the first block
     * @param reply takes the answer, from any thread; there is none when the session ends before it takes the question
     */
    public record FetchBlock(NarHash nar, Sha256 root, int index, boolean prefixed,
            Consumer<BlockReply> reply) implements Command {
        /** Asks for a block by itself. */
        public FetchBlock(NarHash nar, Sha256 root, int index, ActorRef<BlockReply> replyTo) {
            this(nar, root, index, false, replyTo::tell);
        }
    }

    /**
     * Asks for the signed narinfo of an item.
     *
     * @param reply takes it, as it came, from any thread; nothing when the peer does not give it
     */
    public record AskNarinfo(ItemKey item, Consumer<Optional<byte[]>> reply) implements Command {}

    /**
     * The block is no longer wanted; its reply may be a failure.
     *
     * @param crossed told how many bytes it has, from any thread, when it was on its way already and is thrown away
     */
    public record CancelBlock(NarHash nar, int index, IntConsumer crossed) implements Command {}

    /** Wants to know how many bytes of blocks the peer has sent so far, whole blocks or not. */
    public record CountBytes(LongConsumer answer) implements Command {}

    /** Wants to know what the peer tells of a NAR that it was asked for, or will be. */
    public record Follow(NarHash nar, ActorRef<Told> listener) implements Command {}

    /** Wants to know no more. */
    public record Unfollow(NarHash nar, ActorRef<Told> listener) implements Command {}

    /** The peer may be told what this node has of a NAR. */
    record Tell(Swarm.RelayNews news) implements Command {}

    /** What the peer says that it has of a NAR; whether it is true is not known. */
    public record Told(PeerId peer, Sha256 root, BlockBits blocks) {}

    /** Hangs up. */
    record Close(GoodbyeReason reason, String detail) implements Command {}

    private record Received(SwarmMessage message) implements Command {}

    private record Ended(PeerConnection.End end) implements Command {}

    private record Check() implements Command {}

    /** Something that {@link Serving} has to do on the actor's thread. */
    record Served(Runnable action) implements Command {}

    /** The answer to {@link Query}. */
    public sealed interface QueryReply {}

    /**
     * The peer has it.
     *
     * @param holding the whole, and then it vouches for the root; or the part that has come so far
     */
    public record Offered(NarSize narSize, Sha256 root, Holding holding) implements QueryReply {}

    /** The peer has it not, or not for us. */
    public record NotOffered() implements QueryReply {}

    /** There was no answer. */
    public record QueryFailed(String reason) implements QueryReply {}

    /** The answer to {@link FetchManifest}. */
    public sealed interface ManifestReply {}

    /** A page; whether it is true is not yet known. */
    public record PageReceived(ManifestPage page) implements ManifestReply {}

    /**
     * There was no page.
     *
     * @param retryAfterMillis when the peer may give it, if it is only busy; else 0
     */
    public record ManifestFailed(String reason, long retryAfterMillis) implements ManifestReply {
        /** There was no answer. */
        ManifestFailed(String reason) {
            this(reason, 0);
        }
    }

    /** The answer to {@link FetchBlock}. */
    public sealed interface BlockReply {
        /** Of the block. */
        int index();
    }

    /** A block as it came, nothing of it looked at; when it was asked for so, for those who have the blocks before it. */
    public record BlockReceived(int index, BlockPayload payload) implements BlockReply {}

    /**
     * The peer does not give it.
     *
     * @param retryAfterMillis when it may, if it is only busy; else 0
     */
    public record BlockRefused(int index, RefusalReason reason, long retryAfterMillis) implements BlockReply {}

    /** There was no answer. */
    public record BlockFailed(int index, String reason) implements BlockReply {}

    private final PeerConnection connection;
    private final Serving serving;
    private final ReadAhead readAhead;
    private final Asking asking;
    private final Listening listening;
    private final Acquaintance acquaintance;
    private final InventoryTalk inventory;
    private final Ticker ticker;
    private final SwarmSettings settings;
    /** Why it ended; until something else ends it, that can only be the node. */
    private String endReason = "the node stops";
    /** To be said once the peer has been given what it was being given. */
    private @Nullable Close lastWord;

    private PeerSession(ActorContext<Command> context, TimerScheduler<Command> timers, PeerConnection connection,
            Offers offers, Serving.Shared shared, Duration requestTimeout, Executor disk, Acquaintances acquaintances) {
        super(context);
        // Pekko would guess it, and guess itself when the first line is logged because of a timer.
        context.setLoggerName(PeerSession.class);
        this.connection = connection;
        this.readAhead = new ReadAhead(connection.isLight());
        this.settings = connection.settings();
        this.ticker = settings.ticker();
        ActorRef<Command> self = context.getSelf();
        this.listening = new Listening(connection.peer(), ticker);
        this.asking = new Asking(connection, requestTimeout,
                action -> timers.startSingleTimer(new Served(action), Asking.GATHERING));
        this.acquaintance = acquaintances.with(connection);
        this.serving = new Serving(offers, shared, connection, disk, action -> self.tell(new Served(action)));
        this.inventory = new InventoryTalk(connection, shared.inventories(), action -> self.tell(new Served(action)));
        timers.startTimerWithFixedDelay(new Check(), CHECK);
        connection.start(message -> {
            readAhead.take(message);
            self.tell(new Received(message));
        }, end -> self.tell(new Ended(end)));
        inventory.tell();
    }

    /**
     * The session of a connection.
     *
     * @param shared with the other sessions
     * @param disk the pool where blocks are read and compressed
     */
    static Behavior<Command> create(PeerConnection connection, Offers offers, Serving.Shared shared,
            Duration requestTimeout, Executor disk, Acquaintances acquaintances) {
        return Behaviors.setup(context -> Behaviors
                .withTimers(timers -> new PeerSession(context, timers, connection, offers, shared, requestTimeout,
                        disk, acquaintances)));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receiveOrHangUp).onSignal(PostStop.class, stopped -> cleanUp())
                .build();
    }

    /** Whatever goes wrong here, the connection does not stay behind without its session. */
    private Behavior<Command> receiveOrHangUp(Command command) {
        try {
            return receive(command);
        } catch (RuntimeException e) {
            getContext().getLog().error("the session with peer {} fails", connection.peer(), e);
            return hangUp(GoodbyeReason.FAILED, "a fault here");
        }
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Query query -> asking.ask(query);
            case Hurry hurry -> asking.flush(hurry.alsoSmall());
            case FetchManifest fetch -> asking.ask(fetch);
            case FetchBlock fetch -> asking.ask(fetch);
            case AskNarinfo ask -> asking.ask(ask);
            case CancelBlock cancel -> asking.cancel(cancel);
            case Follow follow -> listening.follow(follow);
            case Unfollow unfollow -> listening.unfollow(unfollow);
            case Tell tell -> serving.tell(tell.news());
            case CountBytes count -> count.answer().accept(connection.blockBytes());
            case Received received -> {
                readAhead.give(received.message());
                return received(received.message());
            }
            case Served served -> {
                served.action().run();
                return lastWord == null || serving.isBusy() ? this : hangUp(lastWord.reason(), lastWord.detail());
            }
            case Check _ -> {
                return check();
            }
            case Close close when close.reason() == GoodbyeReason.SHUTDOWN && serving.isBusy() -> {
                lastWord = close;
                serving.takeNoMore();
            }
            case Close close -> {
                return hangUp(close.reason(), close.detail());
            }
            case Ended ended -> {
                return ended(ended.end());
            }
        }
        return this;
    }

    private Behavior<Command> ended(PeerConnection.End end) {
        return switch (end) {
            case PeerConnection.End.Broken broken -> hangUp(GoodbyeReason.MALFORMED, broken.reason());
            case PeerConnection.End.Crowded crowded -> hangUp(GoodbyeReason.FULL, crowded.reason());
            case PeerConnection.End.Lost lost -> {
                endReason = lost.reason();
                connection.leave(null);
                yield Behaviors.stopped();
            }
        };
    }

    private Behavior<Command> received(SwarmMessage message) {
        if (connection.isLight() && !LightPeers.mayBeSaid(message)) {
            return hangUp(GoodbyeReason.MALFORMED, "this is a light session");
        }
        switch (message) {
            case SwarmMessage.Question question -> serving.answer(question);
            case SwarmMessage.Answer answer -> {
                return orHangUp(() -> asking.answered(answer));
            }
            case SwarmMessage.Cancel cancel -> serving.cancel(cancel.id());
            case SwarmMessage.Have have -> {
                if (!listening.told(have)) {
                    return hangUp(GoodbyeReason.MALFORMED, "more news of blocks than anybody has");
                }
            }
            case SwarmMessage.Ping ping -> connection.send(new SwarmMessage.Pong(ping.nonce()));
            case SwarmMessage.Pong pong -> connection.roundTrip().answered(pong, ticker.nanos());
            case SwarmMessage.Peers peers -> acquaintance.told(peers);
            case SwarmMessage.DialBack ask -> acquaintance.asked(ask);
            case SwarmMessage.DialledBack answer -> acquaintance.answered(answer);
            case SwarmMessage.OfInventory told -> {
                return orHangUp(() -> inventory.told(told));
            }
            case SwarmMessage.Hello _ -> {
                return hangUp(GoodbyeReason.MALFORMED, "a second hello");
            }
            case SwarmMessage.Goodbye goodbye -> {
                endReason = "it said goodbye: " + goodbye.reason().token() + " " + goodbye.detail();
                connection.leave(null);
                return Behaviors.stopped();
            }
        }
        return this;
    }

    /** Something that only a peer that breaks the protocol makes fail. */
    private interface Reading {
        void read() throws FormatException;
    }

    private Behavior<Command> orHangUp(Reading reading) {
        try {
            reading.read();
            return this;
        } catch (FormatException e) {
            return hangUp(GoodbyeReason.MALFORMED, String.valueOf(e.getMessage()));
        }
    }

    // The connection.

    private Behavior<Command> check() {
        long now = ticker.nanos();
        long silence = connection.silence();
        asking.giveUpOverdue();
        acquaintance.tick();
        inventory.tell();
        if (connection.blocked() > TAKEN_WITHIN.toNanos()) {
            return hangUp(GoodbyeReason.TIMEOUT, "it has read nothing for " + TAKEN_WITHIN.toSeconds() + " s");
        }
        if (connection.takesTooLittle()) {
            return hangUp(GoodbyeReason.TIMEOUT,
                    "it has read less than " + settings.takenAMinute() + " bytes in a minute");
        }
        // Afterwards it would be too late at the next look.
        int patience = connection.isLight() ? LIGHT_PATIENCE : 1;
        Duration deadAfter = settings.deadAfter().multipliedBy(patience);
        if (silence > deadAfter.minus(CHECK).toNanos()) {
            return hangUp(GoodbyeReason.TIMEOUT, "silent for " + deadAfter.toSeconds() + " s");
        }
        // One who only receives, and slowly, must be heard of too: our pong would come behind all that is on its way.
        long pingAfter = settings.pingAfter().multipliedBy(patience).toNanos();
        if (Math.max(silence, connection.quiet()) > pingAfter && now - connection.roundTrip().asked() > pingAfter) {
            connection.send(connection.roundTrip().ask(now));
        }
        return this;
    }

    private Behavior<Command> hangUp(GoodbyeReason reason, String detail) {
        endReason = reason.token() + ": " + detail;
        connection.leave(SwarmMessage.Goodbye.of(reason, detail));
        return Behaviors.stopped();
    }

    private Behavior<Command> cleanUp() {
        getContext().getLog().info("peer {} at {} is gone: {}", connection.peer(), connection.remote(), endReason);
        asking.lost();
        acquaintance.lost(endReason);
        inventory.over();
        // Says nothing when something was said already.
        connection.leave(SwarmMessage.Goodbye.of(GoodbyeReason.SHUTDOWN, endReason));
        readAhead.end();
        serving.stop();
        return this;
    }
}
