// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.swarm.BlockLayout;

/**
 * The stream that carries a NAR from a server into the partial file, cut into blocks. Blocks that are there already are
 * compared instead: when they differ, a peer or the server is wrong, and nothing here can tell who.
 */
final class ServerLane {
    private final UniqueKillSwitch stop;
    private final WriteGate gate = new WriteGate();
    private final AtomicInteger passed = new AtomicInteger();

    /**
     * Why a lane ended before the NAR did.
     *
     * @param kind who is at fault
     */
    record Failure(Kind kind, String reason) {
        enum Kind {
            /** The server did not give it. */
            SERVER,
            /** What the server gives differs from what peers gave. */
            CONTRADICTION,
            /** Our own disk did not take it. */
            OWN_DISK
        }
    }

    private static final class LaneException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Failure failure;

        private LaneException(Failure failure) {
            super(failure.reason());
            this.failure = failure;
        }
    }

    /**
     * @param nar as {@link NarSupply#open} has it
     * @param there blocks that are in the file already
     * @param disk where writing and comparing run
     * @param stored told of each block that is in the file now, from any thread
     * @param ended told how it ended: with nothing when the whole came
     */
    ServerLane(ActorSystem<?> system, Source<ByteString, NotUsed> nar, BlockLayout layout, PartialNar file,
            BitSet there,
            Executor disk,
            IntConsumer stored, Consumer<Optional<Failure>> ended) {
        BitSet before = (BitSet) there.clone();
        var running = nar
                .viaMat(KillSwitches.single(), Keep.right())
                .via(new BlockCutter(layout))
                .mapAsync(1, piece -> CompletableFuture.supplyAsync(() -> put(piece, layout, file, before, gate), disk))
                .toMat(Sink.foreach(block -> {
                    passed.incrementAndGet();
                    stored.accept(block);
                }), Keep.both())
                .run(system);
        this.stop = running.first();
        running.second().whenComplete((Done done, Throwable failure) -> ended.accept(
                failure == null ? Optional.empty() : Optional.of(reason(failure))));
    }

    private static Failure reason(Throwable failure) {
        Throwable cause = Stages.cause(failure);
        return cause instanceof LaneException ours
                ? ours.failure
                : new Failure(Failure.Kind.SERVER, String.valueOf(cause.getMessage()));
    }

    private static int put(BlockCutter.Piece piece, BlockLayout layout, PartialNar file, BitSet there,
            WriteGate gate) {
        return switch (piece) {
            case BlockCutter.Piece.Broken(String reason) ->
                throw new LaneException(new Failure(Failure.Kind.SERVER, reason));
            case BlockCutter.Piece.Block(int index, byte[] bytes) -> {
                put(index, bytes, layout, file, there.get(index), gate);
                yield index;
            }
        };
    }

    private static void put(int index, byte[] bytes, BlockLayout layout, PartialNar file, boolean there,
            WriteGate gate) {
        try {
            if (!there) {
                if (!gate.pass(() -> file.write(layout.offset(index), bytes, 0, bytes.length))) {
                    throw new LaneException(new Failure(Failure.Kind.SERVER, "it was stopped"));
                }
                return;
            }
            byte[] known = new byte[bytes.length];
            file.read(layout.offset(index), known, 0, known.length);
            if (!Arrays.equals(bytes, known)) {
                throw new LaneException(new Failure(Failure.Kind.CONTRADICTION,
                        "block " + index + " of the server differs from that of the peers"));
            }
        } catch (IOException e) {
            throw new LaneException(
                    new Failure(Failure.Kind.OWN_DISK, "cannot write the partial NAR: " + e.getMessage()));
        }
    }

    /** How many blocks the server has sent, those that were there already too. */
    int passed() {
        return passed.get();
    }

    /** Hangs up. */
    void stop() {
        gate.close();
        stop.shutdown();
    }
}
