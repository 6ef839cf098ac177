// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.util.HashMap;
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

/**
 * Everything that this node offers, and the actors of what is in use.
 *
 * <p>A store item that the user named is offered once its tree was hashed; a kept NAR at once, since its bytes had its hash
 * when it was kept. Whether a kept NAR is public was asked before it came here.
 */
public final class Seeds extends AbstractBehavior<Seeds.Command> {
    /** What it understands. */
    public sealed interface Command {}

    /** A NAR was kept that may be offered. */
    public record AddKept(StorePath path, KeptNar nar, Sha256 root) implements Command {}

    /** The user names an item to be read from the store. */
    public record AddStoreItem(StorePath path) implements Command {}

    /** Wants to know whether a NAR is offered. */
    public record Find(NarHash hash, ActorRef<Found> replyTo) implements Command {}

    /** Wants a block's bytes; fails when the NAR is not offered (any more) or its bytes are not there. */
    record ReadBlock(NarHash hash, int block, CompletableFuture<byte[]> answer) implements Command {}

    /** Wants a NAR's manifest. */
    record ReadManifest(NarHash hash, CompletableFuture<Manifest> answer) implements Command {}

    /** Wants a list of everything offered. */
    public record Describe(ActorRef<Described> replyTo) implements Command {}

    private record SeedEnded(NarHash hash, ActorRef<Seed.Command> seed) implements Command {}

    private record Hashed(StorePath path, Optional<StoreSeed> seed, String failure) implements Command {}

    private record Idle(NarHash hash, ActorRef<Seed.Command> seed) implements Command {}

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
        private final String source;
        private final Seed.Opener opener;
        private long blocksServed;

        private Entry(StorePath path, Offered offered, String source, Seed.Opener opener) {
            this.path = path;
            this.offered = offered;
            this.source = source;
            this.opener = opener;
        }
    }

    private final StoreItems items;
    private final Executor disk;
    private final Executor background;
    private final Map<NarHash, Entry> entries = new HashMap<>();
    private final Map<StorePath, String> pending = new TreeMap<>();
    private final Map<NarHash, ActorRef<Seed.Command>> inUse = new HashMap<>();
    private long started;

    private Seeds(ActorContext<Command> context, StoreItems items, Executor disk, Executor background) {
        super(context);
        this.items = items;
        this.disk = disk;
        this.background = background;
    }

    /**
     * The actor.
     *
     * @param disk where blocks are read
     * @param background where whole trees are hashed: it may take long and must not hold up blocks
     */
    public static Behavior<Command> create(StoreItems items, Executor disk, Executor background) {
        return Behaviors.setup(context -> new Seeds(context, items, disk, background));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        switch (command) {
            case AddKept kept ->
                add(new Entry(kept.path(), new Offered(kept.nar().hash(), kept.nar().size(), kept.root()),
                        "kept", keptOpener(kept.nar())));
            case AddStoreItem item -> hash(item.path());
            case Hashed hashed -> hashed(hashed);
            case Find find -> find.replyTo().tell(new Found(Optional.ofNullable(entries.get(find.hash()))
                    .map(entry -> entry.offered)));
            case ReadBlock read -> readBlock(read);
            case ReadManifest read -> seed(read.hash()).ifPresentOrElse(
                    seed -> seed.tell(new Seed.WhichManifest(read.answer())), () -> notOffered(read.answer()));
            case Describe describe -> describe.replyTo().tell(new Described(describe()));
            case SeedEnded ended -> inUse.remove(ended.hash(), ended.seed());
            case Idle idle -> {
                if (inUse.remove(idle.hash(), idle.seed())) {
                    idle.seed().tell(new Seed.Stop());
                }
            }
        }
        return this;
    }

    private void add(Entry entry) {
        entries.putIfAbsent(entry.offered.hash(), entry);
        getContext().getLog().info("offering {} ({} bytes) from the {}", entry.path, entry.offered.size(),
                entry.source.equals("kept") ? "kept NARs" : "store");
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
        pending.remove(hashed.path());
        add(new Entry(hashed.path(), new Offered(seed.hash(), seed.manifest().narSize(), seed.manifest().root()),
                "store",
                storeOpener(items, seed.path())));
    }

    private static Seed.Opener keptOpener(KeptNar nar) {
        return new Seed.Opener() {
            @Override
            public NarContent content() throws IOException {
                return NarContent.ofFile(nar.file());
            }

            @Override
            public Manifest manifest() throws IOException {
                return nar.manifest();
            }
        };
    }

    private static Seed.Opener storeOpener(StoreItems items, StorePath path) {
        return new Seed.Opener() {
            @Override
            public NarContent content() throws IOException {
                return NarContent.ofTree(items.locate(path));
            }

            @Override
            public Manifest manifest() throws IOException {
                return items.manifest(path);
            }
        };
    }

    private void readBlock(ReadBlock read) {
        seed(read.hash()).ifPresentOrElse(seed -> {
            Entry entry = entries.get(read.hash());
            if (entry != null) {
                entry.blocksServed++;
            }
            seed.tell(new Seed.Read(read.block(), read.answer()));
        }, () -> notOffered(read.answer()));
    }

    private static void notOffered(CompletableFuture<?> answer) {
        answer.completeExceptionally(new IOException("not offered"));
    }

    private Optional<ActorRef<Seed.Command>> seed(NarHash hash) {
        Entry entry = entries.get(hash);
        if (entry == null) {
            return Optional.empty();
        }
        return Optional.of(inUse.computeIfAbsent(hash, h -> {
            ActorRef<Command> self = getContext().getSelf();
            ActorRef<Seed.Command> seed = getContext().spawn(
                    Behaviors.supervise(Seed.create(entry.opener, disk, idle -> self.tell(new Idle(h, idle))))
                            .onFailure(SupervisorStrategy.stop()),
                    "seed-" + started++);
            getContext().watchWith(seed, new SeedEnded(h, seed));
            return seed;
        }));
    }

    private List<SeedStatus> describe() {
        Map<StorePath, SeedStatus> all = new TreeMap<>();
        entries.values().forEach(entry -> all.put(entry.path, new SeedStatus(entry.path.path(),
                entry.offered.hash().toString(), entry.offered.size().bytes(), entry.source, "offered",
                entry.blocksServed)));
        pending.forEach((path, state) -> all.put(path, new SeedStatus(path.path(), "", -1, "store", state, 0)));
        return List.copyOf(all.values());
    }
}
