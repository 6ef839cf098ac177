// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.ahead;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.node.bridge.Substitutes;
import org.guixp2p.node.bridge.Walks;
import org.guixp2p.node.download.Precedence;
import org.guixp2p.protocol.bridge.FromRestorer.Daemon;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.NixOptions;
import org.jspecify.annotations.Nullable;

/**
 * Has the NARs fetched that a daemon will substitute next, once it has begun with one, and holds them until it asks for them:
 * it then joins what is under way, or reads what is there. What nobody asks for is let go of, and what cannot be had is not
 * tried again: whoever asks for it has it fetched as ever.
 */
public final class Prefetch extends AbstractBehavior<Prefetch.Command> {
    /** How long a NAR waits for somebody to ask for it. */
    static final Duration HELD = Duration.ofMinutes(10);
    private static final Duration CHECK = Duration.ofSeconds(10);

    /** What it understands. */
    public sealed interface Command {}

    private record Came(Daemon daemon) implements Command {}

    private record Went(Daemon daemon) implements Command {}

    private record Told(Daemon daemon, List<Item> items, boolean alone, NixOptions options) implements Command {}

    private record Wants(Daemon daemon, StorePath path) implements Command {}

    private record Taken(Key key) implements Command {}

    private record Begun(Key key, Optional<Hold> hold) implements Command {}

    private record NearlyAllAsked(Hold hold, Key key) implements Command {}

    private record Ended(Hold hold, Key key, boolean whole) implements Command {}

    private record Look() implements Command {}

    private record Check() implements Command {}

    /** An item that can be had, without the narinfo that says so. */
    private record Item(StorePath path, List<StorePath> references, long narBytes) {
        private static Item of(Substitutes.Available item) {
            return new Item(item.path(), item.references(), item.narBytes());
        }
    }

    /** A NAR from the servers of some client's. */
    private record Key(StorePath path, Optional<List<URI>> servers) {
        private static Key of(StorePath path, NixOptions options) {
            return new Key(path, options.substituteUrls());
        }
    }

    /** Has NARs fetched. From any thread; never fails. */
    public interface Fetcher {
        /** Begins with one, and holds it; empty when it is not to be fetched ahead: it is there, or cannot be had. */
        CompletionStage<Optional<Hold>> begin(StorePath path, NixOptions options);
    }

    /** A NAR that is held. */
    public interface Hold {
        /** Completes when little of it is left to ask for, or nothing more comes. */
        CompletionStage<?> nearlyAllAsked();

        /** Completes when nothing more comes: whether all is there. */
        CompletionStage<Boolean> whole();

        /** Nobody needs it any more but those who read it. */
        void release();
    }

    /** One that was begun. */
    private static final class Ahead {
        private final Daemon daemon;
        private final long narBytes;
        /** When it was begun, or had little left to ask for. */
        private long since;
        private @Nullable Hold hold;
        private AheadBudget.Stage stage = AheadBudget.Stage.ASKING;

        private Ahead(Daemon daemon, long narBytes, long since) {
            this.daemon = daemon;
            this.narBytes = narBytes;
            this.since = since;
        }
    }

    private final Fetcher fetcher;
    private final Precedence precedence;
    private final LongSupplier freeDisk;
    private final LongSupplier nanoTime;
    private final DaemonSessions sessions;
    private final AheadBudget budget;
    private final Map<Key, Ahead> ahead = new HashMap<>();
    private final Runnable again;

    /**
     * What bounds it.
     *
     * @param walks memory for what daemons were told, in bytes
     * @param blocks memory that blocks on their way may take, in bytes
     * @param freeDisk how much of the disk is free that NARs are put on, in bytes
     */
    public record Bounds(long walks, long blocks, LongSupplier freeDisk) {}

    private Prefetch(ActorContext<Command> context, TimerScheduler<Command> timers, Fetcher fetcher,
            Precedence precedence, Bounds bounds, LongSupplier nanoTime) {
        super(context);
        context.setLoggerName(Prefetch.class);
        this.fetcher = fetcher;
        this.precedence = precedence;
        this.freeDisk = bounds.freeDisk();
        this.nanoTime = nanoTime;
        this.sessions = new DaemonSessions(bounds.walks());
        this.budget = new AheadBudget(bounds.blocks());
        ActorRef<Command> self = context.getSelf();
        this.again = () -> self.tell(new Look());
        timers.startTimerWithFixedDelay(new Check(), CHECK);
    }

    /**
     * The actor.
     *
     * @param nanoTime a steady clock, as {@link System#nanoTime}
     */
    public static Behavior<Command> create(Fetcher fetcher, Precedence precedence, Bounds bounds,
            LongSupplier nanoTime) {
        return Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new Prefetch(context, timers, fetcher, precedence, bounds, nanoTime)));
    }

    /** The actor, as the bridge sees it. */
    public static Walks walks(ActorRef<Command> prefetch) {
        return new Walks() {
            @Override
            public void came(Daemon daemon) {
                prefetch.tell(new Came(daemon));
            }

            @Override
            public void went(Daemon daemon) {
                prefetch.tell(new Went(daemon));
            }

            @Override
            public void told(Daemon daemon, List<Substitutes.Available> items, boolean alone, NixOptions options) {
                prefetch.tell(new Told(daemon, items.stream().map(Item::of).toList(), alone, options));
            }

            @Override
            public void wants(Daemon daemon, StorePath path) {
                prefetch.tell(new Wants(daemon, path));
            }

            @Override
            public void taken(StorePath path, NixOptions options) {
                prefetch.tell(new Taken(Key.of(path, options)));
            }
        };
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        long now = nanoTime.getAsLong();
        switch (command) {
            case Came came -> sessions.came(came.daemon(), now).forEach(this::letGoOf);
            case Went went -> sessions.went(went.daemon(), now);
            case Told told -> told.items().forEach(item -> sessions.told(told.daemon(), item.path(), item.references(),
                    item.narBytes(), told.alone(), told.options(), now).forEach(this::letGoOf));
            case Wants wants -> sessions.wants(wants.daemon(), wants.path(), now);
            case Taken taken -> letGo(taken.key());
            case Begun begun -> begun(begun);
            case NearlyAllAsked asked -> nearlyAllAsked(asked, now);
            case Ended ended -> ended(ended);
            case Look _ -> getContext().getLog().trace("what is asked for is under way");
            case Check _ -> check(now);
        }
        fetch(now);
        return this;
    }

    /** Begins with as many as may be. */
    private void fetch(long now) {
        if (!budget.hasPlace()) {
            return;
        }
        Optional<DaemonSessions.Next> next = sessions.next();
        if (next.isEmpty()) {
            return;
        }
        long free = freeDisk.getAsLong();
        while (next.isPresent()) {
            DaemonSessions.Next first = next.get();
            Key key = Key.of(first.item().path(), first.options());
            long narBytes = first.item().narBytes();
            boolean fits = narBytes > 0 && budget.mayEver(narBytes, free);
            if (fits && !ahead.containsKey(key)) {
                if (!budget.mayBegin(narBytes, free) || !mayGoAhead(narBytes)) {
                    return;
                }
                begin(key, first, now);
            }
            sessions.remove(first.daemon(), first.item().path());
            next = sessions.next();
        }
    }

    /**
     * While somebody waits for more than is under way, one large one may find out who has what of it: of its blocks it asks for the
     * first alone, and for the others as soon as it may, without a round trip in which links run dry.
     */
    private boolean mayGoAhead(long narBytes) {
        return precedence.mayGoAhead(again) || (budget.isIdle() && Precedence.beginsWithOneBlock(narBytes));
    }

    private void begin(Key key, DaemonSessions.Next next, long now) {
        budget.begun(next.item().narBytes());
        ahead.put(key, new Ahead(next.daemon(), next.item().narBytes(), now));
        getContext().pipeToSelf(fetcher.begin(key.path(), next.options()),
                (hold, failure) -> new Begun(key, failure == null ? hold : Optional.empty()));
    }

    /** It may have been asked for, or forgotten, meanwhile. */
    private void begun(Begun begun) {
        Ahead one = ahead.get(begun.key());
        if (one == null || one.hold != null) {
            begun.hold().ifPresent(Hold::release);
            return;
        }
        if (begun.hold().isEmpty()) {
            letGo(begun.key());
            return;
        }
        Hold hold = begun.hold().get();
        one.hold = hold;
        getContext().pipeToSelf(hold.nearlyAllAsked(), (asked, failure) -> new NearlyAllAsked(hold, begun.key()));
        getContext().pipeToSelf(hold.whole(),
                (whole, failure) -> new Ended(hold, begun.key(), failure == null && whole));
    }

    private void nearlyAllAsked(NearlyAllAsked asked, long now) {
        Ahead one = ahead.get(asked.key());
        if (one != null && one.hold == asked.hold() && one.stage == AheadBudget.Stage.ASKING) {
            one.since = now;
            reach(one, AheadBudget.Stage.NEARLY_ALL_ASKED);
        }
    }

    private void reach(Ahead one, AheadBudget.Stage stage) {
        budget.reached(one.narBytes, one.stage, stage);
        one.stage = stage;
    }

    private void ended(Ended ended) {
        Ahead one = ahead.get(ended.key());
        if (one == null || one.hold != ended.hold() || one.stage == AheadBudget.Stage.WHOLE) {
            return;
        }
        if (ended.whole()) {
            reach(one, AheadBudget.Stage.WHOLE);
        } else {
            letGo(ended.key());
        }
    }

    private void letGo(Key key) {
        Ahead one = ahead.remove(key);
        if (one == null) {
            return;
        }
        budget.ended(one.narBytes, one.stage);
        if (one.hold != null) {
            one.hold.release();
        }
    }

    private void letGoOf(Daemon daemon) {
        List<Key> its = ahead.entrySet().stream().filter(one -> one.getValue().daemon.equals(daemon))
                .map(Map.Entry::getKey).toList();
        its.forEach(this::letGo);
    }

    private void check(long now) {
        if (!precedence.mayGoAhead(again)) {
            // Whoever reads something large waits for it, and what is held back meanwhile is not what nobody asks for.
            sessions.waiting(now);
            ahead.values().stream().filter(one -> one.stage == AheadBudget.Stage.ASKING)
                    .forEach(one -> one.since = now);
        }
        sessions.forget(now).forEach(this::letGoOf);
        List<Key> late = ahead.entrySet().stream().filter(one -> now - one.getValue().since >= HELD.toNanos())
                .map(Map.Entry::getKey).toList();
        late.forEach(key -> {
            getContext().getLog().info("{}: nobody has asked for it", key.path());
            letGo(key);
        });
    }
}
