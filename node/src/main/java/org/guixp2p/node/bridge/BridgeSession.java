// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
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
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.bridge.BridgeMessage;
import org.guixp2p.protocol.bridge.FrameDecoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.NixOptions;
import org.jspecify.annotations.Nullable;

/** One restorer's connection: its hello, then one request after another. It ends when either side hangs up. */
public final class BridgeSession extends AbstractBehavior<BridgeSession.Message> {
    private static final Duration ALIVE_CHECK = Duration.ofSeconds(1);
    private static final Duration ALIVE_AFTER = Duration.ofSeconds(5);
    private static final Duration HELLO_WITHIN = Duration.ofSeconds(10);
    /** Messages read ahead of the actor; a restorer sends one and waits. */
    private static final int READ_AHEAD = 4;

    /** What the session understands. */
    public sealed interface Message {}

    private record Received(FromRestorer message) implements Message {}

    private record HungUp(Optional<String> fault) implements Message {}

    private record Looked(Command request, List<Substitutes.Available> found) implements Message {}

    private record Opened(Command.Substitute request, Optional<Substitutes.Opened> item) implements Message {}

    private record Sent() implements Message {}

    private record Broken(String reason) implements Message {}

    private record CheckAlive() implements Message {}

    private record HelloLate() implements Message {}

    private final Substitutes substitutes;
    private final String agent;
    private final BridgeWriter writer;
    private final Semaphore readAhead = new Semaphore(READ_AHEAD);
    private final TimerScheduler<Message> timers;
    private FromRestorer.@Nullable Hello hello;
    private NixOptions options = NixOptions.parse("");
    private boolean busy;
    private @Nullable UniqueKillSwitch transfer;

    private BridgeSession(ActorContext<Message> context, TimerScheduler<Message> timers, SocketChannel channel,
            Substitutes substitutes, String agent) {
        super(context);
        this.timers = timers;
        this.substitutes = substitutes;
        this.agent = agent;
        this.writer = new BridgeWriter(channel);
        timers.startSingleTimer(new HelloLate(), HELLO_WITHIN);
        timers.startTimerWithFixedDelay(new CheckAlive(), ALIVE_CHECK);
        ActorRef<Message> self = context.getSelf();
        Thread.ofVirtual().name("bridge-reader").start(() -> read(channel, readAhead, self));
    }

    /**
     * The session of a connection that was just accepted.
     *
     * @param agent name and version of this program
     */
    public static Behavior<Message> create(SocketChannel channel, Substitutes substitutes, String agent) {
        return Behaviors.setup(context -> Behaviors
                .withTimers(timers -> new BridgeSession(context, timers, channel, substitutes, agent)));
    }

    private static void read(SocketChannel channel, Semaphore readAhead, ActorRef<Message> self) {
        FrameDecoder<FromRestorer> decoder = FrameDecoder.ofRestorer();
        try {
            for (FromRestorer message = decoder.read(channel); message != null; message = decoder.read(channel)) {
                readAhead.acquire();
                self.tell(new Received(message));
            }
            self.tell(new HungUp(Optional.empty()));
        } catch (FormatException e) {
            self.tell(new HungUp(Optional.of(String.valueOf(e.getMessage()))));
        } catch (IOException | InterruptedException e) {
            self.tell(new HungUp(Optional.empty()));
        }
    }

    @Override
    public Receive<Message> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).onSignal(PostStop.class, stopped -> cleanUp()).build();
    }

    private Behavior<Message> receive(Message message) {
        return switch (message) {
            case Received received -> {
                readAhead.release();
                yield received(received.message());
            }
            case HungUp gone -> gone.fault().map(this::refuse).orElse(Behaviors.stopped());
            case Looked looked -> looked(looked);
            case Opened opened -> opened(opened);
            case Sent _ -> {
                busy = false;
                transfer = null;
                yield this;
            }
            case Broken broken -> broken(broken);
            case CheckAlive _ -> checkAlive();
            case HelloLate _ -> hello == null ? refuse("no hello came") : this;
        };
    }

    private Behavior<Message> received(FromRestorer message) {
        return switch (message) {
            case FromRestorer.Hello first when hello == null -> hello(first);
            case FromRestorer.Hello _ -> refuse("a second hello");
            case FromRestorer.Command _ when hello == null -> refuse("a command before the hello");
            case FromRestorer.Command _ when busy -> refuse("a command while another is under way");
            case FromRestorer.Command command -> command(command);
            case FromRestorer.Result result -> {
                getContext().getLog().info("the restorer {}: {}", result.restored() ? "restored it" : "refused it",
                        FormatException.quote(result.note()));
                yield this;
            }
        };
    }

    private Behavior<Message> hello(FromRestorer.Hello first) {
        if (first.version() != BridgeMessage.VERSION) {
            return refuse("bridge protocol " + first.version() + " is not spoken here, only " + BridgeMessage.VERSION);
        }
        hello = first;
        options = NixOptions.parse(first.nixOptions());
        send(List.of(new FromNode.Welcome(BridgeMessage.VERSION, agent)));
        return this;
    }

    private Behavior<Message> command(FromRestorer.Command line) {
        Command command;
        try {
            command = parse(line.line());
        } catch (FormatException e) {
            return refuse(String.valueOf(e.getMessage()));
        }
        busy = true;
        switch (command) {
            case Command.Have have -> look(have, have.paths());
            case Command.Info info -> look(info, info.paths());
            case Command.Substitute substitute -> getContext().pipeToSelf(substitutes.open(substitute.path(), options),
                    (item, failure) -> failure == null ? new Opened(substitute, item) : broken(failure));
        }
        return this;
    }

    private Command parse(String line) throws FormatException {
        return hello != null && hello.mode() == FromRestorer.Mode.QUERY
                ? Command.parseQuery(line)
                : Command.parseSubstitute(line);
    }

    private void look(Command command, List<StorePath> paths) {
        getContext().pipeToSelf(substitutes.lookup(paths, options),
                (found, failure) -> failure == null ? new Looked(command, found) : broken(failure));
    }

    private static Message broken(Throwable failure) {
        return new Broken(String.valueOf(failure.getMessage()));
    }

    private Behavior<Message> looked(Looked looked) {
        List<FromNode> answer = looked.request() instanceof Command.Have
                ? List.of(new FromNode.Paths(looked.found().stream().map(Substitutes.Available::path).toList()))
                : looked.found().stream().<FromNode>map(item -> new FromNode.Narinfo(item.narinfo())).toList();
        send(answer);
        finish(send(List.of(new FromNode.End())));
        return this;
    }

    private Behavior<Message> opened(Opened opened) {
        if (opened.item().isEmpty()) {
            finish(send(List.of(new FromNode.NotFound("no trusted narinfo names " + opened.request().path()))));
            return this;
        }
        Substitutes.Opened item = opened.item().get();
        send(List.of(new FromNode.Narinfo(item.item().narinfo())));
        NarFrames frames = new NarFrames(opened.request(), item.narBytes(), options);
        var running = item.events()
                .viaMat(KillSwitches.single(), Keep.right())
                .map(frames::of)
                .mapAsync(1, writer::send)
                .toMat(Sink.ignore(), Keep.both())
                .run(getContext().getSystem());
        transfer = running.first();
        finish(running.second());
        return this;
    }

    private CompletionStage<Done> send(List<FromNode> messages) {
        return writer.send(messages);
    }

    private void finish(CompletionStage<Done> last) {
        getContext().pipeToSelf(last, (done, failure) -> failure == null ? new Sent() : broken(failure));
    }

    private Behavior<Message> broken(Broken broken) {
        getContext().getLog().warn("a request of guix-daemon broke off: {}", broken.reason());
        return refuse("the node could not go on: " + broken.reason());
    }

    private Behavior<Message> checkAlive() {
        if (busy && writer.nanosSinceLastWrite() > ALIVE_AFTER.toNanos()) {
            send(List.of(new FromNode.Alive()));
        }
        return this;
    }

    private Behavior<Message> refuse(String reason) {
        getContext().getLog().warn("bridge connection refused: {}", reason);
        send(List.of(new FromNode.Refused(reason)));
        return Behaviors.stopped();
    }

    /** A client that goes away cancels its work. */
    private Behavior<Message> cleanUp() {
        if (transfer != null) {
            transfer.shutdown();
        }
        timers.cancelAll();
        readAhead.release(READ_AHEAD);
        writer.close();
        return this;
    }
}
