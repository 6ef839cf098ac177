// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.guixp2p.node.swarm.NarFile;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.Manifest;

/** What {@link Seeds} has, as peers see it. */
public final class SeedOffers implements Offers {
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final ActorRef<Seeds.Command> seeds;
    private final ActorSystem<?> system;
    private final NarinfoShelf narinfos;
    private final Executor disk;

    /** Without narinfos. */
    public SeedOffers(ActorRef<Seeds.Command> seeds, ActorSystem<?> system) {
        this(seeds, system, NarinfoShelf.EMPTY, Runnable::run);
    }

    /** @param disk where narinfos are read */
    public SeedOffers(ActorRef<Seeds.Command> seeds, ActorSystem<?> system, NarinfoShelf narinfos, Executor disk) {
        this.seeds = seeds;
        this.system = system;
        this.narinfos = narinfos;
        this.disk = disk;
    }

    @Override
    public CompletionStage<Optional<Offer>> find(NarHash nar) {
        return AskPattern.<Seeds.Command, Seeds.Found>ask(seeds, reply -> new Seeds.Find(nar, reply), ANSWER,
                system.scheduler())
                .thenApply(found -> found.offered().map(seed -> new Offer(seed.size(), seed.root(), true)));
    }

    @Override
    public CompletionStage<Optional<byte[]>> narinfo(ItemKey item) {
        CompletableFuture<Optional<Catalogue.Entry>> entry = new CompletableFuture<>();
        seeds.tell(new Seeds.FindItem(item, entry));
        return entry.orTimeout(ANSWER.toMillis(), TimeUnit.MILLISECONDS)
                .thenApplyAsync(found -> found.flatMap(this::narinfo), disk);
    }

    private Optional<byte[]> narinfo(Catalogue.Entry entry) {
        try {
            return narinfos.find(entry.path(), entry.offered().hash(), entry.origin().narinfo());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
        return read(nar, root, index, true);
    }

    @Override
    public CompletionStage<byte[]> peek(NarHash nar, Sha256 root, int index) {
        return read(nar, root, index, false);
    }

    private CompletionStage<byte[]> read(NarHash nar, Sha256 root, int index, boolean given) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        seeds.tell(new Seeds.ReadBlock(nar, root, index, given, answer));
        return answer.orTimeout(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public CompletionStage<Optional<NarFile>> file(NarHash nar, Sha256 root) {
        CompletableFuture<Optional<NarFile>> answer = new CompletableFuture<>();
        seeds.tell(new Seeds.LendFile(nar, root, answer));
        return answer.orTimeout(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void blockGivenAgain(NarHash nar) {
        seeds.tell(new Seeds.BlockGivenAgain(nar));
    }

    @Override
    public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
        CompletableFuture<Manifest> answer = new CompletableFuture<>();
        seeds.tell(new Seeds.ReadManifest(nar, root, answer));
        return answer.orTimeout(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    }
}
