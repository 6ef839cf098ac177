// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.RefusalReason;
import org.jspecify.annotations.Nullable;

/**
 * The stream that carries blocks from one peer into the partial file: block numbers in, verified and written blocks out, as
 * many under way as the scheduler asks for. It ends in an outcome a block and fails for none of them. For one thread.
 */
final class PeerLane {
    /** More than a peer may owe: what was cancelled leaves a little later. */
    private static final int CAPACITY = 2 * Pace.LARGEST_WINDOW;
    /** Blocks of one peer being hashed and written at one time. */
    private static final int VERIFYING = 2;

    private final LanePrefixes prefixes;
    private final Supplier<BoundedSourceQueue<LanePrefixes.Wanted>> stream;
    private final Consumer<Result> report;
    /** Nothing before the first block: of most small NARs one peer alone is asked. */
    private @Nullable BoundedSourceQueue<LanePrefixes.Wanted> wanted;

    /** What became of one block. */
    sealed interface Outcome {
        /**
         * It matched the manifest and is in the file.
         *
         * @param compressed whether it came smaller than it is
         */
        record Stored(int bytes, boolean compressed) implements Outcome {}

        /** It came with a prefix that is not here: nobody is to blame. */
        record Unreadable() implements Outcome {}

        /** It did not match the manifest that the peer itself stands for. */
        record Corrupt() implements Outcome {}

        /** The peer will give it later. */
        record Busy(long retryAfterMillis) implements Outcome {}

        /** The peer does not have it to give. */
        record Refused(RefusalReason reason) implements Outcome {}

        /** It did not come. */
        record Missing(String reason) implements Outcome {}

        /** It came, but our own disk did not take it. */
        record DiskFault(String reason) implements Outcome {}
    }

    /** The outcome for a block. */
    record Result(int block, Outcome outcome) {}

    /** Asks the peer. */
    interface Fetch {
        /**
         * Asks for a block; completes with the answer, also when the connection is lost.
         *
         * @param prefixed whether it may come with a prefix
         */
        CompletionStage<PeerSession.BlockReply> of(int block, boolean prefixed);
    }

    /**
     * @param gate what its writes pass through
     * @param disk where hashing and writing run
     * @param report takes each result, from any thread
     */
    PeerLane(ActorSystem<?> system, Manifest manifest, PartialNar file, Fetch fetch, WriteGate gate, Executor disk,
            Consumer<Result> report) {
        this.prefixes = new LanePrefixes(manifest, file);
        Store store = new Store(manifest, new BlockLayout(manifest.narSize()), file, gate, prefixes);
        this.report = report;
        this.stream = () -> Source.<LanePrefixes.Wanted>queue(CAPACITY)
                .mapAsyncUnordered(CAPACITY, block -> fetch(block, fetch))
                .mapAsyncUnordered(VERIFYING, answer -> store(answer, store, disk))
                .to(Sink.foreach(report::accept))
                .run(system);
    }

    private record Answer(LanePrefixes.Wanted wanted, PeerSession.BlockReply reply) {}

    /**
     * Asks for a block.
     *
     * @param isThere whether a block is in the file, so that this one may come with it as a prefix
     */
    void want(int block, IntPredicate isThere) {
        want(prefixes.want(block, isThere));
    }

    /** Asks for a block by itself. */
    void wantAlone(int block) {
        LanePrefixes.Wanted any = prefixes.want(block, before -> true);
        want(new LanePrefixes.Wanted(block, false, any.before(), any.stored()));
    }

    private void want(LanePrefixes.Wanted block) {
        BoundedSourceQueue<LanePrefixes.Wanted> queue = wanted == null ? stream.get() : wanted;
        wanted = queue;
        if (!queue.offer(block).isEnqueued()) {
            block.stored().complete(false);
            report.accept(new Result(block.block(), new Outcome.Missing("too much is under way")));
        }
    }

    /** An answer with a prefix that is still under way waits for it, here, where others may overtake it. */
    private static CompletionStage<Answer> fetch(LanePrefixes.Wanted wanted, Fetch fetch) {
        return fetch.of(wanted.block(), wanted.prefixed())
                .exceptionally(lost -> new PeerSession.BlockFailed(wanted.block(), "no answer in time"))
                .thenCompose(
                        reply -> reply instanceof PeerSession.BlockReceived received && isPrefixed(received.payload())
                                ? wanted.before().thenApply(over -> new Answer(wanted, reply))
                                : CompletableFuture.completedFuture(new Answer(wanted, reply)));
    }

    private static boolean isPrefixed(BlockPayload payload) {
        return payload.encoding() == BlockPayload.Encoding.ZSTD_PREFIXED;
    }

    /** Takes no more blocks; those under way still come to an outcome. */
    void close() {
        if (wanted != null) {
            wanted.complete();
        }
    }

    private static CompletionStage<Result> store(Answer answer, Store store, Executor disk) {
        int block = answer.wanted().block();
        CompletionStage<Outcome> outcome = switch (answer.reply()) {
            case PeerSession.BlockReceived received -> stored(
                    () -> CompletableFuture.supplyAsync(() -> store.read(block, received.payload()), disk));
            case PeerSession.BlockRefused refused -> CompletableFuture.completedFuture(outcome(refused));
            case PeerSession.BlockFailed failed ->
                CompletableFuture.completedFuture(new Outcome.Missing(failed.reason()));
        };
        return outcome.thenApply(known -> {
            answer.wanted().stored().complete(known instanceof Outcome.Stored);
            return new Result(block, known);
        });
    }

    /** An error too, of memory or of a pool that takes no more, is an outcome: the stream goes on for the other blocks. */
    private static CompletionStage<Outcome> stored(Supplier<CompletionStage<Outcome>> work) {
        CompletionStage<Outcome> begun;
        try {
            begun = work.get();
        } catch (RuntimeException | Error e) {
            begun = CompletableFuture.failedStage(e);
        }
        return begun.exceptionally(failure -> new Outcome.Missing("not verified: " + failure));
    }

    private static Outcome outcome(PeerSession.BlockRefused refused) {
        String reason = refused.reason().token();
        return switch (refused.reason()) {
            case NOT_HERE, WITHDRAWN -> new Outcome.Refused(refused.reason());
            // This block, and no other: whoever gives the rest is not to wait for what one cannot read.
            case FAILED -> new Outcome.Missing(reason);
            case BUSY, OTHER -> refused.retryAfterMillis() > 0
                    ? new Outcome.Busy(refused.retryAfterMillis())
                    : new Outcome.Missing(reason);
        };
    }

    /** Where blocks end up that are what they should be. */
    private record Store(Manifest manifest, BlockLayout layout, PartialNar file, WriteGate gate,
            LanePrefixes prefixes) {
        private static final byte[] NO_PREFIX = new byte[0];

        private Outcome read(int block, BlockPayload payload) {
            if (payload.rawLength() != layout.length(block)) {
                return new Outcome.Corrupt();
            }
            if (!isPrefixed(payload)) {
                return verified(block, payload, NO_PREFIX);
            }
            Optional<byte[]> prefix = prefixes.prefix(block);
            if (prefix.isEmpty()) {
                return new Outcome.Unreadable();
            }
            Outcome outcome = verified(block, payload, prefix.get());
            // Whose fault it is depends on those very bytes: others may be there a moment later.
            return outcome instanceof Outcome.Corrupt && !prefixes.matches(block, prefix.get())
                    ? new Outcome.Unreadable()
                    : outcome;
        }

        private Outcome verified(int block, BlockPayload payload, byte[] prefix) {
            byte[] bytes;
            try {
                bytes = payload.block(prefix);
            } catch (FormatException e) {
                return new Outcome.Corrupt();
            }
            if (!manifest.matches(block, bytes, 0, bytes.length)) {
                return new Outcome.Corrupt();
            }
            try {
                return gate.pass(() -> file.write(layout.offset(block), bytes, 0, bytes.length))
                        ? new Outcome.Stored(bytes.length, payload.encoding() != BlockPayload.Encoding.RAW)
                        : new Outcome.Missing("it came too late");
            } catch (IOException e) {
                return new Outcome.DiskFault(String.valueOf(e.getMessage()));
            }
        }
    }
}
