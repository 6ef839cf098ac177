// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.jspecify.annotations.Nullable;

/** Offers NARs that lie in memory; blocks can be held back until the test lets them go. */
final class MemoryOffers implements Offers {
    /** A NAR as peers see it. */
    record Nar(NarHash hash, byte[] bytes, Manifest manifest) {
        byte[] block(int index) {
            BlockLayout layout = new BlockLayout(manifest.narSize());
            int from = (int) layout.offset(index);
            return Arrays.copyOfRange(bytes, from, from + layout.length(index));
        }
    }

    private final Map<NarHash, Nar> nars = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Supplier<RuntimeException>> next = new AtomicReference<>();
    private final AtomicInteger found = new AtomicInteger();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger read = new AtomicInteger();
    private volatile CompletableFuture<Void> findingGate = CompletableFuture.completedFuture(null);
    private final Map<ItemKey, byte[]> narinfos = new ConcurrentHashMap<>();
    private final AtomicInteger narinfosAsked = new AtomicInteger();
    private volatile CompletableFuture<Void> narinfoGate = CompletableFuture.completedFuture(null);
    private volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

    /** Makes a NAR of bytes that do not compress. */
    Nar add(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return add(bytes);
    }

    /** Makes a NAR of these bytes. */
    Nar add(byte[] bytes) {
        NarSize size = new NarSize(bytes.length);
        ManifestBuilder builder = new ManifestBuilder(size);
        builder.update(bytes, 0, bytes.length);
        Nar nar = new Nar(new NarHash(Sha256.hash(bytes)), bytes, builder.finish());
        nars.put(nar.hash(), nar);
        return nar;
    }

    /** Offers it again. */
    void offer(Nar nar) {
        nars.put(nar.hash(), nar);
    }

    /** Offers it no more. */
    void remove(Nar nar) {
        nars.remove(nar.hash());
    }

    /** Holds blocks back from now on, until the returned future completes. */
    CompletableFuture<Void> hold() {
        gate = new CompletableFuture<>();
        return gate;
    }

    /** Says from now on of no NAR whether it is here, until the returned future completes. */
    CompletableFuture<Void> holdFinding() {
        findingGate = new CompletableFuture<>();
        return findingGate;
    }

    /** The next question of all is answered by throwing what this gives. */
    void failNext(Supplier<RuntimeException> fault) {
        next.set(fault);
    }

    @Override
    public CompletionStage<Optional<Offer>> find(NarHash nar) {
        Supplier<RuntimeException> fault = next.getAndSet(null);
        if (fault != null) {
            throw fault.get();
        }
        found.incrementAndGet();
        return findingGate.thenApply(open -> Optional.ofNullable(nars.get(nar))
                .map(found -> new Offer(found.manifest().narSize(), found.manifest().root(), true)));
    }

    /** How often a NAR was looked for. */
    int found() {
        return found.get();
    }

    /** How often a block was asked for. */
    int asked() {
        return asked.get();
    }

    /** How often one was read. */
    int read() {
        return read.get();
    }

    @Override
    public void blockGivenAgain(NarHash nar) {
        asked.incrementAndGet();
    }

    void narinfo(ItemKey item, byte[] text) {
        narinfos.put(item, text);
    }

    /** Holds narinfos back from now on, until the returned future completes. */
    CompletableFuture<Void> holdNarinfos() {
        narinfoGate = new CompletableFuture<>();
        return narinfoGate;
    }

    /** How often a narinfo was asked for. */
    int narinfosAsked() {
        return narinfosAsked.get();
    }

    @Override
    public CompletionStage<Optional<byte[]>> narinfo(ItemKey item) {
        narinfosAsked.incrementAndGet();
        return narinfoGate.thenApply(open -> Optional.ofNullable(narinfos.get(item)));
    }

    private Nar get(NarHash nar) {
        return Objects.requireNonNull(nars.get(nar));
    }

    @Override
    public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
        asked.incrementAndGet();
        read.incrementAndGet();
        return gate.thenApply(open -> get(nar).block(index));
    }

    @Override
    public CompletionStage<byte[]> peek(NarHash nar, Sha256 root, int index) {
        read.incrementAndGet();
        return gate.thenApply(open -> get(nar).block(index));
    }

    @Override
    public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
        return gate.thenApply(open -> get(nar).manifest());
    }
}
