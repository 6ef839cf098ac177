// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Source;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.protocol.item.NarSize;

/** A NAR that is there as a whole, for one reader. */
final class HeldNar {
    private final Bytes file;
    private final NarSize size;
    private final String origin;
    private final Pieces pieces;
    private final Executor disk;
    private final Runnable gone;

    /** Where it is read from. */
    @FunctionalInterface
    interface Bytes {
        /** Reads {@code length} bytes from {@code position} on; blocks. */
        void read(long position, byte[] into, int offset, int length) throws IOException;
    }

    /**
     * @param origin as in {@link NarEvent.Bytes}
     * @param gone run once, when the reader needs the file no more
     */
    HeldNar(Bytes file, NarSize size, String origin, Pieces pieces, Executor disk, Runnable gone) {
        this.file = file;
        this.size = size;
        this.origin = origin;
        this.pieces = pieces;
        this.disk = disk;
        this.gone = gone;
    }

    /** What the reader is told. Where the NAR is no larger than a piece when it begins, it may read it at once. */
    OpenedNar opened() {
        return new OpenedNar(events(), CompletableFuture.completedFuture(true), gone, Optional.of(this::readAll));
    }

    private Optional<CompletionStage<Done>> readAll(Function<List<NarEvent>, CompletionStage<Done>> taker) {
        pieces.opened();
        if (size.bytes() > pieces.bytes()) {
            pieces.closed();
            return Optional.empty();
        }
        return Optional.of(Stages.begin(() -> CompletableFuture.supplyAsync(() -> {
            NarEvent all = read(0, (int) size.bytes());
            return all instanceof NarEvent.Bytes ? List.of(all, new NarEvent.Done()) : List.of(all);
        }, disk).thenCompose(taker)).whenComplete((done, failure) -> {
            pieces.closed();
            gone.run();
        }));
    }

    private Source<NarEvent, NotUsed> events() {
        return Source.lazySource(() -> {
            pieces.opened();
            return Source.<Long, NarEvent>unfoldAsync(0L, this::step).watchTermination((notUsed, done) -> {
                done.whenComplete((ok, failure) -> pieces.closed());
                return notUsed;
            });
        }).watchTermination((notUsed, done) -> {
            done.whenComplete((ok, failure) -> gone.run());
            return NotUsed.getInstance();
        });
    }

    /** From a position on; behind the end there is the last event, and behind that nothing. */
    private CompletionStage<Optional<Pair<Long, NarEvent>>> step(long from) {
        long left = size.bytes() - from;
        if (left < 0) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        if (left == 0) {
            return CompletableFuture.completedFuture(Optional.of(Pair.create(from + 1, new NarEvent.Done())));
        }
        return CompletableFuture.supplyAsync(() -> {
            int length = (int) Math.min(pieces.bytes(), left);
            NarEvent next = read(from, length);
            return Optional.of(Pair.create(next instanceof NarEvent.Bytes ? from + length : size.bytes() + 1, next));
        }, disk);
    }

    private NarEvent read(long from, int length) {
        byte[] bytes = new byte[length];
        try {
            file.read(from, bytes, 0, length);
            return new NarEvent.Bytes(bytes, origin);
        } catch (IOException e) {
            return new NarEvent.Failed("cannot read the NAR that is here: " + e.getMessage());
        }
    }
}
