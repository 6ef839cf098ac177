// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
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
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.ManifestPage;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * One connected peer: asks it what downloads want to know, and answers what it asks.
 *
 * <p>Every question gets its reply, also when the peer says nothing in time or the connection is lost. What the peer asks is
 * answered by {@link Serving}.
 */
public final class PeerSession extends AbstractBehavior<PeerSession.Command> {
    /** Blocks that are prepared for one peer at a time; more are refused as busy. */
    static final int SERVING = 32;
    /** Messages read ahead of the actor. */
    private static final int READ_AHEAD = 64;
    private static final Duration CHECK = Duration.ofSeconds(1);
    private static final Duration PING_AFTER = Duration.ofSeconds(5);
    private static final Duration DEAD_AFTER = Duration.ofSeconds(15);

    /** What it understands. */
    public sealed interface Command {}

    /** Asks whether the peer has a NAR. */
    public record Query(NarHash nar, ActorRef<QueryReply> replyTo) implements Command {}

    /** Asks for a page of a manifest. */
    public record FetchManifest(NarHash nar, Sha256 root, int page,
            ActorRef<ManifestReply> replyTo) implements Command {}

    /** Asks for a block. */
    public record FetchBlock(NarHash nar, Sha256 root, int index, ActorRef<BlockReply> replyTo) implements Command {}

    /** The block is no longer wanted; its reply may be a failure. */
    public record CancelBlock(NarHash nar, int index) implements Command {}

    /** Hangs up. */
    record Close(GoodbyeReason reason, String detail) implements Command {}

    private record Received(SwarmMessage message) implements Command {}

    private record Ended(String reason) implements Command {}

    private record Check() implements Command {}

    /** Something that {@link Serving} has to do on the actor's thread. */
    record Served(Runnable action) implements Command {}

    /** The answer to {@link Query}. */
    public sealed interface QueryReply {}

    /**
     * The peer has it.
     *
     * @param complete whether it has the whole and vouches for the root
     */
    public record Offered(NarSize narSize, Sha256 root, boolean complete) implements QueryReply {}

    /** The peer has it not, or not for us. */
    public record NotOffered() implements QueryReply {}

    /** There was no answer. */
    public record QueryFailed(String reason) implements QueryReply {}

    /** The answer to {@link FetchManifest}. */
    public sealed interface ManifestReply {}

    /** A page; whether it is true is not yet known. */
    public record PageReceived(ManifestPage page) implements ManifestReply {}

    /** There was no page. */
    public record ManifestFailed(String reason) implements ManifestReply {}

    /** The answer to {@link FetchBlock}. */
    public sealed interface BlockReply {}

    /** A block; whether it is true is not yet known. */
    public record BlockReceived(int index, byte[] bytes) implements BlockReply {}

    /**
     * The peer does not give it.
     *
     * @param retryAfterMillis when it may, if it is only busy; else 0
     */
    public record BlockRefused(int index, String reason, long retryAfterMillis) implements BlockReply {}

    /** There was no answer. */
    public record BlockFailed(int index, String reason) implements BlockReply {}

    private sealed interface Pending {
        long deadlineNanos();

        record OfQuery(long deadlineNanos, ActorRef<QueryReply> replyTo) implements Pending {}

        record OfPage(long deadlineNanos, int page, ActorRef<ManifestReply> replyTo) implements Pending {}

        record OfBlock(long deadlineNanos, NarHash nar, int index, ActorRef<BlockReply> replyTo) implements Pending {}
    }

    private final PeerConnection connection;
    private final Serving serving;
    private final Duration requestTimeout;
    private final Executor cpu;
    private final Semaphore readAhead = new Semaphore(READ_AHEAD);
    private final Map<RequestId, Pending> pending = new HashMap<>();
    private RequestId nextId = new RequestId(1);
    private String endReason = "the session was stopped";

    private PeerSession(ActorContext<Command> context, TimerScheduler<Command> timers, PeerConnection connection,
            Offers offers, Duration requestTimeout, Executor cpu) {
        super(context);
        this.connection = connection;
        this.requestTimeout = requestTimeout;
        this.cpu = cpu;
        ActorRef<Command> self = context.getSelf();
        this.serving = new Serving(offers, connection, cpu, action -> self.tell(new Served(action)));
        timers.startTimerWithFixedDelay(new Check(), CHECK);
        connection.start(message -> {
            readAhead.acquireUninterruptibly();
            self.tell(new Received(message));
        }, reason -> self.tell(new Ended(reason)));
    }

    /**
     * The session of a connection.
     *
     * @param cpu where blocks are compressed and decompressed
     */
    static Behavior<Command> create(PeerConnection connection, Offers offers, Duration requestTimeout, Executor cpu) {
        return Behaviors.setup(context -> Behaviors
                .withTimers(timers -> new PeerSession(context, timers, connection, offers, requestTimeout, cpu)));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).onSignal(PostStop.class, stopped -> cleanUp()).build();
    }

    private Behavior<Command> receive(Command command) {
        return switch (command) {
            case Query query -> {
                RequestId id = ask(new Pending.OfQuery(deadline(), query.replyTo()));
                connection.send(new SwarmMessage.Query(id, List.of(query.nar()), false, 0));
                yield this;
            }
            case FetchManifest fetch -> {
                RequestId id = ask(new Pending.OfPage(deadline(), fetch.page(), fetch.replyTo()));
                connection.send(new SwarmMessage.ManifestRequest(id, fetch.nar(), fetch.root(), fetch.page()));
                yield this;
            }
            case FetchBlock fetch -> {
                RequestId id = ask(new Pending.OfBlock(deadline(), fetch.nar(), fetch.index(), fetch.replyTo()));
                connection.send(new SwarmMessage.BlockRequest(id, fetch.nar(), fetch.root(), fetch.index()));
                yield this;
            }
            case CancelBlock cancel -> cancel(cancel);
            case Received received -> {
                readAhead.release();
                yield received(received.message());
            }
            case Served served -> {
                served.action().run();
                yield this;
            }
            case Check _ -> check();
            case Close close -> hangUp(close.reason(), close.detail());
            case Ended ended -> {
                endReason = ended.reason();
                yield Behaviors.stopped();
            }
        };
    }

    // What we ask.

    private long deadline() {
        return System.nanoTime() + requestTimeout.toNanos();
    }

    private RequestId ask(Pending question) {
        nextId = nextId.plus(1);
        pending.put(nextId, question);
        return nextId;
    }

    private Behavior<Command> cancel(CancelBlock cancel) {
        giveUp(question -> question instanceof Pending.OfBlock block && block.index() == cancel.index()
                && block.nar().equals(cancel.nar()), "no longer wanted");
        return this;
    }

    private void giveUp(Predicate<Pending> which, String reason) {
        List<Map.Entry<RequestId, Pending>> given = pending.entrySet().stream().filter(e -> which.test(e.getValue()))
                .map(e -> Map.entry(e.getKey(), e.getValue())).toList();
        for (Map.Entry<RequestId, Pending> question : given) {
            pending.remove(question.getKey());
            fail(question.getValue(), reason);
            connection.send(new SwarmMessage.Cancel(question.getKey()));
        }
    }

    private Behavior<Command> received(SwarmMessage message) {
        switch (message) {
            case SwarmMessage.Question question -> serving.answer(question);
            case SwarmMessage.Answer answer -> {
                return answered(answer);
            }
            case SwarmMessage.Cancel cancel -> serving.cancel(cancel.id());
            case SwarmMessage.Have _ -> getContext().getLog().trace("a relay's news");
            case SwarmMessage.Ping ping -> connection.send(new SwarmMessage.Pong(ping.nonce()));
            case SwarmMessage.Pong _ -> getContext().getLog().trace("alive");
            case SwarmMessage.Hello _ -> {
                return hangUp(GoodbyeReason.MALFORMED, "a second hello");
            }
            case SwarmMessage.Goodbye goodbye -> {
                endReason = "it said goodbye: " + goodbye.reason().token() + " " + goodbye.detail();
                return Behaviors.stopped();
            }
        }
        return this;
    }

    private Behavior<Command> answered(SwarmMessage.Answer answer) {
        Pending question = pending.remove(answer.id());
        if (question == null) {
            // It was given up, or crossed our cancel.
            return this;
        }
        boolean fits = switch (question) {
            case Pending.OfQuery query -> queryAnswered(query, answer);
            case Pending.OfPage page -> pageAnswered(page, answer);
            case Pending.OfBlock block -> blockAnswered(block, answer);
        };
        if (!fits) {
            fail(question, "it answered something else");
            return hangUp(GoodbyeReason.MALFORMED, "an answer that does not fit its question");
        }
        return this;
    }

    private static boolean queryAnswered(Pending.OfQuery query, SwarmMessage.Answer answer) {
        switch (answer) {
            case SwarmMessage.Offer offer -> query.replyTo().tell(
                    new Offered(offer.narSize(), offer.root(), offer.holding() instanceof Holding.Complete));
            case SwarmMessage.NotHere _ -> query.replyTo().tell(new NotOffered());
            case SwarmMessage.ManifestPart _,SwarmMessage.Block _,SwarmMessage.Refused _ -> {
                return false;
            }
        }
        return true;
    }

    private static boolean pageAnswered(Pending.OfPage question, SwarmMessage.Answer answer) {
        if (answer instanceof SwarmMessage.ManifestPart part && part.page().number() == question.page()) {
            question.replyTo().tell(new PageReceived(part.page()));
            return true;
        }
        if (answer instanceof SwarmMessage.Refused refused) {
            question.replyTo().tell(new ManifestFailed(refused.reason().token()));
            return true;
        }
        return false;
    }

    private boolean blockAnswered(Pending.OfBlock question, SwarmMessage.Answer answer) {
        if (answer instanceof SwarmMessage.Block block && block.index() == question.index()) {
            cpu.execute(() -> question.replyTo().tell(decode(block)));
            return true;
        }
        if (answer instanceof SwarmMessage.Refused refused) {
            question.replyTo().tell(new BlockRefused(question.index(), refused.reason().token(),
                    refused.retryAfter().toMillis()));
            return true;
        }
        return false;
    }

    /** A block that cannot be decompressed is as corrupt as one with another hash: whoever asked finds that out. */
    private static BlockReply decode(SwarmMessage.Block block) {
        try {
            return new BlockReceived(block.index(), block.payload().block());
        } catch (FormatException e) {
            return new BlockReceived(block.index(), new byte[0]);
        }
    }

    private static void fail(Pending question, String reason) {
        switch (question) {
            case Pending.OfQuery query -> query.replyTo().tell(new QueryFailed(reason));
            case Pending.OfPage page -> page.replyTo().tell(new ManifestFailed(reason));
            case Pending.OfBlock block -> block.replyTo().tell(new BlockFailed(block.index(), reason));
        }
    }

    // The connection.

    private Behavior<Command> check() {
        long now = System.nanoTime();
        giveUp(question -> question.deadlineNanos() - now < 0, "no answer in time");
        long silence = connection.silence();
        if (silence > DEAD_AFTER.toNanos()) {
            return hangUp(GoodbyeReason.TIMEOUT, "silent for " + DEAD_AFTER.toSeconds() + " s");
        }
        if (silence > PING_AFTER.toNanos()) {
            connection.send(new SwarmMessage.Ping(now & Long.MAX_VALUE));
        }
        return this;
    }

    private Behavior<Command> hangUp(GoodbyeReason reason, String detail) {
        endReason = reason.token() + ": " + detail;
        connection.sendLast(SwarmMessage.Goodbye.of(reason, detail));
        return Behaviors.stopped();
    }

    private Behavior<Command> cleanUp() {
        getContext().getLog().info("peer {} at {} is gone: {}", connection.peer(), connection.remote(), endReason);
        pending.values().forEach(question -> fail(question, "the connection is lost"));
        pending.clear();
        readAhead.release(READ_AHEAD);
        serving.stop();
        connection.closeSoon();
        return this;
    }
}
