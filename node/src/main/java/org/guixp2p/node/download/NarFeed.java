// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Source;
import org.guixp2p.persistence.nar.PartialNar;
import org.jspecify.annotations.Nullable;

/**
 * A reader's view of a download: a source that asks the download how far it may read and reads the partial file itself, so
 * that a slow reader holds nothing in memory and holds up nobody.
 */
final class NarFeed {
    /** The download says at least "not yet" every ten seconds; if it says nothing for so long, it is gone. */
    private static final Duration ANSWER = Duration.ofSeconds(60);

    /** A reader wants to know how far it may read. */
    record ReadMore(int attempt, long offset, ActorRef<Position> replyTo) implements Download.Command {}

    /** A reader reads no more. */
    record ReaderGone() implements Download.Command {}

    /** The answer to {@link ReadMore}. */
    sealed interface Position {
        /**
         * Bytes up to {@code end}, exclusive, may be read from {@code file}.
         *
         * @param whole whether nothing comes behind them
         */
        record UpTo(int attempt, PartialNar file, long end, boolean whole, String origin) implements Position {}

        /** Nothing new so far; ask again. */
        record NotYet() implements Position {}

        /** The reader's attempt was given up; the new one begins at 0. */
        record StartAgain(int attempt) implements Position {}

        /** The whole was read. */
        record End() implements Position {}

        /** There is no source left. */
        record GivenUp(String reason) implements Position {}
    }

    /** Where the reader is, what it may read without asking again, if anything, and whether the last event was given. */
    private record Cursor(int attempt, long offset, Position.@Nullable UpTo readable, boolean over) {
        static Cursor begin(int attempt) {
            return new Cursor(attempt, 0, null, false);
        }

        Cursor after(int bytes, Position.UpTo upTo) {
            long next = offset + bytes;
            return new Cursor(upTo.attempt(), next, next < upTo.end() || upTo.whole() ? upTo : null, false);
        }

        Cursor last() {
            return new Cursor(attempt, offset, null, true);
        }

        /** To be asked about anew. */
        Cursor unsure() {
            return new Cursor(attempt, offset, null, over);
        }
    }

    private final ActorRef<Download.Command> download;
    private final ActorSystem<?> system;
    private final Executor disk;
    private final Pieces pieces;

    private NarFeed(ActorRef<Download.Command> download, ActorSystem<?> system, Executor disk, Pieces pieces) {
        this.download = download;
        this.system = system;
        this.disk = disk;
        this.pieces = pieces;
    }

    static Source<NarEvent, NotUsed> of(ActorRef<Download.Command> download, int attempt, ActorSystem<?> system,
            Executor disk, Pieces pieces) {
        NarFeed feed = new NarFeed(download, system, disk, pieces);
        return Source.lazySource(() -> feed.pieces(attempt))
                .watchTermination((notUsed, done) -> {
                    done.whenComplete((ok, failure) -> download.tell(new ReaderGone()));
                    return NotUsed.getInstance();
                });
    }

    /** It counts as a reader while it is read. */
    private Source<NarEvent, NotUsed> pieces(int attempt) {
        pieces.opened();
        return Source.<Cursor, NarEvent>unfoldAsync(Cursor.begin(attempt), this::step)
                .watchTermination((notUsed, done) -> {
                    done.whenComplete((ok, failure) -> pieces.closed());
                    return notUsed;
                });
    }

    private CompletionStage<Optional<Pair<Cursor, NarEvent>>> step(Cursor cursor) {
        if (cursor.over()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        Position.UpTo readable = cursor.readable();
        if (readable != null && cursor.offset() == readable.end()) {
            return emit(cursor.last(), new NarEvent.Done());
        }
        // What was readable is no more when its attempt was given up meanwhile.
        return readable == null
                ? ask(cursor)
                : read(cursor, readable).exceptionallyCompose(failure -> ask(cursor.unsure()));
    }

    private CompletionStage<Optional<Pair<Cursor, NarEvent>>> ask(Cursor cursor) {
        return AskPattern.<Download.Command, Position>ask(download,
                reply -> new ReadMore(cursor.attempt(), cursor.offset(), reply), ANSWER, system.scheduler())
                .thenCompose(position -> move(cursor, position));
    }

    private CompletionStage<Optional<Pair<Cursor, NarEvent>>> move(Cursor cursor, Position position) {
        return switch (position) {
            case Position.NotYet _ -> step(cursor);
            case Position.UpTo upTo -> read(cursor, upTo);
            case Position.StartAgain again -> emit(Cursor.begin(again.attempt()), new NarEvent.Restart());
            case Position.End _ -> emit(cursor.last(), new NarEvent.Done());
            case Position.GivenUp given -> emit(cursor.last(), new NarEvent.Failed(given.reason()));
        };
    }

    private static CompletionStage<Optional<Pair<Cursor, NarEvent>>> emit(Cursor cursor, NarEvent event) {
        return CompletableFuture.completedFuture(Optional.of(Pair.create(cursor, event)));
    }

    private CompletionStage<Optional<Pair<Cursor, NarEvent>>> read(Cursor cursor, Position.UpTo upTo) {
        return CompletableFuture.supplyAsync(() -> {
            int length = (int) Math.min(pieces.bytes(), upTo.end() - cursor.offset());
            byte[] bytes = new byte[length];
            try {
                upTo.file().read(cursor.offset(), bytes, 0, length);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read the partial NAR", e);
            }
            return Optional.of(Pair.create(cursor.after(length, upTo), new NarEvent.Bytes(bytes, upTo.origin())));
        }, disk);
    }
}
