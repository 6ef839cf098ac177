// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.node.seed.RegisteredTree;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.ledger.Tree;
import org.guixp2p.protocol.item.NarHash;

/**
 * Opens items for whoever asks: what is known to be whole at once, and what is not when it was hashed. Part of the
 * {@link StoreSeeding} actor, on its thread.
 */
final class Opening {
    private final ActorContext<StoreSeeding.Command> context;
    private final TimerScheduler<StoreSeeding.Command> timers;
    private final SeedingTools tools;
    private final Stock stock;
    private final WaitingFor waiting = new WaitingFor();
    private final Hashing hashing;

    Opening(ActorContext<StoreSeeding.Command> context, TimerScheduler<StoreSeeding.Command> timers, SeedingTools tools,
            Stock stock) {
        this.context = context;
        this.timers = timers;
        this.tools = tools;
        this.stock = stock;
        this.hashing = new Hashing(context, timers, tools, stock, item -> waiting.isWaiting(item.hash()));
    }

    Hashing hashing() {
        return hashing;
    }

    /** @param answer true once {@link Seeds} has it, false when it cannot be had */
    void ask(NarHash hash, CompletableFuture<Boolean> answer) {
        OptionalInt item = stock.states().offered(hash);
        if (item.isEmpty()) {
            answer.complete(false);
        } else if (waiting.isFirst(hash, answer, stock.states().isWhole(item.getAsInt()))) {
            open(item.getAsInt());
        }
    }

    private void open(int item) {
        Registration which = stock.states().registration(item);
        if (!stock.states().isWhole(item)) {
            hashing.want(which);
            return;
        }
        context.pipeToSelf(
                CompletableFuture.supplyAsync(Stages.blocking(() -> tools.reader().recall(which)), tools.disk()),
                (known, failure) -> known == null
                        ? new StoreSeeding.Unopened(which, String.valueOf(Stages.cause(failure).getMessage()))
                        : new StoreSeeding.Opened(which, known));
    }

    /** An item that was whole was looked up. */
    void opened(Registration item, Optional<StoreReader.Outcome.Whole> whole) {
        if (whole.isPresent()) {
            add(item, whole.get());
        } else if (stock.states().find(item).isPresent()) {
            hashing.want(item);
        } else {
            insteadOf(item);
        }
    }

    /** It could not be looked up for the moment: that says nothing of it, and whoever asks again may have it. */
    void unopened(Registration item, String why) {
        context.getLog().debug("item {} cannot be looked up: {}", item.id(), why);
        waiting.fail(item.hash(), why);
    }

    /** A tree was hashed. */
    void hashed(Registration item, StoreReader.Outcome outcome) {
        OptionalInt at = stock.states().find(item);
        switch (outcome) {
            case StoreReader.Outcome.Whole whole -> {
                at.ifPresent(there -> stock.learn(there, one -> stock.states().tree(one, Tree.WHOLE)));
                if (waiting.isWaiting(item.hash())) {
                    add(item, whole);
                }
            }
            case StoreReader.Outcome.Damaged damaged -> {
                context.getLog().warn("{} is damaged and not offered: {}", damaged.path(), damaged.why());
                at.ifPresent(there -> stock.learn(there, one -> stock.states().tree(one, Tree.DAMAGED)));
                insteadOf(item);
            }
            case StoreReader.Outcome.Collected _ -> {
                context.getLog().debug("item {} is not offered: it was collected", item.id());
                at.ifPresent(there -> stock.learn(there, stock.states()::lost));
                insteadOf(item);
            }
            case StoreReader.Outcome.Unread unread -> {
                context.getLog().debug("item {} is not offered for a while: {}", item.id(), unread.why());
                at.ifPresent(there -> stock.learn(there, stock.states()::unread));
                if (stock.states().offered(item.hash()).isEmpty()) {
                    waiting.fail(item.hash(), unread.why());
                } else {
                    insteadOf(item);
                }
                tryAgain();
            }
            case StoreReader.Outcome.Unknown unknown -> {
                unopened(item, unknown.why());
                if (stock.states().isLost(item)) {
                    at.ifPresent(stock.states()::unread);
                    tryAgain();
                }
                // The others stand in the same database.
                hashing.rest(tools.pace().again());
            }
        }
    }

    /** A disk may fail for a moment, and a database be written: it is tried again, though not at once. */
    private void tryAgain() {
        StoreSeeding.TryAgain again = new StoreSeeding.TryAgain();
        if (!timers.isTimerActive(again)) {
            timers.startSingleTimer(again, again, tools.pace().again());
        }
    }

    private void add(Registration item, StoreReader.Outcome.Whole whole) {
        OptionalInt at = stock.states().find(item);
        if (at.isEmpty() || !stock.states().isOffered(at.getAsInt())) {
            insteadOf(item);
            return;
        }
        ActorRef<StoreSeeding.Command> self = context.getSelf();
        RegisteredTree tree = new StoreTree(tools.reader(), item, whole.path(),
                whole.isWritten() ? Optional.empty() : Optional.of(whole.manifest()),
                () -> self.tell(new StoreSeeding.Lost(item)));
        tools.seeds().tell(new Seeds.AddRegistered(whole.path(), new Seeds.Offered(item.hash(),
                whole.manifest().narSize(), whole.manifest().root()), tree,
                stock.states().table().isFirst(at.getAsInt())));
        waiting.answer(item.hash(), true);
    }

    /** The user does not want it to be given any more. */
    void exclude(int item) {
        stock.exclude(item);
        insteadOf(stock.states().registration(item));
    }

    /** It cannot be had; but another item may have the same NAR, for whoever waits for it. */
    private void insteadOf(Registration item) {
        OptionalInt other = stock.states().offered(item.hash());
        if (other.isEmpty()) {
            waiting.answer(item.hash(), false);
        } else if (waiting.isWaiting(item.hash())) {
            open(other.getAsInt());
        }
    }

    /**
     * Seeds have withdrawn it. Whether it was collected, or damaged, or can be given again after all, reading it will tell; till
     * then another item with the same NAR stands for it.
     */
    void lost(Registration item) {
        stock.states().find(item).ifPresent(at -> {
            stock.states().lost(at);
            hashing.want(item);
        });
        stock.states().offered(item.hash()).ifPresent(stock::offer);
    }
}
