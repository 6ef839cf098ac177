// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.node.bridge.Bridge;
import org.guixp2p.node.swarm.Swarm;

/**
 * Ends a node in order. The daemon's requests come first, since they need the peers; then peers get the blocks that are on
 * their way and a goodbye; then the actor system ends.
 */
final class Shutdown extends AbstractBehavior<Shutdown.Command> {
    /** How long requests of the daemon may go on. */
    static final Duration REQUESTS_WITHIN = Duration.ofMillis(2500);
    /** How long it may take until peers, too, have what was being served to them. To close everything takes a second more. */
    static final Duration ALL_WITHIN = Duration.ofMillis(3500);

    sealed interface Command {}

    private record RequestsEnded() implements Command {}

    private record PeersGone() implements Command {}

    private record Late() implements Command {}

    private final ActorRef<Swarm.Command> swarm;
    private final Runnable end;

    private Shutdown(ActorContext<Command> context, TimerScheduler<Command> timers, ActorRef<Bridge.Command> bridge,
            ActorRef<Swarm.Command> swarm, Runnable end) {
        super(context);
        context.setLoggerName(Shutdown.class);
        this.swarm = swarm;
        this.end = end;
        context.watchWith(bridge, new RequestsEnded());
        bridge.tell(new Bridge.Drain(REQUESTS_WITHIN));
        timers.startSingleTimer(new Late(), ALL_WITHIN);
    }

    /**
     * The actor; it begins at once.
     *
     * @param end what to do when there is nothing more to wait for
     */
    static Behavior<Command> create(ActorRef<Bridge.Command> bridge, ActorRef<Swarm.Command> swarm, Runnable end) {
        return Behaviors.setup(context -> Behaviors
                .withTimers(timers -> new Shutdown(context, timers, bridge, swarm, end)));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        return switch (command) {
            case RequestsEnded _ -> {
                getContext().watchWith(swarm, new PeersGone());
                swarm.tell(new Swarm.Stop(ALL_WITHIN));
                yield this;
            }
            case PeersGone _,Late _ -> {
                end.run();
                yield Behaviors.stopped();
            }
        };
    }
}
