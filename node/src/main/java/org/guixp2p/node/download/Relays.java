// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.Manifest;

/**
 * What this node offers in whole, and besides what its downloads have so far of public NARs. For a part it vouches not. Safe
 * for several threads.
 */
public final class Relays implements Offers {
    private final Offers seeds;
    private final Executor disk;
    private final Map<NarHash, RelayedNar> relayed = new ConcurrentHashMap<>();
    private volatile BiConsumer<NarHash, NarSize> watcher = (nar, size) -> {};

    /**
     * @param seeds what is offered in whole
     * @param disk where blocks are read
     */
    public Relays(Offers seeds, Executor disk) {
        this.seeds = seeds;
        this.disk = disk;
    }

    /** Has {@code given} hear of each block of a part that is given to somebody, on any thread; it does not block. */
    public void watch(BiConsumer<NarHash, NarSize> given) {
        watcher = given;
    }

    /** Offers a part, unless another download offers one of the same NAR. */
    boolean add(RelayedNar nar) {
        return relayed.putIfAbsent(nar.hash(), nar) == null;
    }

    /** Offers it no more. */
    void remove(RelayedNar nar) {
        relayed.remove(nar.hash(), nar);
    }

    @Override
    public CompletionStage<Optional<Offer>> find(NarHash nar) {
        // Looked for first: a part goes away after the whole has taken its place.
        Optional<Offer> part = Optional.ofNullable(relayed.get(nar))
                .map(here -> new Offer(here.manifest().narSize(), here.manifest().root(), false));
        CompletionStage<Optional<Offer>> found = seeds.find(nar);
        // Whether the whole is there may not be known; the part is.
        return part.isEmpty() ? found : found.handle((whole, failure) -> failure == null ? whole.or(() -> part) : part);
    }

    @Override
    public CompletionStage<Optional<byte[]>> narinfo(ItemKey item) {
        return seeds.narinfo(item);
    }

    @Override
    public BitSet blocks(NarHash nar, Sha256 root) {
        return under(nar, root).map(RelayedNar::blocks).orElseGet(() -> seeds.blocks(nar, root));
    }

    @Override
    public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
        Optional<CompletionStage<byte[]>> part = part(nar, root, index);
        if (part.isEmpty()) {
            return seeds.block(nar, root, index);
        }
        given(nar);
        return part.get();
    }

    @Override
    public CompletionStage<byte[]> peek(NarHash nar, Sha256 root, int index) {
        return part(nar, root, index).orElseGet(() -> seeds.peek(nar, root, index));
    }

    private Optional<CompletionStage<byte[]>> part(NarHash nar, Sha256 root, int index) {
        return under(nar, root).filter(here -> here.blocks().get(index))
                .map(here -> CompletableFuture.supplyAsync(() -> read(here, index), disk));
    }

    /** A download may follow a root while the whole is offered under another one. */
    private Optional<RelayedNar> under(NarHash nar, Sha256 root) {
        return Optional.ofNullable(relayed.get(nar)).filter(here -> here.manifest().root().equals(root));
    }

    private static byte[] read(RelayedNar nar, int index) {
        try {
            return nar.read(index);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void blockGivenAgain(NarHash nar) {
        if (!given(nar)) {
            seeds.blockGivenAgain(nar);
        }
    }

    /** @return whether it is offered in part */
    private boolean given(NarHash nar) {
        RelayedNar here = relayed.get(nar);
        if (here != null) {
            watcher.accept(nar, here.manifest().narSize());
        }
        return here != null;
    }

    @Override
    public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
        return under(nar, root).<CompletionStage<Manifest>>map(
                here -> CompletableFuture.completedFuture(here.manifest())).orElseGet(() -> seeds.manifest(nar, root));
    }
}
