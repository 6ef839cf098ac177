// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;

/**
 * The stream that carries blocks from one peer into the partial file: block numbers in, verified and written blocks out, as
 * many under way as the scheduler asks for. It ends in an outcome a block and fails for none of them.
 */
final class PeerLane {
    /** More than a peer may owe: what was cancelled leaves a little later. */
    private static final int CAPACITY = 2 * Pace.LARGEST_WINDOW;
    /** Blocks of one peer being hashed and written at one time. */
    private static final int VERIFYING = 2;

    private final BoundedSourceQueue<Integer> wanted;
    private final Consumer<Result> report;

    /** What became of one block. */
    sealed interface Outcome {
        /** It matched the manifest and is in the file. */
        record Stored(int bytes) implements Outcome {}

        /** It did not match the manifest that the peer itself stands for. */
        record Corrupt() implements Outcome {}

        /** The peer will give it later. */
        record Busy(long retryAfterMillis) implements Outcome {}

        /** The peer does not have it to give. */
        record Refused(String reason) implements Outcome {}

        /** It did not come. */
        record Missing(String reason) implements Outcome {}

        /** It came, but our own disk did not take it. */
        record DiskFault(String reason) implements Outcome {}
    }

    /** The outcome for a block. */
    record Result(int block, Outcome outcome) {}

    /**
     * @param fetch asks the peer for a block; completes with its answer, also when the connection is lost
     * @param gate what its writes pass through
     * @param disk where hashing and writing run
     * @param report takes each result, from any thread
     */
    PeerLane(ActorSystem<?> system, Manifest manifest, PartialNar file,
            IntFunction<CompletionStage<PeerSession.BlockReply>> fetch,
            WriteGate gate, Executor disk, Consumer<Result> report) {
        BlockLayout layout = new BlockLayout(manifest.narSize());
        this.report = report;
        this.wanted = Source.<Integer>queue(CAPACITY)
                .mapAsyncUnordered(CAPACITY, block -> fetch.apply(block)
                        .exceptionally(lost -> new PeerSession.BlockFailed(block, "no answer in time"))
                        .thenApply(reply -> new Answer(block, reply)))
                .mapAsyncUnordered(VERIFYING, answer -> store(answer, manifest, layout, file, gate, disk))
                .to(Sink.foreach(report::accept))
                .run(system);
    }

    private record Answer(int block, PeerSession.BlockReply reply) {}

    /** Asks for a block. */
    void want(int block) {
        if (!wanted.offer(block).isEnqueued()) {
            report.accept(new Result(block, new Outcome.Missing("too much is under way")));
        }
    }

    /** Takes no more blocks; those under way still come to an outcome. */
    void close() {
        wanted.complete();
    }

    private static CompletionStage<Result> store(Answer answer, Manifest manifest, BlockLayout layout, PartialNar file,
            WriteGate gate, Executor disk) {
        return switch (answer.reply()) {
            case PeerSession.BlockReceived received -> stored(answer.block(), () -> CompletableFuture.supplyAsync(
                    () -> new Result(answer.block(), verify(answer.block(), received.bytes(), manifest, layout, file,
                            gate)),
                    disk));
            case PeerSession.BlockRefused refused ->
                CompletableFuture.completedFuture(new Result(answer.block(), outcome(refused)));
            case PeerSession.BlockFailed failed -> CompletableFuture.completedFuture(
                    new Result(answer.block(), new Outcome.Missing(failed.reason())));
        };
    }

    /** An error too, of memory or of a pool that takes no more, is an outcome: the stream goes on for the other blocks. */
    private static CompletionStage<Result> stored(int block, Supplier<CompletionStage<Result>> work) {
        CompletionStage<Result> begun;
        try {
            begun = work.get();
        } catch (RuntimeException | Error e) {
            begun = CompletableFuture.failedStage(e);
        }
        return begun.exceptionally(failure -> new Result(block, new Outcome.Missing("not verified: " + failure)));
    }

    private static Outcome outcome(PeerSession.BlockRefused refused) {
        String reason = refused.reason().token();
        if (refused.retryAfterMillis() > 0) {
            return new Outcome.Busy(refused.retryAfterMillis());
        }
        return switch (refused.reason()) {
            case NOT_HERE, WITHDRAWN -> new Outcome.Refused(reason);
            case BUSY, FAILED, OTHER -> new Outcome.Missing(reason);
        };
    }

    private static Outcome verify(int block, byte[] bytes, Manifest manifest, BlockLayout layout, PartialNar file,
            WriteGate gate) {
        if (bytes.length != layout.length(block) || !manifest.matches(block, bytes, 0, bytes.length)) {
            return new Outcome.Corrupt();
        }
        try {
            return gate.pass(() -> file.write(layout.offset(block), bytes, 0, bytes.length))
                    ? new Outcome.Stored(bytes.length)
                    : new Outcome.Missing("it came too late");
        } catch (IOException e) {
            return new Outcome.DiskFault(String.valueOf(e.getMessage()));
        }
    }
}
