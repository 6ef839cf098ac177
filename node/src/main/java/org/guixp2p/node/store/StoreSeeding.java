// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.seed.Withdrawal;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.ledger.StoreLedger;
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

    /**
     * Which of some items are offered; fails while that is not known.
     *
     * @param candidates where they may stand
     * @param evenDoubtful also those that would be offered if their trees were found to be whole
     * @param answer the first {@value #PAGE} of those that are
     */
    record Which(Function<ItemTable, IntStream> candidates, boolean evenDoubtful,
            CompletableFuture<List<Registration>> answer) implements Command {}

    /** How many are offered whose NAR is not one of these; fails while that is not known. */
    record Count(Set<NarHash> others, CompletableFuture<Integer> answer) implements Command {}

    /** Which of these NARs can be had of an item that is known to be whole; fails while that is not known. */
    record WhichWhole(Set<NarHash> nars, CompletableFuture<Set<NarHash>> answer) implements Command {
        WhichWhole {
            nars = Set.copyOf(nars);
        }
    }

    /** Somebody has read all of an item. */
    record Verified(Registration item, StoreReader.Outcome outcome) implements Command {}

    /**
     * The user does not want some items to be offered, which is remembered already.
     *
     * @param candidates where they may stand
     * @param answer when they are withdrawn
     */
    record Exclude(Function<ItemTable, IntStream> candidates, CompletableFuture<Void> answer) implements Command {}

    /** All items that are there now. */
    record Listed(ItemTable table) implements Command {}

    /** There is no store whose items could be known. */
    record NothingThere() implements Command {}

    private record Recall() implements Command {}

    private record Recalled(Optional<ItemStates> states) implements Command {}

    record JudgeNext() implements Command {}

    /** What came of asking about some. */
    record Judged(List<Registration> asked, List<StoreLedger.Verdict> verdicts) implements Command {}

    record HashNext() implements Command {}

    record TryAgain() implements Command {}

    /** A tree was hashed, which took so long. */
    record Hashed(Hashing.Lane lane, Registration item, StoreReader.Outcome outcome,
            Duration took) implements Command {}

    /** What was known of an item that was hashed before; nothing when that is lost, or the item collected. */
    record Opened(Registration item, Optional<StoreReader.Outcome.Whole> whole) implements Command {}

    /** What was known of it could not be read this time. */
    record Unopened(Registration item, String why) implements Command {}

    /** Its tree is not what was hashed. */
    record Lost(Registration item) implements Command {}

    private record WithdrawnElsewhere(NarHash hash) implements Command {}

    /** So many are listed at a time. */
    static final int PAGE = 500;

    private final SeedingTools tools;
    private final TimerScheduler<Command> timers;
    private final Stock stock;
    private final Judging judging;
    private final Opening opening;
    private boolean recalled;
    private boolean recalling;
    /** What was listed last while what earlier runs found out is still being read. */
    private @Nullable ItemTable latest;
    /** What the answer is while nothing is recalled: no, if there is nothing. */
    private boolean nothingThere;

    private StoreSeeding(ActorContext<Command> context, TimerScheduler<Command> timers, SeedingTools tools) {
        super(context);
        this.timers = timers;
        this.tools = tools;
        this.stock = new Stock(tools.seeds(), tools.all());
        this.judging = new Judging(context, timers, tools, stock);
        this.opening = new Opening(context, timers, tools, stock);
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
            case Which which -> {
                if (isKnown(which.answer())) {
                    which.answer().complete(which.candidates().apply(stock.states().table())
                            .filter(which.evenDoubtful()
                                    ? stock.states()::mayBeOffered
                                    : stock.states()::isOffered)
                            .limit(PAGE).mapToObj(stock.states()::registration)
                            .toList());
                }
            }
            case Count count -> {
                if (isKnown(count.answer())) {
                    count.answer().complete(stock.states().countOffered(count.others()));
                }
            }
            case WhichWhole which -> {
                if (isKnown(which.answer())) {
                    which.answer().complete(which.nars().stream().filter(stock.states()::isWhole)
                            .collect(Collectors.toUnmodifiableSet()));
                }
            }
            case Verified verified -> opening.hashed(verified.item(), verified.outcome());
            case Exclude exclude -> exclude(exclude);
            case JudgeNext _ -> judging.next();
            case Judged judged -> {
                judging.answered(judged.asked(), judged.verdicts());
                opening.hashing().next();
            }
            case HashNext _ -> opening.hashing().rested();
            case TryAgain _ -> {
                stock.states().tryAgain();
                opening.hashing().next();
            }
            case Hashed hashed -> {
                opening.hashing().ended(hashed.lane(), hashed.took());
                opening.hashed(hashed.item(), hashed.outcome());
                opening.hashing().next();
            }
            case Opened opened -> opening.opened(opened.item(), opened.whole());
            case Unopened unopened -> opening.unopened(unopened.item(), unopened.why());
            case Lost lost -> opening.lost(lost.item());
            case WithdrawnElsewhere gone -> stock.states().offered(gone.hash()).ifPresent(stock::offer);
        }
        return this;
    }

    /** The first time what earlier runs found out is read, and until then nothing is offered. */
    private void listed(ItemTable table) {
        if (tools.isOutdated(table)) {
            return;
        }
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
                getContext().getLog().warn(
                        "nothing of the store is offered before what was found out about it can be read: {}",
                        String.valueOf(Stages.cause(failure).getMessage()));
            }
            return new Recalled(Optional.ofNullable(fresh));
        });
    }

    private void recalled(Optional<ItemStates> states) {
        recalling = false;
        if (states.isPresent() && tools.isOutdated(states.get().table())) {
            latest = latest == states.get().table() ? null : latest;
            recall();
            return;
        }
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
        opening.hashing().rest(tools.pace().start());
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
        opening.hashing().next();
    }

    private boolean isKnown(CompletableFuture<?> answer) {
        boolean known = recalled || nothingThere;
        if (!known) {
            answer.completeExceptionally(new StoreNotKnownException());
        }
        return known;
    }

    /**
     * Tables that are listed later do not have them. Which of two with like keys is meant would have to be read, which may fail: so
     * both are passed over until the store is listed again.
     */
    private void exclude(Exclude exclude) {
        exclude.candidates().apply(stock.states().table()).forEach(opening::exclude);
        exclude.answer().complete(null);
    }

    private void ask(Ask ask) {
        if (!isKnown(ask.answer())) {
            return;
        }
        opening.ask(ask.hash(), ask.answer());
    }

    private void find(FindItem find) {
        List<Registration> some = Arrays.stream(stock.states().table().candidates(find.key()))
                .filter(stock.states()::isOffered)
                .mapToObj(stock.states()::registration).toList();
        if (some.isEmpty()) {
            find.answer().complete(Optional.empty());
            return;
        }
        Stages.into(CompletableFuture.supplyAsync(Stages.blocking(() -> tools.reader().find(some).stream()
                .filter(item -> ItemKey.of(item.path()).equals(find.key())).findFirst()), tools.disk()), find.answer());
    }
}
