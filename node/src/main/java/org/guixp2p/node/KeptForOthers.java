// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
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

    private record Begun(ActorRef<Seeds.Command> seeds, KeptProver prover, KeptBack keptBack) {}

    private final Demand demand;
    private final KeptShelf shelf;
    private final AtomicReference<Optional<Begun>> begun = new AtomicReference<>(Optional.empty());

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
     * From now on this is who offers what is kept.
     *
     * @param prover looks again at what could not be removed
     * @param keptBack what is offered to nobody
     * @param blocking where files are removed and written
     */
    void begin(ActorRef<Seeds.Command> seeds, KeptProver prover, KeptBack keptBack, ActorSystem<?> system,
            Executor blocking) {
        begun.set(Optional.of(new Begun(seeds, prover, keptBack)));
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
