// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.StoreSeed;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.Manifest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that this node offers, and the actors of what is in use.
 *
 * <p>A store item that the user named is offered once its tree was hashed; a kept NAR at once, since its bytes had its hash
 * when it was kept. Whether a kept NAR is public was asked before it came here.
 */
public final class Seeds extends AbstractBehavior<Seeds.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(Seeds.class);

    /** What it understands. */
    public sealed interface Command {}

    /** A NAR was kept that may be offered. */
    public record AddKept(StorePath path, KeptNar nar, Sha256 root) implements Command {}

    /** The user names an item to be read from the store. */
    public record AddStoreItem(StorePath path) implements Command {}

    /** Wants to know whether a NAR is offered. */
    public record Find(NarHash hash, ActorRef<Found> replyTo) implements Command {}

    /**
     * Wants a block's bytes; fails when the NAR is not offered (any more) or its bytes are not there.
     *
     * @param given whether somebody is given the block
     */
    record ReadBlock(NarHash hash, int block, boolean given, CompletableFuture<byte[]> answer) implements Command {}

    /** A block that was read before is given once more. */
    record BlockGivenAgain(NarHash hash) implements Command {}

    /** Wants a NAR's manifest. */
    record ReadManifest(NarHash hash, CompletableFuture<Manifest> answer) implements Command {}

    /** Wants a list of everything offered. */
    public record Describe(ActorRef<Described> replyTo) implements Command {}

    private record SeedEnded(NarHash hash, ActorRef<Seed.Command> seed) implements Command {}

    private record Hashed(StorePath path, Optional<StoreSeed> seed, String failure) implements Command {}

    private record Idle(NarHash hash, ActorRef<Seed.Command> seed) implements Command {}

    private record Weighed(NarHash hash, ActorRef<Seed.Command> seed, long memory) implements Command {}

    private record Lost(Entry entry, String why) implements Command {}

    /** The answer to {@link Find}. */
    public record Found(Optional<Offered> offered) {}

    /** A NAR that is offered, whole and verified. */
    public record Offered(NarHash hash, NarSize size, Sha256 root) {}

    /** The answer to {@link Describe}, by store path. */
    public record Described(List<SeedStatus> seeds) {
        public Described {
            seeds = List.copyOf(seeds);
        }
    }

    private static final class Entry {
        private final StorePath path;
        private final Offered offered;
        private final NarOrigin origin;
        private long blocksServed;

        private Entry(StorePath path, Offered offered, NarOrigin origin) {
            this.path = path;
            this.offered = offered;
            this.origin = origin;
        }
    }

    /** Each holds a file, or an index of a tree: peers that ask for everything must not exhaust them. */
    private static final Bounds BOUNDS = new Bounds(256, 32L << 20);
    /** Of a seed that is being opened. */
    private static final long NOT_YET_KNOWN = 1024;

    /**
     * What may be in use at a time.
     *
     * @param seeds how many
     * @param memory of all their indices and manifests, in bytes; a single one may have more
     */
    record Bounds(int seeds, long memory) {}

    private record InUse(ActorRef<Seed.Command> seed, long memory) {}

    private final StoreItems items;
    private final Executor disk;
    private final Executor background;
    private final Bounds bounds;
    private final Map<NarHash, Entry> entries = new HashMap<>();
    private final Map<StorePath, String> pending = new TreeMap<>();
    /** The one that was asked longest ago first. */
    private final LinkedHashMap<NarHash, InUse> inUse = new LinkedHashMap<>(16, 0.75f, true);
    private long memory;
    private long started;

    private Seeds(ActorContext<Command> context, StoreItems items, Executor disk, Executor background, Bounds bounds) {
        super(context);
        this.items = items;
        this.disk = disk;
        this.background = background;
        this.bounds = bounds;
    }

    /**
     * The actor.
     *
     * @param disk where blocks are read
     * @param background where whole trees are hashed: it may take long and must not hold up blocks
     */
    public static Behavior<Command> create(StoreItems items, Executor disk, Executor background) {
        return create(items, disk, background, BOUNDS);
    }

    static Behavior<Command> create(StoreItems items, Executor disk, Executor background, Bounds bounds) {
        return Behaviors.setup(context -> new Seeds(context, items, disk, background, bounds));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case AddKept kept ->
                addKept(new Entry(kept.path(), new Offered(kept.nar().hash(), kept.nar().size(), kept.root()),
                        new NarOrigin.Kept(kept.nar())));
            case AddStoreItem item -> hash(item.path());
            case Hashed hashed -> hashed(hashed);
            case Find find -> find.replyTo().tell(new Found(Optional.ofNullable(entries.get(find.hash()))
                    .map(entry -> entry.offered)));
            case ReadBlock read -> readBlock(read);
            case BlockGivenAgain given -> count(given.hash());
            case ReadManifest read -> seed(read.hash()).ifPresentOrElse(
                    seed -> seed.tell(new Seed.WhichManifest(read.answer())), () -> notOffered(read.answer()));
            case Describe describe -> describe.replyTo().tell(new Described(describe()));
            case SeedEnded ended -> {
                if (isInUse(ended.hash(), ended.seed())) {
                    putAway(ended.hash());
                }
            }
            case Weighed weighed -> weighed(weighed);
            case Lost lost -> lost(lost);
            case Idle idle -> {
                if (isInUse(idle.hash(), idle.seed())) {
                    putAway(idle.hash());
                }
            }
        }
        return this;
    }

    private void add(Entry entry) {
        pending.remove(entry.path);
        if (entries.putIfAbsent(entry.offered.hash(), entry) == null) {
            getContext().getLog().info("offering {} ({} bytes; {})", entry.path, entry.offered.size(),
                    entry.origin.name());
        }
    }

    /** One that was kept anew takes the place of the earlier one, which may be damaged. */
    private void addKept(Entry entry) {
        Entry earlier = entries.get(entry.offered.hash());
        if (earlier == null || !(earlier.origin instanceof NarOrigin.Kept)) {
            add(entry);
            return;
        }
        pending.remove(entry.path);
        entry.blocksServed = earlier.blocksServed;
        entries.put(entry.offered.hash(), entry);
        putAway(entry.offered.hash());
    }

    private void hash(StorePath path) {
        pending.put(path, "hashing");
        getContext().pipeToSelf(CompletableFuture.supplyAsync(() -> {
            try {
                return new Hashed(path, Optional.of(items.hash(path)), "");
            } catch (IOException e) {
                return new Hashed(path, Optional.empty(), String.valueOf(e.getMessage()));
            }
        }, background), (hashed, crash) -> crash == null
                ? hashed
                : new Hashed(path, Optional.empty(), String.valueOf(crash.getMessage())));
    }

    private void hashed(Hashed hashed) {
        if (hashed.seed().isEmpty()) {
            pending.put(hashed.path(), "refused: " + hashed.failure());
            getContext().getLog().warn("{} is not offered: {}", hashed.path(), hashed.failure());
            return;
        }
        StoreSeed seed = hashed.seed().get();
        add(new Entry(hashed.path(), new Offered(seed.hash(), seed.size(), seed.root()),
                new NarOrigin.InStore(items, seed.path())));
    }

    /** What has changed since it was hashed is offered no more, and not remembered as it was. */
    private void lost(Lost lost) {
        Entry entry = lost.entry();
        if (!entries.remove(entry.offered.hash(), entry)) {
            return;
        }
        putAway(entry.offered.hash());
        pending.put(entry.path, "withdrawn: " + lost.why());
        getContext().getLog().warn("{} is offered no more: {}", entry.path, lost.why());
        disk.execute(() -> {
            try {
                entry.origin.disown();
            } catch (IOException e) {
                LOG.warn("{}: {}", entry.path, e.toString());
            }
        });
    }

    private void readBlock(ReadBlock read) {
        seed(read.hash()).ifPresentOrElse(seed -> {
            if (read.given()) {
                count(read.hash());
            }
            seed.tell(new Seed.Read(read.block(), read.answer()));
        }, () -> notOffered(read.answer()));
    }

    private void count(NarHash hash) {
        Entry entry = entries.get(hash);
        if (entry != null) {
            entry.blocksServed++;
        }
    }

    private static void notOffered(CompletableFuture<?> answer) {
        answer.completeExceptionally(new IOException("not offered"));
    }

    private Optional<ActorRef<Seed.Command>> seed(NarHash hash) {
        Entry entry = entries.get(hash);
        if (entry == null) {
            return Optional.empty();
        }
        InUse there = inUse.get(hash);
        if (there != null) {
            return Optional.of(there.seed());
        }
        ActorRef<Seed.Command> seed = open(hash, entry);
        inUse.put(hash, new InUse(seed, NOT_YET_KNOWN));
        memory += NOT_YET_KNOWN;
        makeRoom();
        return Optional.of(seed);
    }

    private void weighed(Weighed weighed) {
        if (isInUse(weighed.hash(), weighed.seed())) {
            InUse before = inUse.put(weighed.hash(), new InUse(weighed.seed(), weighed.memory()));
            memory += weighed.memory() - (before == null ? 0 : before.memory());
            makeRoom();
        }
    }

    /** Puts away those that were asked longest ago; the last one stays, whatever it takes. */
    private void makeRoom() {
        while (inUse.size() > bounds.seeds() || (inUse.size() > 1 && memory > bounds.memory())) {
            putAway(inUse.firstEntry().getKey());
        }
    }

    private boolean isInUse(NarHash hash, ActorRef<Seed.Command> seed) {
        InUse there = inUse.get(hash);
        return there != null && there.seed().equals(seed);
    }

    /** Has a seed finish what it was asked, and forgets it. */
    private void putAway(NarHash hash) {
        InUse there = inUse.remove(hash);
        if (there != null) {
            memory -= there.memory();
            there.seed().tell(new Seed.Stop());
        }
    }

    private ActorRef<Seed.Command> open(NarHash hash, Entry entry) {
        ActorRef<Command> self = getContext().getSelf();
        Seed.Owner owner = new Seed.Owner() {
            @Override
            public void opened(ActorRef<Seed.Command> seed, long bytes) {
                self.tell(new Weighed(hash, seed, bytes));
            }

            @Override
            public void idle(ActorRef<Seed.Command> seed) {
                self.tell(new Idle(hash, seed));
            }

            @Override
            public void lost(String why) {
                self.tell(new Lost(entry, why));
            }
        };
        ActorRef<Seed.Command> seed = getContext().spawn(
                Behaviors.supervise(Seed.create(entry.origin, disk, owner)).onFailure(SupervisorStrategy.stop()),
                "seed-" + started++);
        getContext().watchWith(seed, new SeedEnded(hash, seed));
        return seed;
    }

    private List<SeedStatus> describe() {
        Map<StorePath, SeedStatus> all = new TreeMap<>();
        entries.values().forEach(entry -> all.put(entry.path, new SeedStatus(entry.path.path(),
                entry.offered.hash().toString(), entry.offered.size().bytes(), entry.origin.name(), "offered",
                entry.blocksServed)));
        pending.forEach((path, state) -> all.put(path, new SeedStatus(path.path(), "", -1, "store", state, 0)));
        return List.copyOf(all.values());
    }
}
