// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.stream.Materializer;

/** All small requests to one server: runs the connections that a {@link Lane} decides on. */
final class LaneActor extends AbstractBehavior<LaneActor.Command> {
    private static final Duration SHORTEST_TICK = Duration.ofMillis(20);
    private static final Duration LONGEST_TICK = Duration.ofSeconds(1);
    private static final Duration IDLE = Duration.ofSeconds(30);

    private final Origin origin;
    private final HttpSettings settings;
    private final long mostBytes;
    private final TimerScheduler<Command> timers;
    private final Materializer materializer;
    private final Map<Integer, PipelinedConnection> connections = new HashMap<>();
    private final Lane lane;

    sealed interface Command {}

    /** Sends a request, whose own future tells what came of it. */
    record Submit(LaneRequest request) implements Command {}

    /** Somebody has come to wait for a request. */
    record Raise(LaneRequest request) implements Command {}

    private record Connected(int connection) implements Command {}

    private record Answered(int connection, LaneRequest.Result result) implements Command {}

    private record Closed(int connection, HttpFault fault) implements Command {}

    private record Tick() implements Command {}

    private LaneActor(ActorContext<Command> context, TimerScheduler<Command> timers, Origin origin,
            HttpSettings settings, long mostBytes) {
        super(context);
        this.origin = origin;
        this.settings = settings;
        this.mostBytes = mostBytes;
        this.timers = timers;
        this.materializer = Materializer.createMaterializer(context);
        this.lane = new Lane(new Connections(), settings.lookupConnections(), settings.pipelined(),
                settings.requestTimeout(), IDLE, System::nanoTime);
    }

    static Behavior<Command> create(Origin origin, HttpSettings settings, long mostBytes) {
        return Behaviors.setup(context -> Behaviors
                .withTimers(timers -> new LaneActor(context, timers, origin, settings, mostBytes)));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onMessage(Command.class, this::on)
                .onSignal(PostStop.class, signal -> {
                    lane.stop();
                    return this;
                }).build();
    }

    private Behavior<Command> on(Command command) {
        switch (command) {
            case Submit(var request) -> lane.submit(request);
            case Raise(var request) -> lane.raised(request);
            case Connected(var connection) -> lane.connected(connection);
            case Answered(var connection, var result) -> lane.answered(connection, result);
            case Closed(var connection, var fault) -> {
                connections.remove(connection);
                lane.closed(connection, fault);
            }
            case Tick() -> lane.tick();
        }
        if (!lane.isConnected()) {
            timers.cancel(Tick.class);
        } else if (!timers.isTimerActive(Tick.class)) {
            timers.startTimerWithFixedDelay(Tick.class, new Tick(), tick());
        }
        return this;
    }

    private Duration tick() {
        Duration quarter = settings.requestTimeout().dividedBy(4);
        if (quarter.compareTo(SHORTEST_TICK) < 0) {
            return SHORTEST_TICK;
        }
        return quarter.compareTo(LONGEST_TICK) > 0 ? LONGEST_TICK : quarter;
    }

    private final class Connections implements Lane.Wire {
        @Override
        public void open(int id) {
            var self = getContext().getSelf();
            PipelinedConnection connection = PipelinedConnection.open(origin, settings, mostBytes,
                    result -> self.tell(new Answered(id, result)), getContext().getSystem(), materializer);
            connections.put(id, connection);
            connection.connected().whenComplete((ok, failure) -> {
                if (failure == null) {
                    self.tell(new Connected(id));
                }
            });
            connection.done().whenComplete((done, failure) -> self.tell(new Closed(id, failure == null
                    ? new HttpFault.Unreachable("the server closed the connection")
                    : Faults.of(failure))));
        }

        @Override
        public void send(int id, LaneRequest request) {
            PipelinedConnection connection = connections.get(id);
            if (connection != null) {
                connection.send(request.uri());
            }
        }

        @Override
        public void abort(int id) {
            PipelinedConnection connection = connections.remove(id);
            if (connection != null) {
                connection.abort();
            }
        }
    }
}
