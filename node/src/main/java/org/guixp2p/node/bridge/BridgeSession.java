// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.guixp2p.node.download.NarEvent;
import org.guixp2p.node.download.OpenedNar;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.bridge.BridgeMessage;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.NixOptions;
import org.jspecify.annotations.Nullable;

/** One restorer's connection: its hello, then one request after another. It ends when either side hangs up. */
final class BridgeSession extends AbstractBehavior<BridgeSession.Message> {
    private static final Duration CHECK = Duration.ofSeconds(1);
    private static final Duration ALIVE_AFTER = Duration.ofSeconds(5);
    /** How long a hello may take to come, and any frame from its first byte to its last. */
    private static final Duration WITHIN = Duration.ofSeconds(10);
    /** Paths looked up together, and how often at a time: the answer to a query for many never lies in memory as a whole. */
    static final int PART = 50;
    static final int MOST_PARTS = 4;
    /** How long whoever has a turn may take to read the answers to a part: others wait for it. */
    private static final Duration TAKEN_WITHIN = Duration.ofSeconds(60);

    /** What the session understands. */
    sealed interface Message {}

    /** Finishes the request under way and hangs up. */
    record Drain() implements Message {}

    /** Hangs up, whatever is under way. */
    record Cut() implements Message {}

    private record Received(FromRestorer message, boolean large) implements Message {}

    private record HungUp(Optional<String> fault) implements Message {}

    private record Looked(Command.Query query, List<Substitutes.Available> found) implements Message {}

    private record Answered(Command.Query query) implements Message {}

    private record Opened(Command.Substitute request, Optional<Substitutes.Opened> item) implements Message {}

    private record Sent(boolean complete) implements Message {}

    private record Broken(String reason) implements Message {}

    private record Check() implements Message {}

    private record HelloLate() implements Message {}

    /** A command that came before the one under way was known to be answered. */
    private record Early(FromRestorer.Command command, boolean large) {}

    private final BridgeContext shared;
    private final BridgeReader reader;
    private final BridgeWriter writer;
    private final List<StorePath> available = new ArrayList<>();
    /** Of the query under way, the first path that was not looked up yet, and how many parts are looked up or answered. */
    private int nextPath;
    private int parts;
    private FromRestorer.@Nullable Hello hello;
    private FromRestorer.@Nullable Daemon daemon;
    private NixOptions options = NixOptions.parse("");
    private boolean busy;
    /** Whether the request under way has one of the {@link BridgeContext#turns}. */
    private boolean large;
    /** The request's last frame is being sent: a restorer that has it may send its next command before we know. */
    private volatile boolean lastFrame;
    private @Nullable Early next;
    private boolean resultDue;
    private boolean draining;
    private @Nullable CompletionStage<Optional<Substitutes.Opened>> opening;
    private @Nullable UniqueKillSwitch transfer;

    private BridgeSession(ActorContext<Message> context, TimerScheduler<Message> timers, BridgeConnection connection,
            BridgeContext shared) {
        super(context);
        context.setLoggerName(BridgeSession.class);
        this.shared = shared;
        this.writer = new BridgeWriter(connection, shared.nanoTime());
        this.reader = new BridgeReader(connection.channel(), shared.turns(), shared.nanoTime());
        timers.startSingleTimer(new HelloLate(), WITHIN);
        timers.startTimerWithFixedDelay(new Check(), CHECK);
        ActorRef<Message> self = context.getSelf();
        reader.start(new BridgeReader.Listener() {
            @Override
            public void received(FromRestorer message, boolean large) {
                self.tell(new Received(message, large));
            }

            @Override
            public void ended(Optional<String> fault) {
                self.tell(new HungUp(fault));
            }
        });
    }

    /** The session of a connection that was just accepted. */
    static Behavior<Message> create(BridgeConnection connection, BridgeContext shared) {
        return Behaviors.setup(context -> Behaviors
                .withTimers(timers -> new BridgeSession(context, timers, connection, shared)));
    }

    @Override
    public Receive<Message> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).onSignal(PostStop.class, stopped -> cleanUp()).build();
    }

    private Behavior<Message> receive(Message message) {
        return switch (message) {
            case Received received -> {
                reader.taken();
                yield received(received);
            }
            case HungUp gone -> gone.fault().map(this::refuse).orElse(Behaviors.stopped());
            case Looked looked -> looked(looked);
            case Answered answered -> {
                parts--;
                yield lookOn(answered.query());
            }
            case Opened opened -> opened(opened);
            case Sent sent -> sent(sent.complete());
            case Broken broken -> broken(broken);
            case Check _ -> check();
            case HelloLate _ -> hello == null && !reader.awaitsTurn() ? refuse("no hello came") : this;
            case Drain _ -> {
                draining = true;
                yield whenDrained();
            }
            case Cut _ -> refuse("the node is stopping");
        };
    }

    // What the restorer says.

    private Behavior<Message> received(Received received) {
        if (received.large() && !(received.message() instanceof FromRestorer.Command)) {
            // Only a command takes more memory than its frame.
            reader.release();
        }
        return switch (received.message()) {
            case FromRestorer.Hello first when hello == null -> hello(first);
            case FromRestorer.Hello _ -> refuse("a second hello");
            case FromRestorer.Command _ when hello == null -> refuse("a command before the hello");
            case FromRestorer.Command early when busy && lastFrame && next == null -> {
                next = new Early(early, received.large());
                yield this;
            }
            case FromRestorer.Command _ when busy -> refuse("a command while another is under way");
            case FromRestorer.Command command -> command(command, received.large());
            case FromRestorer.Result _ when !resultDue -> refuse("a result of nothing");
            case FromRestorer.Result result -> {
                resultDue = false;
                getContext().getLog().info("the restorer {}: {}", result.restored() ? "restored it" : "refused it",
                        FormatException.quote(result.note()));
                yield whenDrained();
            }
        };
    }

    private Behavior<Message> hello(FromRestorer.Hello first) {
        if (first.version() != BridgeMessage.VERSION) {
            return refuse("bridge protocol " + first.version() + " is not spoken here, only " + BridgeMessage.VERSION);
        }
        hello = first;
        options = NixOptions.parse(first.nixOptions());
        daemon = first.daemon();
        if (daemon != null) {
            shared.walks().came(daemon);
        }
        send(List.of(new FromNode.Welcome(BridgeMessage.VERSION, shared.agent())));
        return this;
    }

    private Behavior<Message> command(FromRestorer.Command line, boolean hasTurn) {
        shared.asked().run();
        large = hasTurn;
        if (draining) {
            return refuse("the node is stopping");
        }
        try {
            busy = true;
            lastFrame = false;
            if (hello != null && hello.mode() == FromRestorer.Mode.QUERY) {
                nextPath = 0;
                return lookOn(Command.parseQuery(line.line()));
            }
            Command.Substitute request = Command.parseSubstitute(line.line());
            endTurn();
            return open(request);
        } catch (FormatException e) {
            return refuse(String.valueOf(e.getMessage()));
        }
    }

    /** Ends the turn of the request under way, and not that of a large one that may have come meanwhile. */
    private void endTurn() {
        if (large) {
            large = false;
            reader.release();
        }
    }

    // Queries.

    /** Looks up as many as may be at a time: one that takes long does not hold up the others. */
    private Behavior<Message> lookOn(Command.Query query) {
        List<StorePath> paths = query.paths();
        while (parts < MOST_PARTS && nextPath < paths.size()) {
            int to = Math.min(nextPath + PART, paths.size());
            parts++;
            getContext().pipeToSelf(shared.substitutes().lookup(paths.subList(nextPath, to), options),
                    (found, failure) -> failure == null ? new Looked(query, found) : broken(failure));
            nextPath = to;
        }
        return parts == 0 ? end(query, List.of()) : this;
    }

    private Behavior<Message> looked(Looked looked) {
        Command.Query query = looked.query();
        List<Substitutes.Available> found = looked.found();
        if (query instanceof Command.Have) {
            found.forEach(item -> available.add(item.path()));
            parts--;
            return lookOn(query);
        }
        if (daemon != null) {
            shared.walks().told(daemon, found, query.paths().size() == 1, options);
        }
        List<FromNode> answers = found.stream().<FromNode>map(item -> new FromNode.Narinfo(item.narinfo())).toList();
        if (parts == 1 && nextPath == query.paths().size()) {
            parts = 0;
            return end(query, answers);
        }
        getContext().pipeToSelf(send(answers),
                (done, failure) -> failure == null ? new Answered(query) : broken(failure));
        return this;
    }

    /** Sends the last answers, and what comes after them. */
    private Behavior<Message> end(Command.Query query, List<FromNode> answers) {
        lastFrame = true;
        List<FromNode> last = new ArrayList<>(answers);
        if (query instanceof Command.Have) {
            last.add(new FromNode.Paths(List.copyOf(available)));
        }
        last.add(new FromNode.End());
        available.clear();
        getContext().pipeToSelf(send(last), (done, failure) -> failure == null ? new Sent(false) : broken(failure));
        return this;
    }

    // Substitutes.

    private Behavior<Message> open(Command.Substitute request) {
        resultDue = true;
        if (daemon != null) {
            shared.walks().wants(daemon, request.path());
        }
        NixOptions mine = options;
        opening = shared.substitutes().open(request.path(), mine);
        var _ = opening.whenComplete((item, failure) -> shared.walks().taken(request.path(), mine));
        getContext().pipeToSelf(opening,
                (item, failure) -> failure == null ? new Opened(request, item) : broken(failure));
        return this;
    }

    private Behavior<Message> opened(Opened opened) {
        opening = null;
        if (opened.item().isEmpty()) {
            lastFrame = true;
            getContext().pipeToSelf(
                    send(List.of(new FromNode.NotFound("no trusted narinfo names " + opened.request().path()))),
                    (done, failure) -> failure == null ? new Sent(false) : broken(failure));
            return this;
        }
        Substitutes.Opened item = opened.item().get();
        send(List.of(new FromNode.Narinfo(item.item().narinfo())));
        NarFrames frames = new NarFrames(opened.request(), item.narBytes(), options, shared.nanoTime());
        CompletionStage<Done> sent = item.nar().atOnce()
                .flatMap(all -> all.into(events -> writer.send(framed(events, frames))))
                .orElseGet(() -> stream(item.nar(), frames));
        getContext().pipeToSelf(sent,
                (done, failure) -> failure == null ? new Sent(frames.complete()) : broken(failure));
        return this;
    }

    /** As it comes. */
    private CompletionStage<Done> stream(OpenedNar nar, NarFrames frames) {
        var running = nar.events()
                .viaMat(KillSwitches.single(), Keep.right())
                .map(event -> framed(List.of(event), frames))
                .mapAsync(1, writer::send)
                .toMat(Sink.ignore(), Keep.both())
                .run(getContext().getSystem());
        transfer = running.first();
        return running.second();
    }

    private List<FromNode> framed(List<NarEvent> events, NarFrames frames) {
        List<FromNode> next = events.stream().flatMap(event -> frames.of(event).stream()).toList();
        lastFrame = frames.over();
        return next;
    }

    /** The answer is complete, and the kernel has it. */
    private Behavior<Message> sent(boolean nar) {
        busy = false;
        transfer = null;
        // Whether it came to a result already is seen when it was.
        resultDue = resultDue && nar;
        endTurn();
        Early early = next;
        next = null;
        return early == null ? whenDrained() : command(early.command(), early.large());
    }

    // The connection.

    private CompletionStage<Done> send(List<FromNode> messages) {
        return writer.send(messages);
    }

    private static Message broken(Throwable failure) {
        Throwable cause = Stages.cause(failure);
        String message = cause.getMessage();
        return new Broken(message == null ? cause.getClass().getSimpleName() : message);
    }

    private Behavior<Message> broken(Broken broken) {
        opening = null;
        return refuse("the node could not go on: " + broken.reason());
    }

    private Behavior<Message> check() {
        if (reader.frameAge() > WITHIN.toNanos()) {
            return refuse("a frame that does not end");
        }
        boolean hasTurn = large || (next != null && next.large());
        if (hasTurn && writer.blocked() > TAKEN_WITHIN.toNanos()) {
            return refuse("its answers are not read, and others wait for their turn");
        }
        boolean waits = busy || (hello != null && reader.awaitsTurn());
        if (waits && writer.silence() > ALIVE_AFTER.toNanos()) {
            send(List.of(new FromNode.Alive()));
        }
        return this;
    }

    /** A restorer that has the whole NAR says what became of it before it is hung up on. */
    private Behavior<Message> whenDrained() {
        return draining && !busy && !resultDue ? Behaviors.stopped() : this;
    }

    private Behavior<Message> refuse(String reason) {
        String brief = NarFrames.brief(reason);
        getContext().getLog().warn("bridge connection refused: {}", brief);
        send(List.of(new FromNode.Refused(brief)));
        return Behaviors.stopped();
    }

    /** A client that goes away cancels its work, also that which has not quite begun. */
    private Behavior<Message> cleanUp() {
        if (daemon != null) {
            shared.walks().went(daemon);
        }
        if (transfer != null) {
            transfer.shutdown();
        }
        if (opening != null) {
            opening.thenAccept(item -> item.ifPresent(unread -> unread.nar().release().run()));
        }
        reader.stop();
        writer.close();
        return this;
    }
}
