// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SeedStore;
import org.guixp2p.node.seed.HashedTree;
import org.guixp2p.node.seed.NarinfoShelf;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.persistence.guixdb.StoreDatabase;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.ledger.Exclusions;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.ledger.StoreLedger;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.ItemKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Seeds the store while it is open. */
public final class StoreSeeder implements OfferedStore, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreSeeder.class);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final String BUSY = "the node is too busy to say what is offered";

    private final StoreWatch watch;
    private final StoreLedger ledger;
    private final Exclusions exclusions;
    private final Offers offers;
    private final ActorRef<StoreSeeding.Command> seeding;
    private final StoreReader reader;
    private final Executor disk;

    /**
     * What it shares with the rest of the node.
     *
     * @param spawn starts its actor
     * @param narinfos what peers may be given of an item
     * @param disk for what is short
     * @param background where whole trees are hashed that nobody waits for
     * @param asked where whole trees are hashed that somebody waits for: two threads are of use
     */
    public record Surroundings(Function<Behavior<StoreSeeding.Command>, ActorRef<StoreSeeding.Command>> spawn,
            ActorRef<Seeds.Command> seeds, NarinfoShelf narinfos, Executor disk, Executor background,
            Executor asked, InstantSource clock) {}

    private StoreSeeder(StoreWatch watch, StoreLedger ledger, Exclusions exclusions, Offers offers,
            ActorRef<StoreSeeding.Command> seeding, StoreReader reader, Executor disk) {
        this.reader = reader;
        this.seeding = seeding;
        this.disk = disk;
        this.watch = watch;
        this.ledger = ledger;
        this.exclusions = exclusions;
        this.offers = offers;
    }

    /**
     * Begins.
     *
     * @param ledger what earlier runs found out, opened when the store is read, and closed with this
     * @param opened what is offered already
     */
    public static StoreSeeder begin(NodeConfig.Store store, NodeConfig.Files files, StoreLedger ledger,
            Gatekeeper gatekeeper,
            Offers opened, Surroundings around) {
        return begin(store, files, ledger, gatekeeper, opened, around, SeedingPace.USUAL, StoreWatch.Pace.USUAL);
    }

    static StoreSeeder begin(NodeConfig.Store store, NodeConfig.Files files, StoreLedger ledger, Gatekeeper gatekeeper,
            Offers opened, Surroundings around, SeedingPace pace, StoreWatch.Pace looks) {
        StoreDatabase database = new StoreDatabase(files.database());
        StoreReader reader = new StoreReader(database, ledger, files::locate);
        Exclusions exclusions = new Exclusions(files.stateDir());
        know(exclusions);
        ActorRef<StoreSeeding.Command> seeding = around.spawn().apply(StoreSeeding.create(
                new SeedingTools(reader, exclusions, gatekeeper,
                        store.which() == SeedStore.ALL,
                        around.seeds(), around.disk(), around.background(), around.asked(), around.clock(), pace)));
        StoreWatch watch = new StoreWatch(database, () -> {
            ledger.open();
            Exclusions.Known excluded = exclusions.known();
            return () -> new ItemTable.Builder(
                    item -> excluded.has(item.path(), item.hash()) || store.keepsBack(item.path()), store::comesFirst,
                    excluded.additions());
        }, listener(seeding), looks, around.clock()).start();
        return new StoreSeeder(watch, ledger, exclusions,
                new StoreOffers(opened, seeding, around.narinfos(), around.disk()),
                seeding,
                reader, around.disk());
    }

    /** Before anything is offered, and where there is no store's database too, though it is of no use there for the store. */
    private static void know(Exclusions exclusions) {
        try {
            var _ = exclusions.known();
        } catch (IOException e) {
            LOG.warn("nothing that is fetched is offered before this can be read: {}", e.getMessage());
        }
    }

    /** What the items of the store take of the heap, in bytes, as far as can be told now. Blocks for a moment. */
    public static long memory(NodeConfig.Files files) {
        try {
            return new StoreDatabase(files.database()).count() * ItemTable.MOST_BYTES_PER_ITEM;
        } catch (IOException e) {
            // Whoever watches it says so.
            return 0;
        }
    }

    private static StoreWatch.Listener listener(ActorRef<StoreSeeding.Command> seeding) {
        return new StoreWatch.Listener() {
            @Override
            public void listed(ItemTable table) {
                seeding.tell(new StoreSeeding.Listed(table));
            }

            @Override
            public void nothingThere() {
                seeding.tell(new StoreSeeding.NothingThere());
            }
        };
    }

    /** What the user has taken back. */
    public Exclusions exclusions() {
        return exclusions;
    }

    /** What was offered already, and what the store has. */
    public Offers offers() {
        return offers;
    }

    @Override
    public CompletionStage<Page> page(long after) {
        return which(table -> IntStream.range(table.after(after), table.count()), false).thenApplyAsync(
                items -> new Page(
                        read(items), items.isEmpty() ? OptionalLong.empty() : OptionalLong.of(items.getLast().id())),
                disk);
    }

    @Override
    public CompletionStage<Integer> count(Set<NarHash> others) {
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        seeding.tell(new StoreSeeding.Count(Set.copyOf(others), answer));
        return inTime(answer, BUSY);
    }

    @Override
    public CompletionStage<List<ValidItem>> find(StorePath path) {
        return find(path, false);
    }

    @Override
    public CompletionStage<List<ValidItem>> findDoubtful(StorePath path) {
        return find(path, true);
    }

    private CompletionStage<List<ValidItem>> find(StorePath path, boolean evenDoubtful) {
        return which(having(path), evenDoubtful).thenApplyAsync(
                items -> read(items).stream().filter(item -> item.path().equals(path)).toList(), disk);
    }

    @Override
    public CompletionStage<Set<ValidItem>> offered(Collection<ValidItem> items) {
        Map<Registration, ValidItem> wanted = new HashMap<>();
        items.forEach(item -> wanted.put(StoreReader.registration(item), item));
        return which(table -> wanted.values().stream().flatMapToInt(item -> having(item.path()).apply(table)),
                false)
                .thenApply(found -> {
                    wanted.keySet().retainAll(Set.copyOf(found));
                    return Set.copyOf(wanted.values());
                });
    }

    @Override
    public CompletionStage<Set<NarHash>> whole(Set<NarHash> nars) {
        CompletableFuture<Set<NarHash>> answer = new CompletableFuture<>();
        seeding.tell(new StoreSeeding.WhichWhole(nars, answer));
        return inTime(answer, BUSY);
    }

    @Override
    public CompletionStage<List<ValidItem>> find(NarHash nar) {
        return which(having(nar), false).thenApplyAsync(this::read, disk);
    }

    @Override
    public CompletionStage<List<ValidItem>> findDoubtful(NarHash nar) {
        return which(having(nar), true).thenApplyAsync(this::read, disk);
    }

    private static Function<ItemTable, IntStream> having(StorePath path) {
        return table -> Arrays.stream(table.candidates(ItemKey.of(path)));
    }

    private static Function<ItemTable, IntStream> having(NarHash nar) {
        return table -> Arrays.stream(table.find(nar));
    }

    private CompletionStage<List<Registration>> which(Function<ItemTable, IntStream> candidates,
            boolean evenDoubtful) {
        CompletableFuture<List<Registration>> answer = new CompletableFuture<>();
        seeding.tell(new StoreSeeding.Which(candidates, evenDoubtful, answer));
        return inTime(answer, BUSY);
    }

    private List<ValidItem> read(List<Registration> items) {
        try {
            return reader.find(items);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<String> verify(ValidItem item) throws IOException {
        StoreReader.Outcome outcome = reader.hash(StoreReader.registration(item), HashedTree::of);
        seeding.tell(new StoreSeeding.Verified(StoreReader.registration(item), outcome));
        return switch (outcome) {
            case StoreReader.Outcome.Whole _ -> Optional.empty();
            case StoreReader.Outcome.Damaged damaged -> Optional.of(damaged.why());
            case StoreReader.Outcome.Collected _ -> throw new NoSuchElementException(item.path() + " was collected");
            case StoreReader.Outcome.Unread unread -> throw new IOException(unread.why());
            case StoreReader.Outcome.Unknown unknown -> throw new IOException(unknown.why());
        };
    }

    @Override
    public CompletionStage<List<StorePath>> exclude(StorePath path) {
        return keepBack(find(path), List.of(path), having(path), () -> exclusions.exclude(path));
    }

    @Override
    public CompletionStage<List<StorePath>> exclude(NarHash nar) {
        return keepBack(find(nar), List.of(), having(nar), () -> exclusions.exclude(nar));
    }

    /**
     * Completes with the paths of what was offered.
     *
     * @param otherwise what counts as offered while that cannot be told
     * @param candidates where it may stand
     * @param writing remembers what is kept back; how long that takes is up to the disk: whoever gave up waiting would
     * not know whether it was done
     */
    private CompletionStage<List<StorePath>> keepBack(CompletionStage<List<ValidItem>> offered,
            List<StorePath> otherwise, Function<ItemTable, IntStream> candidates, StoreReader.Writing writing) {
        // Asked first, as a listing that comes in between has it no more; but it is kept back whatever the answer.
        return offered.thenApply(items -> items.stream().map(ValidItem::path).toList()).exceptionally(_ -> otherwise)
                .thenCompose(paths -> CompletableFuture.supplyAsync(Stages.blocking(() -> {
                    writing.run();
                    return paths;
                }), disk).thenCompose(_ -> withdraw(candidates)).thenApply(_ -> paths));
    }

    private CompletionStage<Void> withdraw(Function<ItemTable, IntStream> candidates) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        seeding.tell(new StoreSeeding.Exclude(candidates, answer));
        // A listing that was under way is thrown away; what is listed anew has none of it, so that comes after the answer.
        return inTime(answer, "that is remembered, and done as soon as the node comes to it")
                .whenComplete((_, _) -> watch.listAgain());
    }

    /** Fails with these words when it takes too long. */
    private static <T> CompletableFuture<T> inTime(CompletableFuture<T> answer, String otherwise) {
        return answer.orTimeout(ANSWER.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionallyCompose(failure -> CompletableFuture
                        .failedFuture(
                                failure instanceof TimeoutException ? new IOException(otherwise, failure) : failure));
    }

    @Override
    public CompletionStage<Void> include(StorePath path) {
        return CompletableFuture.runAsync(() -> {
            try {
                exclusions.include(path, reader.findNow(path).map(ValidItem::hash));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            watch.listAgain();
        }, disk);
    }

    @Override
    public void close() throws IOException {
        try {
            watch.close();
        } finally {
            exclusions.close();
            ledger.close();
        }
    }
}
