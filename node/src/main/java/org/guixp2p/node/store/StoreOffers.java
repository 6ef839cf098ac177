// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.time.Duration;
import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.seed.NarinfoShelf;
import org.guixp2p.node.swarm.NarFile;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.Manifest;

/**
 * What the store has besides what is offered already: opened when somebody asks for it first. Whether something can be had that
 * is not open in time is not known: that is no no, and {@link #find} fails.
 */
final class StoreOffers implements Offers {
    /** Whoever asks waits no longer; what is hashed by then goes on, for whoever asks again. */
    private static final Duration ANSWER = Duration.ofSeconds(8);

    private final Offers opened;
    private final ActorRef<StoreSeeding.Command> store;
    private final NarinfoShelf narinfos;
    private final Executor disk;

    /**
     * @param opened what is offered already
     * @param disk where narinfos are read
     */
    StoreOffers(Offers opened, ActorRef<StoreSeeding.Command> store, NarinfoShelf narinfos, Executor disk) {
        this.opened = opened;
        this.store = store;
        this.narinfos = narinfos;
        this.disk = disk;
    }

    @Override
    public CompletionStage<Optional<Offer>> find(NarHash nar) {
        return opened.find(nar).thenCompose(found -> {
            if (found.isPresent()) {
                return CompletableFuture.completedFuture(found);
            }
            CompletableFuture<Boolean> answer = new CompletableFuture<>();
            store.tell(new StoreSeeding.Ask(nar, answer));
            return answer.orTimeout(ANSWER.toMillis(), TimeUnit.MILLISECONDS)
                    .thenCompose(
                            there -> there ? opened.find(nar) : CompletableFuture.completedFuture(Optional.empty()));
        });
    }

    @Override
    public CompletionStage<Optional<byte[]>> narinfo(ItemKey item) {
        return opened.narinfo(item).thenCompose(found -> {
            if (found.isPresent()) {
                return CompletableFuture.completedFuture(found);
            }
            CompletableFuture<Optional<ValidItem>> answer = new CompletableFuture<>();
            store.tell(new StoreSeeding.FindItem(item, answer));
            return answer.completeOnTimeout(Optional.empty(), ANSWER.toMillis(), TimeUnit.MILLISECONDS).thenApplyAsync(
                    known -> known.flatMap(valid -> narinfos.find(valid.path(), valid.hash(), Optional.empty())), disk);
        });
    }

    @Override
    public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
        return opened.block(nar, root, index);
    }

    @Override
    public CompletionStage<byte[]> peek(NarHash nar, Sha256 root, int index) {
        return opened.peek(nar, root, index);
    }

    @Override
    public BitSet blocks(NarHash nar, Sha256 root) {
        return opened.blocks(nar, root);
    }

    @Override
    public void blockGivenAgain(NarHash nar) {
        opened.blockGivenAgain(nar);
    }

    @Override
    public CompletionStage<Optional<NarFile>> file(NarHash nar, Sha256 root) {
        return opened.file(nar, root);
    }

    @Override
    public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
        return opened.manifest(nar, root);
    }
}
