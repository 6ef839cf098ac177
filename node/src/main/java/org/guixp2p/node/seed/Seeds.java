// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.swarm.NarFile;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.Manifest;

/**
 * Everything that this node offers, and the actors of what is in use.
 *
 * <p>A store item that the user named is offered once its tree was hashed. A NAR that was kept in this run is offered
 * at once, since its bytes had its hash and it was asked before whether it is public; one that an earlier run kept,
 * when it was asked for and proven ({@link KeptEarlier}).
 */
public final class Seeds extends AbstractBehavior<Seeds.Command> {
    /** What it understands. */
    public sealed interface Command {}

    /** A NAR was kept that may be offered. */
    public record AddKept(StorePath path, KeptNar nar, Sha256 root) implements Command {}

    /** NARs that earlier runs kept, each offered once somebody asks for it and {@code prover} finds that it may be. */
    public record AddKeptEarlier(List<Unproven> nars, KeptProver prover) implements Command {
        public AddKeptEarlier {
            nars = List.copyOf(nars);
        }
    }

    /** A kept NAR, and the item that it is said to be of. */
    public record Unproven(StorePath path, KeptNar nar) {}

    /**
     * The user names items to be read from the store, most of which were hashed before; all are remembered already.
     *
     * @param isWaitedFor whether somebody is looking at it: then they are hashed before the rest of the store
     */
    public record AddStoreItems(List<StorePath> paths, boolean isWaitedFor) implements Command {
        public AddStoreItems {
            paths = List.copyOf(paths);
        }
    }

    /** An item of the store may be given to others: announced now, and {@link AddRegistered added} when somebody asks. */
    public record OfferRegistered(NarHash hash, NarSize size, boolean isFirst) implements Command {}

    /**
     * It may not any more.
     *
     * @param isElsewhere whether another item of the store has the same NAR and may be given: who is given this one asks again then
     */
    public record WithdrawRegistered(Registration item, boolean isElsewhere) implements Command {}

    /** An item of the store whose tree is known to be what was registered. */
    public record AddRegistered(StorePath path, Offered nar, RegisteredTree tree, boolean isFirst) implements Command {}

    /** What has to do with one NAR. */
    sealed interface Question extends Command {
        NarHash hash();
    }

    /** Wants to know whether a NAR is offered. */
    public record Find(NarHash hash, ActorRef<Found> replyTo) implements Question {}

    /**
     * Wants a block's bytes; fails when the NAR is not offered (any more) or its bytes are not there.
     *
     * @param root under which the NAR is meant
     * @param given whether somebody is given the block
     */
    record ReadBlock(NarHash hash, Sha256 root, int block, boolean given,
            CompletableFuture<byte[]> answer) implements Question {}

    /** Wants the file of a NAR with this root, if it is one that was seen to be right. */
    record LendFile(NarHash hash, Sha256 root, CompletableFuture<Optional<NarFile>> answer) implements Question {}

    /** Whoever reads a NAR next compares each of its blocks with the manifest. */
    record LookAnew(NarHash hash) implements Command {}

    /** A block that was read before is given once more. */
    record BlockGivenAgain(NarHash hash) implements Command {}

    /** Wants the manifest of a NAR with this root. */
    record ReadManifest(NarHash hash, Sha256 root, CompletableFuture<Manifest> answer) implements Question {}

    /** Wants to know which item that is offered has this key. */
    record FindItem(ItemKey item, CompletableFuture<Optional<Catalogue.Entry>> answer) implements Command {}

    /** Wants to know which of these NARs are offered, or would be if they were not kept, because the user named an item. */
    public record WhichNamed(Set<NarHash> nars, CompletableFuture<Set<NarHash>> answer) implements Command {
        public WhichNamed {
            nars = Set.copyOf(nars);
        }
    }

    /** Wants a list of everything offered. */
    public record Describe(ActorRef<Described> replyTo) implements Command {}

    /** Wants to know how much is offered, without a word of each. */
    public record Count(ActorRef<Counted> replyTo) implements Command {}

    /** A part of all that is offered is asked for. */
    sealed interface Listing extends Command permits SeedList {}

    /** Something is to be offered no more. */
    non-sealed interface Withdrawing extends Command {}

    private record SeedEnded(ActorRef<Seed.Command> seed) implements Command {}

    /** Something is found out of what the user named. */
    sealed interface Naming extends Command permits NamedItems.Step {}

    /** It is found out whether a NAR that was kept earlier may be offered. */
    sealed interface Proving extends Command permits KeptProofs.Step {}

    record Idle(NarHash hash, ActorRef<Seed.Command> seed) implements Command {}

    record Weighed(ActorRef<Seed.Command> seed, long memory) implements Command {}

    record Lost(Catalogue.Entry entry, String why) implements Command {}

    /** The answer to {@link Find}. */
    public record Found(Optional<Offered> offered) {}

    /** A NAR that is offered, whole and verified. */
    public record Offered(NarHash hash, NarSize size, Sha256 root) {}

    /**
     * The answer to {@link Count}.
     *
     * @param named the NARs of what was named or kept
     * @param ofStore how many others are open: items that the store has, and nobody named
     */
    public record Counted(Set<NarHash> named, int ofStore) {
        public Counted {
            named = Set.copyOf(named);
        }
    }

    /** The answer to {@link Describe}, by store path, or to {@link SeedList.OfStore}. */
    public record Described(List<SeedStatus> seeds) {
        public Described {
            seeds = List.copyOf(seeds);
        }
    }

    private final Executor disk;
    private final OfferWatcher watcher;
    private final Catalogue catalogue;
    private final KeptEarlier earlier = new KeptEarlier();
    private final SeedsInUse inUse;
    private final LentFiles lent;
    private final Withdrawals withdrawals;
    private final NamedItems named;
    private final KeptProofs proofs;
    private final Predicate<StorePath> first;
    private long started;

    private Seeds(ActorContext<Command> context, StoreItems items, Threads threads, SeedsInUse.Bounds bounds,
            OfferWatcher watcher, Predicate<StorePath> first) {
        super(context);
        this.first = first;
        this.disk = threads.disk();
        this.watcher = watcher;
        this.inUse = new SeedsInUse(bounds);
        this.catalogue = new Catalogue(new OpenedItems(bounds.opened(), inUse::isRead));
        this.lent = new LentFiles(context.getSelf(), disk);
        this.proofs = new KeptProofs(context, earlier, catalogue, disk, this::addKept, this::answer);
        this.withdrawals = new Withdrawals(catalogue, earlier, inUse, lent, watcher, disk, proofs::lookAtAll);
        this.named = new NamedItems(context, items, threads, catalogue, withdrawals, this::add, first);
        withdrawals.instead(named::instead);
        named.watch();
    }

    /**
     * Where things are done that block.
     *
     * @param disk where blocks are read
     * @param background where whole trees are hashed: it may take long and must not hold up blocks
     * @param asked where whole trees are hashed that somebody waits for: what the user names at run time
     */
    public record Threads(Executor disk, Executor background, Executor asked) {}

    /**
     * The actor.
     *
     * @param memory for what is in use
     * @param watcher told of everything that is offered
     * @param first which items are worth telling of before others
     */
    public static Behavior<Command> create(StoreItems items, Threads threads, MemoryShares memory, OfferWatcher watcher,
            Predicate<StorePath> first) {
        return create(items, threads, SeedsInUse.Bounds.of(memory), watcher, first);
    }

    static Behavior<Command> create(StoreItems items, Threads threads, SeedsInUse.Bounds bounds, OfferWatcher watcher,
            Predicate<StorePath> first) {
        return Behaviors.setup(context -> new Seeds(context, items, threads, bounds, watcher, first));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            // Its bytes had their hash as they were written.
            case AddKept kept -> addKept(kept).verified(Instant.now());
            case AddKeptEarlier kept -> proofs.add(kept);
            case AddStoreItems items -> named.add(items);
            case LookAnew(NarHash hash) -> inUse.putAway(hash);
            case OfferRegistered there -> offerRegistered(there);
            case WithdrawRegistered gone -> withdrawals.registered(gone);
            case AddRegistered whole -> offer(new Catalogue.Entry(whole.path(), whole.nar(),
                    new NarOrigin.Registered(whole.tree()), whole.isFirst()));
            case WhichNamed which -> which.answer().complete(named.among(which.nars()));
            case NamedItems.Step step -> named.receive(step);
            case Question question -> {
                if (!earlier.holdsUp(question, proofs::look)) {
                    answer(question);
                }
            }
            case KeptProofs.Step step -> proofs.receive(step);
            case BlockGivenAgain given -> given(given.hash());
            case Describe describe -> describe.replyTo().tell(new Described(catalogue.describe(earlier.all())));
            case Listing part -> catalogue.list(part, earlier);
            case Count count -> count.replyTo().tell(catalogue.count());
            case SeedEnded ended -> inUse.ended(ended.seed());
            case Weighed weighed -> inUse.weighed(weighed.seed(), weighed.memory());
            case Lost lost -> withdrawals.lost(lost.entry(), lost.why());
            case Withdrawing which -> withdrawals.receive(which);
            case FindItem find -> find.answer().complete(catalogue.find(find.item()));
            case Idle idle when inUse.isInUse(idle.hash(), idle.seed()) -> inUse.putAway(idle.hash());
            case Idle _ -> getContext().getLog().trace("put away already");
        }
        return this;
    }

    private void answer(Question question) {
        switch (question) {
            case Find find -> find.replyTo().tell(new Found(catalogue.find(find.hash())
                    .map(Catalogue.Entry::offered)));
            case LendFile file -> lent.lend(file, catalogue.find(file.hash()));
            case ReadBlock read -> readBlock(read);
            case ReadManifest read -> seed(read.hash(), read.root()).ifPresentOrElse(
                    seed -> seed.tell(new Seed.WhichManifest(read.answer())),
                    () -> read.answer().completeExceptionally(new IOException("not offered")));
        }
    }

    private void offer(Catalogue.Entry entry) {
        if (add(entry)) {
            getContext().getLog().info("offering {} ({} bytes; {})", entry.path(), entry.offered().size(),
                    entry.origin().name());
        }
    }

    private boolean add(Catalogue.Entry entry) {
        boolean fresh = catalogue.add(entry);
        NarHash hash = entry.offered().hash();
        if (!fresh && catalogue.find(hash).filter(entry::equals).isPresent()) {
            // It is read from there from now on.
            inUse.putAway(hash);
        }
        if (fresh) {
            if (!(entry.origin() instanceof NarOrigin.Registered)) {
                watcher.added(hash, entry.offered().size());
            }
            tell(entry);
        }
        return fresh;
    }

    /** Who is asked for it often is worth telling of before others: what doubles is told. */
    private void given(NarHash hash) {
        catalogue.find(hash).ifPresent(entry -> {
            long blocks = entry.countBlock();
            watcher.given(entry.offered());
            if (Long.bitCount(blocks) == 1) {
                tell(entry);
            }
        });
    }

    private void tell(Catalogue.Entry entry) {
        watcher.offered(entry.offered().hash(), entry.offered().size(), entry.worth());
    }

    private void offerRegistered(OfferRegistered there) {
        if (catalogue.find(there.hash()).isEmpty()) {
            watcher.added(there.hash(), there.size());
            watcher.offered(there.hash(), there.size(), Catalogue.headStart(there.size(), there.isFirst()));
        }
    }

    /** In place of an earlier one, which may be damaged, and of what is registered, which may be collected. */
    private Catalogue.Entry addKept(AddKept kept) {
        NarHash hash = kept.nar().hash();
        earlier.forget(hash);
        Catalogue.Entry entry = new Catalogue.Entry(kept.path(), new Offered(hash, kept.nar().size(), kept.root()),
                new NarOrigin.Kept(kept.nar()), first.test(kept.path()));
        Optional<Catalogue.Entry> before = catalogue.find(hash);
        if (before.isEmpty()) {
            offer(entry);
        } else if (before.get().origin() instanceof NarOrigin.InStore) {
            earlier.setAside(new Unproven(kept.path(), kept.nar()));
        } else {
            catalogue.replace(before.get(), entry);
            inUse.putAway(hash);
        }
        return entry;
    }

    private void readBlock(ReadBlock read) {
        seed(read.hash(), read.root()).ifPresentOrElse(seed -> {
            if (read.given()) {
                given(read.hash());
            }
            seed.tell(new Seed.Read(read.block(), read.answer()));
        }, () -> read.answer().completeExceptionally(new IOException("not offered")));
    }

    /** A block of what is offered under another root would be taken for a lie. */
    private Optional<ActorRef<Seed.Command>> seed(NarHash hash, Sha256 root) {
        return catalogue.find(hash).filter(entry -> entry.offered().root().equals(root))
                .map(entry -> inUse.use(hash, () -> open(hash, entry),
                        entry.origin().memory(entry.offered().size())));
    }

    private ActorRef<Seed.Command> open(NarHash hash, Catalogue.Entry entry) {
        Seed.Owner owner = new SeedOwner(getContext().getSelf(), hash, entry);
        ActorRef<Seed.Command> seed = getContext().spawn(
                Behaviors.supervise(Seed.create(entry.origin(), disk, owner)).onFailure(SupervisorStrategy.stop()),
                "seed-" + started++);
        getContext().watchWith(seed, new SeedEnded(seed));
        return seed;
    }
}
