// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Reputation} that outlasts the process. No state of the disk keeps it from working: where the journal cannot be used it
 * says so and goes on in memory.
 */
public final class ReputationStore {
    private static final Logger LOG = LoggerFactory.getLogger(ReputationStore.class);
    private static final String MEMORY_ONLY = "what is learnt of peers is kept in memory only until the next start: {}";
    private static final Duration OPEN_WITHIN = Duration.ofSeconds(20);

    private final Reputation reputation;
    private final CompletableFuture<Done> ended;
    private final ActorRef<ReputationJournal.Command> journal;
    private final int replayed;

    private ReputationStore(Reputation reputation, CompletableFuture<Done> ended,
            ActorRef<ReputationJournal.Command> journal, int replayed) {
        this.reputation = reputation;
        this.ended = ended;
        this.journal = journal;
        this.replayed = replayed;
    }

    /**
     * Opens the journal below a state directory that nobody else uses, and reads it. Blocks meanwhile.
     *
     * @param system runs the journal, which is closed when the system ends
     * @param stateDirectory is there and can be written
     */
    public static ReputationStore open(ActorSystem<?> system, Path stateDirectory, InstantSource clock,
            RandomGenerator random) {
        return open(system, stateDirectory, clock, random, Engine.choose(), OPEN_WITHIN);
    }

    /** @param within what reading the journal may take before the node goes on without it */
    static ReputationStore open(ActorSystem<?> system, Path stateDirectory, InstantSource clock,
            RandomGenerator random, Engine engine, Duration within) {
        Reputation reputation = Reputation.empty(clock, random);
        Room room = new Room(stateDirectory);
        if (!room.isEnough()) {
            return inMemory(system, reputation, "the disk is full");
        }
        JournalFiles files = new JournalFiles(stateDirectory, engine);
        try {
            files.prepare();
        } catch (IOException e) {
            return inMemory(system, reputation, String.valueOf(e.getMessage()));
        }
        return open(system, reputation, room, files, engine, within);
    }

    private static ReputationStore open(ActorSystem<?> system, Reputation reputation, Room room, JournalFiles files,
            Engine engine, Duration within) {
        CompletableFuture<ReputationJournal.Recovered> recovery = new CompletableFuture<>();
        CompletableFuture<Done> ended = new CompletableFuture<>();
        ActorRef<ReputationJournal.Command> journal = system.systemActorOf(
                watch(ReputationJournal.create(reputation, room, files.config(), recovery), reputation, recovery,
                        ended),
                "reputation", DispatcherSelector.blocking());
        try {
            var recovered = recovery.get(within.toMillis(), TimeUnit.MILLISECONDS);
            reputation.begin(recovered.entries(),
                    () -> journal.tell(new ReputationJournal.Write(new CompletableFuture<>())));
            LOG.info("{} peers are known; {} events were replayed ({})", reputation.size(), recovered.replayed(),
                    engine);
            return new ReputationStore(reputation, ended, journal, recovered.replayed());
        } catch (ExecutionException e) {
            files.unreadable();
            return inMemory(system, reputation, String.valueOf(e.getCause()));
        } catch (TimeoutException e) {
            return inMemory(system, reputation, "it was not read within " + within.toSeconds() + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return inMemory(system, reputation, "interrupted");
        }
    }

    private static ReputationStore inMemory(ActorSystem<?> system, Reputation reputation, String reason) {
        LOG.warn(MEMORY_ONLY, reason);
        return new ReputationStore(reputation, CompletableFuture.completedFuture(Done.getInstance()),
                system.ignoreRef(), 0);
    }

    /** Runs the journal, and lets the node go on without it when it fails. */
    private static Behavior<ReputationJournal.Command> watch(Behavior<ReputationJournal.Command> behavior,
            Reputation reputation, CompletableFuture<?> recovery, CompletableFuture<Done> ended) {
        return Behaviors.setup(context -> {
            ActorRef<ReputationJournal.Command> journal = context.spawn(behavior, "journal",
                    DispatcherSelector.sameAsParent());
            context.watch(journal);
            return Behaviors.receive(ReputationJournal.Command.class).onAnyMessage(command -> {
                journal.tell(command);
                return Behaviors.same();
            }).onSignal(ChildFailed.class, failed -> {
                // Before all was read, whoever opens the store is the one to say so.
                if (!recovery.completeExceptionally(failed.getCause()) && !recovery.isCompletedExceptionally()) {
                    LOG.warn(MEMORY_ONLY, String.valueOf(failed.getCause().getMessage()));
                }
                return end(reputation, ended);
            }).onSignal(Terminated.class, stopped -> end(reputation, ended)).build();
        });
    }

    private static Behavior<ReputationJournal.Command> end(Reputation reputation, CompletableFuture<Done> ended) {
        reputation.end();
        ended.complete(Done.getInstance());
        return Behaviors.stopped();
    }

    /** What is known. Works on, in memory, when this is closed. */
    public Reputation reputation() {
        return reputation;
    }

    /** Events that no snapshot held when this was opened. */
    int replayed() {
        return replayed;
    }

    /** Writes what waits, if the disk has room; completes when that is written, or waits on. */
    CompletionStage<Done> write() {
        CompletableFuture<Done> done = new CompletableFuture<>();
        journal.tell(new ReputationJournal.Write(done));
        return done;
    }

    /** Writes what is not written yet; completes when that is done, or cannot be. */
    public CompletionStage<Done> close() {
        journal.tell(new ReputationJournal.Close(ended));
        return ended;
    }
}
