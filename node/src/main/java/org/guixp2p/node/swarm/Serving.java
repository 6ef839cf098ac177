// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestPage;
import org.guixp2p.protocol.swarm.RefusalReason;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * Answers what one peer asks. At most {@link #PREPARED} blocks and pages are read, compressed or waiting to be written at a
 * time, and fewer while other peers have many: those are memory. Further questions wait, since a fast link over a long way
 * wants many; beyond {@link PeerSession#SERVING} in all, or when nothing at all is free, they are refused as busy. Part of
 * the {@link PeerSession} actor, on its thread.
 */
final class Serving {
    static final int PREPARED = 32;
    private static final Duration BUSY = Duration.ofMillis(100);
    /** A machine that is short of something for a moment may have it again. */
    private static final Duration FAILED = Duration.ofSeconds(1);

    /**
     * What all sessions share.
     *
     * @param slots for what is in memory at a time
     * @param blocks for those asked for again
     * @param prefixed for those that may be compressed with others
     * @param inventories what each tells and is told
     */
    record Shared(ServingSlots slots, PreparedBlocks blocks, PrefixedBlocks prefixed, InventoryExchange inventories) {
        /**
         * For a node.
         *
         * @param peers how many there may be
         */
        static Shared of(MemoryShares memory, int peers, Executor disk, InventoryExchange inventories) {
            PreparedBlocks blocks = new PreparedBlocks(memory.of(MemoryShares.Holder.PREPARED), disk);
            return new Shared(new ServingSlots(memory.blocks(), peers), blocks,
                    new PrefixedBlocks(memory.of(MemoryShares.Holder.PREFIXED), blocks, disk), inventories);
        }
    }

    private final Offers offers;
    private final ServingSlots slots;
    private final PreparedBlocks blocks;
    private final PrefixedBlocks prefixed;
    private final CompressionLevels levels = new CompressionLevels();
    private final PeerConnection connection;
    private final Executor disk;
    private final Consumer<Runnable> onActor;
    /** Questions that are being answered and were not cancelled. */
    private final Set<RequestId> open = new HashSet<>();
    private final Set<Slot> held = new HashSet<>();
    private final Deque<SwarmMessage.Question> waiting = new ArrayDeque<>();
    private final Telling telling;
    private final QueryAnswers queries;
    private final NarinfoAnswers narinfos;
    /** Answers that wait to be written. */
    private int ready;
    private long writtenNanos;
    private boolean closing;
    private volatile boolean stopped;

    /**
     * @param onActor runs an action on the session's thread
     */
    Serving(Offers offers, Shared shared, PeerConnection connection, Executor disk, Consumer<Runnable> onActor) {
        this.offers = offers;
        this.slots = shared.slots();
        this.blocks = shared.blocks();
        this.prefixed = shared.prefixed();
        this.connection = connection;
        this.disk = disk;
        this.onActor = onActor;
        this.telling = new Telling(connection, onActor);
        this.queries = new QueryAnswers(offers, connection, onActor, telling, this::answer);
        this.narinfos = new NarinfoAnswers(offers, connection, onActor);
    }

    /** There is news of a NAR that this node has a part of. */
    void tell(Swarm.RelayNews news) {
        telling.tell(news);
    }

    private long nanos() {
        return connection.settings().ticker().nanos();
    }

    void answer(SwarmMessage.Question question) {
        switch (question) {
            case SwarmMessage.Query query -> queries.answer(query);
            case SwarmMessage.Queries many -> queries.answer(many);
            case SwarmMessage.ManifestRequest request -> serve(request);
            case SwarmMessage.BlockRequest request -> serve(request);
            case SwarmMessage.NarinfoRequest request -> narinfos.answer(request);
        }
    }

    void cancel(RequestId id) {
        if (open.remove(id) || queries.cancel(id)) {
            return;
        }
        if (!waiting.removeIf(question -> question.id().equals(id))) {
            connection.drop(id);
        }
    }

    /** Nothing of it is called any more. */
    void stop() {
        stopped = true;
        open.clear();
        waiting.clear();
        queries.stop();
        // What is still being read or compressed keeps its slot: whoever dials again and again gets no more of them.
        held.stream().filter(Slot::isPrepared).forEach(Slot::giveBack);
        held.clear();
    }

    private void done(Slot slot) {
        held.remove(slot);
        slot.giveBack();
        prepareWaiting();
    }

    private void refuse(SwarmMessage.Question question) {
        connection.send(new SwarmMessage.Refused(question.id(), RefusalReason.BUSY, BUSY));
    }

    private void refuseWaiting() {
        waiting.forEach(this::refuse);
        waiting.clear();
    }

    /** Whether something is being prepared for the peer, or written to it. */
    boolean isBusy() {
        return !held.isEmpty();
    }

    /** One of the {@link ServingSlots}, given back once. Safe for several threads. */
    private final class Slot {
        private final AtomicBoolean given = new AtomicBoolean();
        private final long begunNanos = nanos();
        private volatile long tookNanos;
        private volatile boolean prepared;

        /** There is an answer. When nobody is left to take it, this was all. */
        private void prepared() {
            prepared = true;
            if (stopped) {
                giveBack();
            }
        }

        private boolean isPrepared() {
            return prepared;
        }

        private void giveBack() {
            if (given.compareAndSet(false, true)) {
                slots.release();
            }
        }
    }

    /** Finishes what is being served; further questions are refused as if it were too much. */
    void takeNoMore() {
        closing = true;
        refuseWaiting();
    }

    private void serve(SwarmMessage.Question question) {
        if (closing || held.size() + waiting.size() >= PeerSession.SERVING) {
            refuse(question);
        } else if (question instanceof SwarmMessage.ManifestRequest) {
            // Nothing can be asked for before it is there.
            waiting.addFirst(question);
        } else {
            waiting.add(question);
        }
        prepareWaiting();
    }

    private void prepareWaiting() {
        while (!waiting.isEmpty() && slots.take(held.size())) {
            prepare(waiting.removeFirst());
        }
        if (held.isEmpty()) {
            // Others have all the room, and nothing of its own will make some.
            refuseWaiting();
        }
    }

    private void prepare(SwarmMessage.Question question) {
        switch (question) {
            case SwarmMessage.ManifestRequest request -> prepare(request, request.nar(), request.root(),
                    offer -> page(request));
            case SwarmMessage.BlockRequest request -> prepare(request, request.nar(), request.root(),
                    offer -> block(request, offer));
            case SwarmMessage.Query _,SwarmMessage.Queries _,SwarmMessage.NarinfoRequest _ ->
                throw new IllegalArgumentException("no room is needed for " + question);
        }
    }

    /** What is made of an offer for one question. */
    private interface Preparation {
        CompletionStage<SwarmMessage> of(Offers.Offer offer);
    }

    private void prepare(SwarmMessage.Question question, NarHash nar, Sha256 root, Preparation preparation) {
        Slot slot = new Slot();
        held.add(slot);
        open.add(question.id());
        SwarmMessage notHere = new SwarmMessage.Refused(question.id(), RefusalReason.NOT_HERE);
        found(nar, slot)
                .thenCompose(offer -> offer.filter(here -> here.root().equals(root)).map(preparation::of)
                        .orElse(CompletableFuture.completedFuture(notHere)))
                .exceptionallyCompose(failure -> failed(question.id(), nar))
                .thenAccept(answer -> {
                    slot.tookNanos = nanos() - slot.begunNanos;
                    onActor.accept(() -> finish(question.id(), answer, slot));
                    slot.prepared();
                });
    }

    /** What cannot be read is gone, or can be read a little later. */
    private CompletionStage<SwarmMessage> failed(RequestId id, NarHash nar) {
        return Stages.begin(() -> offers.find(nar)).handle((offer, failure) -> failure != null || offer.isPresent()
                ? new SwarmMessage.Refused(id, RefusalReason.FAILED, FAILED)
                : new SwarmMessage.Refused(id, RefusalReason.WITHDRAWN));
    }

    private CompletionStage<Optional<Offers.Offer>> found(NarHash nar, Slot slot) {
        try {
            return offers.find(nar);
        } catch (RuntimeException e) {
            held.remove(slot);
            slot.giveBack();
            throw e;
        }
    }

    private void finish(RequestId id, SwarmMessage answer, Slot slot) {
        if (open.remove(id)) {
            // It counts until it is written: a peer that reads slowly gets no more than its share of memory.
            ready++;
            connection.send(answer, () -> onActor.accept(() -> written(answer, slot)),
                    () -> onActor.accept(() -> dropped(slot)));
        } else {
            done(slot);
        }
    }

    private void written(SwarmMessage answer, Slot slot) {
        ready--;
        if (answer instanceof SwarmMessage.Block) {
            long now = nanos();
            levels.written(ready, held.size() - 1 - ready, waiting.size(), slot.tookNanos, now - writtenNanos);
            writtenNanos = now;
        }
        done(slot);
    }

    /** The peer no longer wants it. That took the link no time, so it says nothing of the link. */
    private void dropped(Slot slot) {
        ready--;
        done(slot);
    }

    private CompletionStage<SwarmMessage> page(SwarmMessage.ManifestRequest request) {
        return offers.manifest(request.nar(), request.root()).thenApplyAsync((Manifest manifest) -> {
            if (request.page() >= ManifestPage.count(manifest.narSize())) {
                return new SwarmMessage.Refused(request.id(), RefusalReason.NOT_HERE);
            }
            return new SwarmMessage.ManifestPart(request.id(), manifest.page(request.page()));
        }, disk);
    }

    private CompletionStage<SwarmMessage> block(SwarmMessage.BlockRequest request, Offers.Offer offer) {
        boolean here = offer.complete()
                ? new BlockLayout(offer.size()).contains(request.index())
                : offers.blocks(request.nar(), offer.root()).get(request.index());
        if (!here) {
            return CompletableFuture.completedFuture(new SwarmMessage.Refused(request.id(), RefusalReason.NOT_HERE));
        }
        return payload(request, offer)
                .thenApply(payload -> new SwarmMessage.Block(request.id(), request.index(), payload));
    }

    /** A NAR whose blocks are read for others. */
    private record Peeked(Offers offers, NarHash hash, Sha256 root) implements PrefixedBlocks.Nar {
        @Override
        public CompletionStage<?> open() {
            return offers.manifest(hash, root);
        }

        @Override
        public CompletionStage<byte[]> read(int index) {
            return offers.peek(hash, root, index);
        }
    }

    private CompletionStage<BlockPayload> payload(SwarmMessage.BlockRequest request, Offers.Offer offer) {
        Runnable again = () -> offers.blockGivenAgain(request.nar());
        PreparedBlocks.Key key = new PreparedBlocks.Key(offer.root(), request.index(), request.prefixed());
        if (request.prefixed() && (levels.prefixedLevel() > 0 || blocks.has(key))) {
            return prefixed.get(key, levels.prefixedLevel(), new Peeked(offers, request.nar(), offer.root()), again);
        }
        return blocks.get(new PreparedBlocks.Key(offer.root(), request.index(), false), levels.level(),
                () -> offers.block(request.nar(), offer.root(), request.index()), again);
    }
}
