// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.Octets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The DHT of one address family: a {@link DhtNode} and an {@link Announcer}, to which it brings datagrams and time. It keeps
 * what the node knows on disk, and joins by the routers whenever it is alone.
 */
public final class DhtActor extends AbstractBehavior<DhtActor.Command> {
    /** What it understands. */
    public sealed interface Command {}

    /** A datagram has come; anything may be in it. */
    record Received(InetSocketAddress source, byte[] datagram, boolean answer) implements Command {}

    /** Somebody looks for peers, and is told by this actor's thread. */
    record Find(DhtId key, Asker asker) implements Command {}

    /** He looks no more. */
    record Leave(DhtId key, Asker asker) implements Command {}

    /** This node is to be found under a key; again, when it is worth something else. */
    record Put(DhtId key, Optional<NarHash> nar, Worth worth) implements Command {}

    /** It is not any more. */
    record Remove(DhtId key) implements Command {}

    /** It is not any more, unless it is by now because the whole is here. */
    record RemovePart(DhtId key) implements Command {}

    /** Whether this node only asks, as others cannot reach it. */
    record ReadOnly(boolean value) implements Command {}

    /** Where this node's peers connect from now on: what is announced, all of it anew; nothing for where it listens. */
    record Port(OptionalInt mapped) implements Command {}

    /**
     * This node's own signed record from now on, which others are to keep; nothing for none.
     *
     * @param newer takes the number of a newer one, of which this node knows nothing, by this actor's thread
     */
    record Own(Optional<DhtItem.Mutable> item, LongConsumer newer) implements Command {}

    /** Somebody looks for an item, and is told by this actor's thread; of a mutable one the newest. */
    record FindItem(DhtId target, Octets salt, Consumer<Optional<DhtItem>> found) implements Command {}

    /** Wants to know what becomes of announcements. */
    record Watch(AnnouncementWatcher watcher) implements Command {}

    /** How is it? */
    record Describe(ActorRef<DhtStatus> replyTo) implements Command {}

    /** Keeps what it knows, and ends. */
    record Stop(ActorRef<Done> replyTo) implements Command {}

    private record Tick() implements Command {}

    private record Look() implements Command {}

    private record Keep() implements Command {}

    private record Resolved(Routers.Resolved router) implements Command {}

    /** @param last whether it was for the end */
    private record Kept(boolean last) implements Command {}

    private static final Logger LOG = LoggerFactory.getLogger(DhtActor.class);
    /** How often what is known is kept, if it has changed. */
    private static final Duration KEEPING = Duration.ofMinutes(10);
    /** How long it is alone before routers are resolved again, at first and at most. */
    private static final Duration FIRST_LOOK = Duration.ofSeconds(10);
    private static final Duration LAST_LOOK = Duration.ofMinutes(10);
    private static final Duration SOON = Duration.ofMillis(1);

    private final TimerScheduler<Command> timers;
    private final DhtPart part;
    private final Executor disk;
    private final DhtNode node;
    private final Announcer announcer;
    private final Routers routers;
    private final Sleep sleep = new Sleep(System::nanoTime, System::currentTimeMillis);
    private DhtState kept;
    private boolean readOnly;
    private Duration pause = FIRST_LOOK;
    private OptionalLong planned = OptionalLong.empty();
    /** Who waits for the end. */
    private @Nullable ActorRef<Done> stopping;

    private DhtActor(ActorContext<Command> context, TimerScheduler<Command> timers, DhtPart part, DhtState state,
            Executor disk) {
        super(context);
        context.setLoggerName(DhtActor.class);
        SecureRandom random = new SecureRandom();
        this.timers = timers;
        this.part = part;
        this.disk = disk;
        this.kept = state;
        this.node = new DhtNode(state, part.rule(), part.memory(), Messages.by(part.socket()), random,
                System::nanoTime);
        this.announcer = new Announcer(node, part.family(), part.port(), part.announceRate(), random, System::nanoTime);
        this.routers = new Routers(part.routers(), part.family());
        node.bootstrap(Set.of(), part.remembered());
        look();
        timers.startTimerWithFixedDelay(new Keep(), KEEPING);
        plan();
    }

    /**
     * The actor. What strangers send must not end it: whatever fails is logged, and it goes on.
     *
     * @param disk where the state is written
     */
    static Behavior<Command> create(DhtPart part, DhtState state, Executor disk) {
        Behavior<Command> actor = Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new DhtActor(context, timers, part, state, disk)));
        return Behaviors.supervise(actor).onFailure(RuntimeException.class, SupervisorStrategy.resume());
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Received(InetSocketAddress source, byte[] datagram, boolean answer) -> {
                part.backlog().taken(answer);
                node.received(source, datagram);
            }
            case Find(DhtId key, Asker asker) -> {
                asker.begins(node.closest(key, 1).isEmpty(), ownAddresses());
                node.find(key, asker);
            }
            case Leave(DhtId key, Asker asker) -> node.leave(key, asker);
            case Put put -> announcer.put(put.key(), put.nar(), put.worth());
            case Remove(DhtId key) -> announcer.remove(key);
            case RemovePart(DhtId key) -> announcer.removePart(key);
            case Watch(AnnouncementWatcher watcher) -> announcer.watch(watcher);
            case ReadOnly(boolean value) -> {
                readOnly = value;
                node.readOnly(value);
                announcer.readOnly(value);
            }
            case Port(OptionalInt mapped) -> announcer.port(mapped.orElse(part.port()));
            case Own(Optional<DhtItem.Mutable> item, LongConsumer newer) -> announcer.own(item, newer);
            case FindItem(DhtId target, Octets salt, var found) -> node.get(target, salt, found);
            case Describe(ActorRef<DhtStatus> replyTo) -> replyTo.tell(status());
            case Tick() -> {
                planned = OptionalLong.empty();
                announcer.slept(sleep.since());
                node.tick();
            }
            case Look() -> look();
            case Resolved(Routers.Resolved router) -> {
                var addresses = routers.with(router);
                if (node.isAlone()) {
                    node.bootstrap(addresses, part.remembered());
                } else {
                    node.joinBy(addresses, part.remembered());
                    node.hear(router.addresses());
                }
            }
            case Keep() -> keep(false);
            case Stop(ActorRef<Done> replyTo) -> {
                stopping = replyTo;
                timers.cancelAll();
                keep(true);
            }
            case Kept(boolean last) -> {
                if (last && stopping != null) {
                    stopping.tell(Done.getInstance());
                    return Behaviors.stopped();
                }
            }
        }
        if (stopping == null) {
            // After a crash, whoever knows it by the new id is not to think that it changes it without need.
            if (!node.id().equals(kept.id())) {
                keep(false);
            }
            announcer.tick();
            plan();
        }
        return this;
    }

    /** Where others may find this node. */
    private Set<InetSocketAddress> ownAddresses() {
        Set<InetSocketAddress> own = new HashSet<>();
        own.add(new InetSocketAddress(part.socket().local().getAddress(), announcer.port()));
        node.address().ifPresent(address -> own.add(new InetSocketAddress(address, announcer.port())));
        return own;
    }

    /** When nobody is known the routers are asked, whose addresses may be others by now. */
    private void look() {
        if (!node.isAlone()) {
            pause = FIRST_LOOK;
            timers.startSingleTimer(new Look(), pause);
            return;
        }
        ActorRef<Command> self = getContext().getSelf();
        routers.resolve(router -> self.tell(new Resolved(router)));
        timers.startSingleTimer(new Look(), pause);
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LAST_LOOK) < 0 ? twice : LAST_LOOK;
    }

    /** Wakes in time; too early is harmless. */
    private void plan() {
        long next = node.nextWake();
        OptionalLong due = announcer.nextWake();
        if (due.isPresent() && due.getAsLong() - next < 0) {
            next = due.getAsLong();
        }
        if (planned.isEmpty() || next - planned.getAsLong() < 0) {
            planned = OptionalLong.of(next);
            Duration left = Duration.ofNanos(next - System.nanoTime());
            timers.startSingleTimer(new Tick(), left.compareTo(SOON) < 0 ? SOON : left);
        }
    }

    private void keep(boolean last) {
        DhtState state = node.state();
        ActorRef<Command> self = getContext().getSelf();
        if (state.equals(kept)) {
            self.tell(new Kept(last));
            return;
        }
        kept = state;
        try {
            disk.execute(() -> {
                write(state);
                self.tell(new Kept(last));
            });
        } catch (RejectedExecutionException e) {
            LOG.warn("{} was not written: nothing is written any more", part.file());
            self.tell(new Kept(last));
        }
    }

    private void write(DhtState state) {
        try {
            part.file().save(state);
        } catch (IOException e) {
            LOG.warn("{} could not be written: {}", part.file(), e.getMessage());
        }
    }

    private DhtStatus status() {
        return new DhtStatus(part.family(), node.id(), part.socket().local(), node.address(),
                node.state().nodes().size(), node.isAlone(), readOnly, announcer.held(), announcer.chosen(),
                announcer.leftOut(), announcer.ownKeptBy(), announcer.port(), part.backlog().dropped(),
                part.socket().traffic());
    }
}
