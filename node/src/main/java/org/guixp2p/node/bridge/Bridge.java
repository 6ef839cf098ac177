// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.node.memory.MemoryShares;

/** All restorers that are connected, and how they are served to the end when the node stops. */
public final class Bridge extends AbstractBehavior<Bridge.Command> {
    /** What it understands. */
    public sealed interface Command {}

    /** A restorer has connected. */
    public record Connected(BridgeConnection connection) implements Command {}

    /**
     * Takes no new request, finishes those under way, and stops.
     *
     * @param within after which those that are not finished are cut
     */
    public record Drain(Duration within) implements Command {}

    private record SessionEnded(ActorRef<BridgeSession.Message> session) implements Command {}

    private record Cut() implements Command {}

    /** Each client of the daemon has one restorer for its queries, and one for each item being substituted for it. */
    static final int MOST_CONNECTIONS = 512;
    /** What a connection takes of the heap: a buffer to read into, and its session. */
    private static final int CONNECTION = 20 * 1024;

    private final TimerScheduler<Command> timers;
    private final BridgeContext shared;
    private final Set<ActorRef<BridgeSession.Message>> sessions = new HashSet<>();
    private boolean draining;
    private long started;

    private Bridge(ActorContext<Command> context, TimerScheduler<Command> timers, BridgeContext shared) {
        super(context);
        context.setLoggerName(Bridge.class);
        this.timers = timers;
        this.shared = shared;
    }

    /**
     * The actor.
     *
     * @param walks hears what daemons ask
     * @param agent name and version of this program
     * @param asked run for each command of a restorer's, on any thread; does not block
     */
    public static Behavior<Command> create(Substitutes substitutes, Walks walks, String agent, Runnable asked) {
        return create(new BridgeContext(substitutes, walks, agent, asked, System::nanoTime));
    }

    /** How many restorers may be connected at a time: as many as there is memory for besides large commands. */
    public static int mostConnections(MemoryShares memory) {
        return Math.toIntExact(
                Math.min(MOST_CONNECTIONS, (memory.of(MemoryShares.Holder.RESTORERS) - Turns.MEMORY) / CONNECTION));
    }

    static Behavior<Command> create(BridgeContext shared) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> new Bridge(context, timers, shared)));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Connected connected -> connected(connected.connection());
            case Drain drain -> {
                draining = true;
                sessions.forEach(session -> session.tell(new BridgeSession.Drain()));
                timers.startSingleTimer(new Cut(), drain.within());
            }
            case Cut _ -> sessions.forEach(session -> session.tell(new BridgeSession.Cut()));
            case SessionEnded ended -> sessions.remove(ended.session());
        }
        return draining && sessions.isEmpty() ? Behaviors.stopped() : this;
    }

    private void connected(BridgeConnection connection) {
        ActorRef<BridgeSession.Message> session = getContext().spawn(
                Behaviors.supervise(BridgeSession.create(connection, shared)).onFailure(SupervisorStrategy.stop()),
                "session-" + started++);
        getContext().watchWith(session, new SessionEnded(session));
        sessions.add(session);
        if (draining) {
            session.tell(new BridgeSession.Drain());
        }
    }
}
