// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.RecoveryFailed;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * Writes what {@link Reputation} is told, some seconds' worth at a time, and gives it back at the next start. It keeps a table of
 * its own, of what is written: a snapshot must hold neither more nor less than the events before it.
 */
final class ReputationJournal
        extends
            EventSourcedBehavior<ReputationJournal.Command, JournalEntry, PeerTable> {
    /** A snapshot is written after so many events; a start replays hardly more. */
    static final int SNAPSHOT_EVERY = 1_000;
    /** Snapshots and the events since the oldest of them stay: the last one may be torn. */
    static final int SNAPSHOTS_KEPT = 2;
    /** Events that are written in one go. */
    static final int BATCH = 500;
    private static final Duration WRITE_EVERY = Duration.ofSeconds(5);
    /** Stands in every entry of the journal: never to be changed. */
    private static final PersistenceId ID = PersistenceId.ofUniqueId("reputation");

    /** What it understands. */
    sealed interface Command {}

    /** Writes what waits, if the disk has room; done when that is written, or waits on. */
    record Write(CompletableFuture<Done> done) implements Command {}

    /** Writes what waits, and stops. */
    record Close(CompletableFuture<Done> closed) implements Command {}

    /**
     * What was found.
     *
     * @param replayed events that no snapshot held
     */
    record Recovered(List<PeerTable.Entry> entries, int replayed) {}

    private final ActorContext<Command> context;
    private final Reputation reputation;
    private final Room room;
    private final Config plugins;
    private final CompletableFuture<Recovered> recovered;
    private int replayed;
    private boolean full;

    private ReputationJournal(ActorContext<Command> context, Reputation reputation, Room room, Config plugins,
            CompletableFuture<Recovered> recovered) {
        super(ID);
        this.context = context;
        this.reputation = reputation;
        this.room = room;
        this.plugins = plugins;
        this.recovered = recovered;
    }

    /**
     * The actor. It looks at the disk, so it wants a dispatcher that may block.
     *
     * @param recovered completed when all has been read, or with the reason why it cannot be
     */
    static Behavior<Command> create(Reputation reputation, Room room, Config plugins,
            CompletableFuture<Recovered> recovered) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            context.setLoggerName(ReputationJournal.class);
            timers.startTimerWithFixedDelay(new Write(new CompletableFuture<>()), WRITE_EVERY);
            return new ReputationJournal(context, reputation, room, plugins, recovered);
        }));
    }

    @Override
    public PeerTable emptyState() {
        return new PeerTable(PeerTable.CAPACITY);
    }

    @Override
    public CommandHandler<Command, JournalEntry, PeerTable> commandHandler() {
        return (table, command) -> {
            if (reputation.hasUnwritten() && hasRoom()) {
                // The command comes again when this much is written.
                return Effect().persist(List.<JournalEntry>copyOf(reputation.take(BATCH)))
                        .thenRun(() -> context.getSelf().tell(command));
            }
            return switch (command) {
                case Write write -> Effect().none().thenRun(() -> write.done().complete(Done.getInstance()));
                case Close close -> Effect().none().thenRun(() -> close.closed().complete(Done.getInstance()))
                        .thenStop();
            };
        };
    }

    private boolean hasRoom() {
        boolean enough = room.isEnough();
        if (!enough && !full) {
            context.getLog().warn("the disk is full: what is learnt of peers is not written until there is room");
        } else if (enough && full) {
            context.getLog().info("the disk has room again: what is learnt of peers is written; {} events are lost",
                    reputation.takeLost());
        }
        full = !enough;
        return enough;
    }

    @Override
    public EventHandler<PeerTable, JournalEntry> eventHandler() {
        return (table, entry) -> {
            switch (entry) {
                case PeerEvent event -> table.apply(event);
                case JournalEntry.Unreadable unreadable ->
                    context.getLog().warn("an entry of the journal is skipped: {}", unreadable.reason());
            }
            if (!recovered.isDone()) {
                replayed++;
            }
            return table;
        };
    }

    @Override
    public SignalHandler<PeerTable> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.class,
                        (table, signal) -> recovered.complete(new Recovered(table.entries(), replayed)))
                .onSignal(RecoveryFailed.class,
                        (table, signal) -> recovered.completeExceptionally(signal.getFailure()))
                .build();
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return RetentionCriteria.snapshotEvery(SNAPSHOT_EVERY, SNAPSHOTS_KEPT).withDeleteEventsOnSnapshot();
    }

    /** The table changes while a snapshot is being written, so what is written is a copy. */
    @Override
    public SnapshotAdapter<PeerTable> snapshotAdapter() {
        return new SnapshotAdapter<>() {
            @Override
            public Object toJournal(PeerTable table) {
                return new PeersSnapshot(table.entries());
            }

            @Override
            public PeerTable fromJournal(Object snapshot) {
                return PeerTable.of(PeerTable.CAPACITY, ((PeersSnapshot) snapshot).entries());
            }
        };
    }

    @Override
    public String journalPluginId() {
        return JournalFiles.JOURNAL_PLUGIN;
    }

    @Override
    public String snapshotPluginId() {
        return JournalFiles.SNAPSHOT_PLUGIN;
    }

    @Override
    public Optional<Config> journalPluginConfig() {
        return Optional.of(plugins);
    }

    @Override
    public Optional<Config> snapshotPluginConfig() {
        return Optional.of(plugins);
    }
}
