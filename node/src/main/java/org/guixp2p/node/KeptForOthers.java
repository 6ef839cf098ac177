// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.download.DownloadContext;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.seed.KeptProver;
import org.guixp2p.node.seed.KeptShelf;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.seed.Withdrawal;
import org.guixp2p.persistence.nar.Demand;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The NARs that are kept for others within their quota, and what was given of all that is offered. */
final class KeptForOthers implements DownloadContext.Keeper, KeptShelf.Offering, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeptForOthers.class);
    /** How often it is written down what was given, and looked whether others left less of the disk. */
    private static final Duration LOOK = Duration.ofMinutes(10);

    /**
     * Who else has to do with what is kept.
     *
     * @param seeds offers it
     * @param prover looks again at what could not be removed
     * @param keptBack what is offered to nobody
     * @param store which of some NARs the store gives as well, whole
     */
    record Others(ActorRef<Seeds.Command> seeds, KeptProver prover, KeptBack keptBack,
            Function<Set<NarHash>, CompletionStage<Set<NarHash>>> store) {}

    private final Demand demand;
    private final KeptShelf shelf;
    private final AtomicReference<Optional<Others>> begun = new AtomicReference<>(Optional.empty());

    private KeptForOthers(NodeConfig config, NarStore store, Demand demand, ToIntFunction<NarHash> others,
            Predicate<StorePath> lasting) {
        this.demand = demand;
        this.shelf = new KeptShelf(
                new KeptShelf.Policy(config.seeding().quota(), store::free, demand, others, lasting), this);
    }

    /**
     * Reads what was given in earlier runs; blocks for a moment.
     *
     * @param others how many are known to have a NAR besides this node
     */
    static KeptForOthers open(NodeConfig config, NarStore store, InstantSource clock, ToIntFunction<NarHash> others) {
        return new KeptForOthers(config, store, Demand.open(config.files().stateDir(), clock), others,
                config.seeding().store()::comesFirst);
    }

    KeptShelf shelf() {
        return shelf;
    }

    Demand demand() {
        return demand;
    }

    /** Counts what is given, besides what {@code other} is told. */
    OfferWatcher watching(OfferWatcher other) {
        return new OfferWatcher() {
            @Override
            public void offered(NarHash nar, NarSize size, long blocks) {
                other.offered(nar, size, blocks);
            }

            @Override
            public void given(Seeds.Offered nar) {
                // All its blocks together are the NAR, though the last one is shorter.
                demand.given(nar.hash(), Math.ceilDiv(nar.size().bytes(), new BlockLayout(nar.size()).count()));
                other.given(nar);
            }

            @Override
            public void withdrawn(NarHash nar) {
                other.withdrawn(nar);
                shelf.withdrawn(nar);
            }
        };
    }

    /**
     * From now on these are the others.
     *
     * @param blocking where files are removed and written
     */
    void begin(Others others, ActorSystem<?> system, Executor blocking) {
        begun.set(Optional.of(others));
        var _ = system.scheduler().scheduleWithFixedDelay(LOOK, LOOK, () -> blocking.execute(() -> {
            close();
            shelf.trim();
        }), system.executionContext());
    }

    @Override
    public Optional<String> makeRoom(NarHash hash, NarSize size) {
        return shelf.makeRoom(hash, size);
    }

    @Override
    public void damaged(KeptNar nar) {
        begun.get().ifPresent(to -> to.seeds().tell(new Withdrawal.DamagedKept(nar, "it is not what was kept")));
        try {
            // Not all that is kept is offered.
            nar.delete();
        } catch (IOException e) {
            LOG.warn("{} stays: {}", nar.file(), IoWords.of(e, nar.file()));
        }
        shelf.lost(nar);
    }

    @Override
    public Optional<KeptNar> find(NarHash hash) {
        return shelf.find(hash).map(Seeds.Unproven::nar);
    }

    @Override
    public void kept(StorePath path, KeptNar nar, Manifest manifest) {
        shelf.add(path, nar);
        // The user may have taken it back while it came.
        begun.get().filter(to -> !to.keptBack().has(path, nar.hash()))
                .ifPresent(to -> to.seeds().tell(new Seeds.AddKept(path, nar, manifest.root())));
    }

    @Override
    public CompletionStage<Boolean> letGo(NarHash nar, boolean evenInUse) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        begun.get().ifPresentOrElse(to -> to.seeds().tell(new Withdrawal.LetGo(nar, evenInUse, answer)),
                () -> answer.complete(true));
        return answer;
    }

    @Override
    public CompletionStage<Set<NarHash>> spare(Set<NarHash> nars) {
        return begun.get().map(to -> {
            CompletableFuture<Set<NarHash>> named = new CompletableFuture<>();
            to.seeds().tell(new Seeds.WhichNamed(nars, named));
            CompletionStage<Set<NarHash>> ofStore = to.store().apply(nars).exceptionally(_ -> Set.of());
            return named.thenCombine(ofStore, (some, more) -> Stream.of(some, more, keptBack(nars, to.keptBack()))
                    .flatMap(Set::stream).collect(Collectors.toUnmodifiableSet()));
        }).orElse(CompletableFuture.completedFuture(Set.of()));
    }

    private Set<NarHash> keptBack(Set<NarHash> nars, KeptBack which) {
        return nars.stream().filter(nar -> shelf.find(nar).filter(kept -> which.has(kept.path(), nar)).isPresent())
                .collect(Collectors.toSet());
    }

    @Override
    public void giveBack(Seeds.Unproven nar) {
        begun.get().ifPresent(to -> to.seeds().tell(new Seeds.AddKeptEarlier(List.of(nar), to.prover())));
    }

    /** Writes down what was given. */
    @Override
    public void close() {
        try {
            demand.save();
        } catch (IOException e) {
            LOG.warn("what was given could not be written: {}", IoWords.of(e, Path.of("demand")));
        }
    }
}
