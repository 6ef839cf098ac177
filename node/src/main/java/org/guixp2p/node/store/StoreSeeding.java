// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.node.seed.RegisteredTree;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.seed.Withdrawal;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.ledger.StoreLedger;
import org.guixp2p.persistence.ledger.Tree;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.ItemKey;
import org.jspecify.annotations.Nullable;

/**
 * The store as a seed: finds out which items may be given to strangers, has {@link Seeds} announce those by the hash that the
 * database has, and has each one's tree hashed before anybody gets it, in the background or when somebody asks.
 * While that is not done the answer waits. Of an item there are some 80 bytes until it is asked for.
 */
public final class StoreSeeding extends AbstractBehavior<StoreSeeding.Command> {
    /** What it understands. */
    public sealed interface Command {}

    /** Wants to know whether this NAR can be had; true once {@link Seeds} has it. */
    record Ask(NarHash hash, CompletableFuture<Boolean> answer) implements Command {}

    /** Wants the item that peers know by this key, if it may be given to them. */
    record FindItem(ItemKey key, CompletableFuture<Optional<ValidItem>> answer) implements Command {}

    /** All items that are there now. */
    record Listed(ItemTable table) implements Command {}

    /** There is no store whose items could be known. */
    record NothingThere() implements Command {}

    private record Recall() implements Command {}

    private record Recalled(Optional<ItemStates> states) implements Command {}

    record JudgeNext() implements Command {}

    /** What came of asking about some. */
    record Judged(List<Registration> asked, List<StoreLedger.Verdict> verdicts) implements Command {}

    private record HashNext() implements Command {}

    private record TryAgain() implements Command {}

    private record Hashed(Registration item, StoreReader.Outcome outcome, Duration took,
            boolean asked) implements Command {}

    private record Opened(Registration item, Optional<StoreReader.Outcome.Whole> whole) implements Command {}

    private record Lost(Registration item) implements Command {}

    private record WithdrawnElsewhere(NarHash hash) implements Command {}

    private final SeedingTools tools;
    private final TimerScheduler<Command> timers;
    private final WaitingFor waiting = new WaitingFor();
    private final Stock stock;
    private final Judging judging;
    private boolean recalled;
    private boolean recalling;
    /** What was listed last while what earlier runs found out is still being read. */
    private @Nullable ItemTable latest;
    /** What the answer is while nothing is recalled: no, if there is nothing. */
    private boolean nothingThere;
    private @Nullable Registration hashing;
    private boolean resting;
    private final Deque<Registration> asked = new ArrayDeque<>();

    private StoreSeeding(ActorContext<Command> context, TimerScheduler<Command> timers, SeedingTools tools) {
        super(context);
        this.timers = timers;
        this.tools = tools;
        this.stock = new Stock(tools.seeds(), tools.all());
        this.judging = new Judging(context, timers, tools, stock);
    }

    static Behavior<Command> create(SeedingTools tools) {
        Behavior<Command> seeding = Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new StoreSeeding(context, timers, tools)));
        // With it everything from the store would be gone until the node starts again.
        return Behaviors.supervise(seeding).onFailure(SupervisorStrategy.resume());
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case Listed listed -> listed(listed.table());
            case NothingThere _ -> nothingThere = !recalled && latest == null;
            case Recall _ -> recall();
            case Recalled done -> recalled(done.states());
            case Ask ask -> ask(ask);
            case FindItem find -> find(find);
            case JudgeNext _ -> judging.next();
            case Judged judged -> {
                judging.answered(judged.asked(), judged.verdicts());
                hashNext();
            }
            case HashNext _ -> {
                resting = false;
                hashNext();
            }
            case TryAgain _ -> {
                stock.states().tryAgain();
                hashNext();
            }
            case Hashed hashed -> hashed(hashed);
            case Opened opened -> opened(opened);
            case Lost lost -> lost(lost.item());
            case WithdrawnElsewhere gone -> stock.states().offered(gone.hash()).ifPresent(stock::offer);
        }
        return this;
    }

    /** The first time what earlier runs found out is read, and until then nothing is offered. */
    private void listed(ItemTable table) {
        if (recalled) {
            changed(table);
            return;
        }
        latest = table;
        nothingThere = false;
        recall();
    }

    private void recall() {
        ItemTable table = latest;
        if (recalling || table == null) {
            // Twice would be twice the work, and what was listed first could come last.
            return;
        }
        recalling = true;
        getContext().pipeToSelf(tools.recall(table), (fresh, failure) -> {
            if (failure != null) {
                getContext().getLog().warn("nothing of the store is offered before what was found out about it can be read: {}",
                        String.valueOf(Stages.cause(failure).getMessage()));
            }
            return new Recalled(Optional.ofNullable(fresh));
        });
    }

    private void recalled(Optional<ItemStates> states) {
        recalling = false;
        states.ifPresentOrElse(this::begin, () -> timers.startSingleTimer(new Recall(), tools.pace().retry()));
    }

    private void begin(ItemStates fresh) {
        recalled = true;
        ActorRef<Command> self = getContext().getSelf();
        tools.seeds().tell(new Withdrawal.AlsoTell(gone -> self.tell(new WithdrawnElsewhere(gone))));
        int offered = stock.begin(fresh);
        getContext()
                .getLog().info(
                        "the store has {} items that may be seeded, of which {} are offered so far; {} rows of its"
                                + " database make no sense",
                        fresh.table().count(), offered, fresh.table().strange());
        judging.next();
        rest(tools.pace().start());
        ItemTable listed = latest;
        latest = null;
        if (listed != null) {
            changed(listed);
        }
    }

    private void changed(ItemTable table) {
        ItemStates before = stock.states();
        List<Long> gone = stock.replace(table);
        if (before.equals(stock.states())) {
            return;
        }
        tools.forget(gone);
        judging.others();
        hashNext();
    }

    private void ask(Ask ask) {
        if (!recalled && !nothingThere) {
            ask.answer().completeExceptionally(new IOException("it is not known yet what the store has"));
            return;
        }
        OptionalInt item = stock.states().offered(ask.hash());
        if (item.isEmpty()) {
            ask.answer().complete(false);
        } else if (waiting.isFirst(ask.hash(), ask.answer(), stock.states().isWhole(item.getAsInt()))) {
            open(stock.states().registration(item.getAsInt()), stock.states().isWhole(item.getAsInt()));
        }
    }

    private void open(Registration item, boolean whole) {
        if (whole) {
            getContext().pipeToSelf(
                    CompletableFuture.supplyAsync(Stages.blocking(() -> tools.reader().recall(item)), tools.disk()),
                    (known, failure) -> new Opened(item, known == null ? Optional.empty() : known));
        } else {
            asked.add(item);
            hashNext();
        }
    }

    private void opened(Opened opened) {
        if (opened.whole().isPresent()) {
            whole(opened.item(), opened.whole().get());
        } else if (stock.states().find(opened.item()).isPresent()) {
            asked.add(opened.item());
            hashNext();
        } else {
            waiting.answer(opened.item().hash(), false);
        }
    }

    /** What somebody waits for is hashed now; anything else after a rest. */
    private void hashNext() {
        if (hashing != null) {
            return;
        }
        // Those who asked for it may have gone; but what was lost is read whoever waits.
        asked.removeIf(item -> !waiting.isWaiting(item.hash()) && !stock.states().isLost(item));
        Registration wanted = asked.poll();
        if (wanted != null) {
            hash(wanted, true);
        } else if (!resting) {
            stock.states().nextToHash().ifPresent(item -> hash(stock.states().registration(item), false));
        }
    }

    private void rest(Duration time) {
        resting = true;
        timers.startSingleTimer(new HashNext(), time);
    }

    private void hash(Registration item, boolean wanted) {
        hashing = item;
        long begun = System.nanoTime();
        getContext().pipeToSelf(CompletableFuture.supplyAsync(() -> tools.reader().hash(item), tools.background()),
                (outcome, failure) -> new Hashed(item,
                        outcome == null ? new StoreReader.Outcome.Unread(String.valueOf(failure)) : outcome,
                        Duration.ofNanos(System.nanoTime() - begun), wanted));
    }

    private void hashed(Hashed hashed) {
        hashing = null;
        Registration item = hashed.item();
        OptionalInt at = stock.states().find(item);
        switch (hashed.outcome()) {
            case StoreReader.Outcome.Whole whole when at.isPresent() -> {
                stock.learn(at.getAsInt(), there -> stock.states().tree(there, Tree.WHOLE));
                if (waiting.isWaiting(item.hash())) {
                    whole(item, whole);
                }
            }
            case StoreReader.Outcome.Whole _ -> waiting.answer(item.hash(), false);
            case StoreReader.Outcome.Damaged damaged -> {
                getContext().getLog().warn("{} is damaged and not offered: {}", damaged.path(), damaged.why());
                at.ifPresent(there -> stock.learn(there, one -> stock.states().tree(one, Tree.DAMAGED)));
                waiting.answer(item.hash(), false);
            }
            case StoreReader.Outcome.Collected _ -> {
                getContext().getLog().debug("item {} is not offered: it was collected", item.id());
                at.ifPresent(there -> stock.learn(there, stock.states()::lost));
                waiting.answer(item.hash(), false);
            }
            case StoreReader.Outcome.Unread unread -> unread(item, at, unread.why());
        }
        if (!hashed.asked() && !resting) {
            rest(tools.pace().after(hashed.took()));
        }
        hashNext();
    }

    /** A disk may fail for a moment, and a database be written: it is tried again, though not at once. */
    private void unread(Registration item, OptionalInt at, String why) {
        getContext().getLog().debug("item {} is not offered for a while: {}", item.id(), why);
        at.ifPresent(there -> stock.learn(there, stock.states()::unread));
        waiting.fail(item.hash(), why);
        TryAgain again = new TryAgain();
        if (!timers.isTimerActive(again)) {
            timers.startSingleTimer(again, again, tools.pace().again());
        }
    }

    private void whole(Registration item, StoreReader.Outcome.Whole whole) {
        OptionalInt at = stock.states().find(item);
        boolean offered = at.isPresent() && stock.states().isOffered(at.getAsInt());
        if (offered) {
            ActorRef<Command> self = getContext().getSelf();
            RegisteredTree tree = new StoreTree(tools.reader(), item, whole.path(), () -> self.tell(new Lost(item)));
            tools.seeds().tell(new Seeds.AddRegistered(whole.path(), new Seeds.Offered(item.hash(),
                    whole.manifest().narSize(), whole.manifest().root()), tree, stock.states().table().isFirst(at.getAsInt())));
        }
        waiting.answer(item.hash(), offered);
    }

    /** Seeds have withdrawn it. Whether it was collected, or damaged, or can be given again after all, reading it will tell. */
    private void lost(Registration item) {
        stock.states().find(item).ifPresent(at -> {
            stock.states().lost(at);
            asked.add(item);
            hashNext();
        });
    }

    private void find(FindItem find) {
        List<Registration> some = Arrays.stream(stock.states().table().candidates(find.key())).filter(stock.states()::isOffered)
                .mapToObj(stock.states()::registration).toList();
        if (some.isEmpty()) {
            find.answer().complete(Optional.empty());
            return;
        }
        Stages.into(CompletableFuture.supplyAsync(Stages.blocking(() -> tools.reader().find(some).stream()
                .filter(item -> ItemKey.of(item.path()).equals(find.key())).findFirst()), tools.disk()), find.answer());
    }
}
