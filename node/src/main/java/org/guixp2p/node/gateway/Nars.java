// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.node.swarm.NarFile;
import org.guixp2p.protocol.compress.Compression;

/**
 * Answers questions for NARs. What is not compressed has a length, ranges and a strong tag; what is compressed on its way has neither
 * a length nor ranges, since nobody knows where a byte of it would be.
 */
final class Nars {
    private static final String NAR = "application/x-nix-archive";

    /** zstd's and gzip's encoders lie outside of the heap, with 4 MiB each at most. */
    private static final int CODED_AT_A_TIME = 8;
    /** One of lzip has 2.6 MiB of the heap. */
    private static final int LZIP_AT_A_TIME = 2;
    /** Who reads slowly keeps a place, and the next one has waited for nothing yet that Guix would not wait for. */
    private static final Duration HELD_WITHIN = Duration.ofMinutes(10);

    private final GatewayItems items;
    private final Executor compressing;
    private final Turns coding;
    private final Turns codingLzip;
    private final Turns reading;

    /**
     * @param compressing where NARs are compressed
     * @param reading how many that lie here are read at a time
     * @param within who finds no place to have one compressed waits so long
     */
    Nars(GatewayItems items, Executor compressing, int reading, Duration within) {
        this.items = items;
        this.compressing = compressing;
        this.coding = new Turns(CODED_AT_A_TIME, within);
        this.codingLzip = new Turns(LZIP_AT_A_TIME, within);
        this.reading = new Turns(reading, HELD_WITHIN);
    }

    /** What is asked for of which item. */
    record Wanted(GatewayItems.Item item, Compression compression) {}

    /**
     * The answer to a question for an item's NAR.
     *
     * @param sent is ended when all of a NAR was sent, or cannot be; when the answer has none, or there is no answer, by the caller
     */
    CompletionStage<Reply> answer(Request request, Wanted wanted, Clients.Client client, CompletableFuture<Done> sent) {
        String tag = tag(wanted.item(), wanted.compression());
        if (request.ifNoneMatch().filter(known -> Answers.names(known, tag)).isPresent()) {
            return CompletableFuture.completedFuture(Reply.of(Reply.NOT_MODIFIED).with("ETag", tag));
        }
        long size = wanted.item().size().bytes();
        ByteSpan.Asked asked = wanted.compression() == Compression.NONE
                ? range(request, size, tag)
                : new ByteSpan.Asked.Whole();
        return switch (asked) {
            case ByteSpan.Asked.Outside _ -> CompletableFuture.completedFuture(
                    Reply.of(Reply.RANGE_NOT_SATISFIABLE).with("Content-Range", "bytes */" + size));
            case ByteSpan.Asked.Whole _ ->
                send(request, new Sending(wanted, new ByteSpan(0, size, size), false), client,
                        sent);
            case ByteSpan.Asked.Span(ByteSpan span) -> send(request, new Sending(wanted, span, true), client, sent);
        };
    }

    /** What is sent of what. */
    private record Sending(Wanted wanted, ByteSpan span, boolean isPart) {
        GatewayItems.Item item() {
            return wanted.item();
        }

        Compression compression() {
            return wanted.compression();
        }

        boolean isPlain() {
            return wanted.compression() == Compression.NONE;
        }
    }

    private static ByteSpan.Asked range(Request request, long size, String tag) {
        boolean changed = request.ifRange().filter(known -> !known.strip().equals(tag)).isPresent();
        return changed
                ? new ByteSpan.Asked.Whole()
                : request.range().map(range -> ByteSpan.read(range, size)).orElseGet(ByteSpan.Asked.Whole::new);
    }

    private CompletionStage<Reply> send(Request request, Sending sending, Clients.Client client,
            CompletableFuture<Done> sent) {
        if (request.isHead()) {
            return CompletableFuture.completedFuture(coming(sending, Source.empty()));
        }
        if (sent.isDone()) {
            // He has gone.
            return CompletableFuture.completedFuture(Answers.nothing(request, Answers.SOON));
        }
        if (!client.beginNar()) {
            return CompletableFuture.completedFuture(Answers.busy());
        }
        Places places = new Places(client, sent);
        // Opened first: what is slow to come has no place that others wait for.
        CompletionStage<Reply> answer = Stages.begin(() -> open(request, sending, sent))
                .thenCompose(opened -> opened.isPresent()
                        ? read(opened.get(), sending, places)
                        : CompletableFuture.completedFuture(Answers.nothing(request, Answers.SOON)));
        // While it is opened its places are not given back: else nothing would bound what is opened for nobody.
        var _ = sent.thenCombine(answer.handle((reply, failure) -> Done.getInstance()), (done, over) -> done)
                .thenRun(() -> {
                    places.giveBack();
                    client.endNar();
                });
        return answer;
    }

    private CompletionStage<Optional<GatewayItems.Opened>> open(Request request, Sending sending,
            CompletionStage<Done> gone) {
        return request.isForOfferedAlone()
                ? items.openOffered(sending.item(), sending.span().from())
                : items.open(sending.item(), sending.span().from(), gone);
    }

    private CompletionStage<Reply> read(GatewayItems.Opened opened, Sending sending, Places places) {
        return switch (opened) {
            case GatewayItems.Opened.Coming(var bytes) -> readBytes(bytes, sending, places,
                    CompletableFuture.completedFuture(true));
            case GatewayItems.Opened.Held held when sending.isPlain() -> held.file().get()
                    // As blocks it may be there, and why it is not is said there.
                    .exceptionally(failure -> Optional.empty())
                    .thenCompose(file -> file.isPresent()
                            ? CompletableFuture.completedFuture(inFile(file.get(), sending, places.sent()))
                            : readBytes(held.bytes(), sending, places, places.take(reading)));
            case GatewayItems.Opened.Held held -> readBytes(held.bytes(), sending, places, places.take(reading));
        };
    }

    /** What the system itself hands on to the client takes no memory here, and needs no place. */
    private static Reply inFile(NarFile file, Sending sending, CompletableFuture<Done> sent) {
        var _ = sent.thenRun(file::close);
        ByteSpan span = sending.span();
        return reply(sending, new Reply.Body.InFile(file, span.from(), span.length(),
                () -> sent.complete(Done.getInstance())));
    }

    /** @param readable whether it has its place to be read at all */
    private CompletionStage<Reply> readBytes(Source<ByteString, NotUsed> nar, Sending sending, Places places,
            CompletionStage<Boolean> readable) {
        // In this order: of those to compress there are fewer, and none waits for another place.
        CompletionStage<Boolean> come = readable.thenCompose(may -> may
                ? coded(places, sending.compression())
                : CompletableFuture.completedFuture(false));
        return come.thenApply(may -> may
                ? coming(sending, watched(nar, sending, places.sent()))
                : Answers.busy());
    }

    private CompletionStage<Boolean> coded(Places places, Compression compression) {
        return switch (compression) {
            case NONE -> CompletableFuture.completedFuture(true);
            case LZIP -> places.take(codingLzip);
            case GZIP, ZSTD -> places.take(coding);
        };
    }

    /** What one NAR has taken, or waits for; whoever goes away waits no more. */
    private record Places(Clients.Client client, CompletableFuture<Done> sent, Queue<Runnable> back) {
        Places(Clients.Client client, CompletableFuture<Done> sent) {
            this(client, sent, new ConcurrentLinkedQueue<>());
        }

        CompletionStage<Boolean> take(Turns turns) {
            Turns.Turn turn = turns.take(client);
            back.add(() -> turns.giveBack(turn));
            var _ = sent.thenRun(() -> turns.leave(turn));
            return turn.whenCome().thenApply(come -> come && !sent.isDone());
        }

        void giveBack() {
            back.forEach(Runnable::run);
        }
    }

    private Source<ByteString, NotUsed> watched(Source<ByteString, NotUsed> nar, Sending sending,
            CompletableFuture<Done> sent) {
        Source<ByteString, NotUsed> part = sending.span().isToEnd() ? nar : first(nar, sending.span().length());
        return CodedNar.of(part, sending.compression(), compressing).watchTermination((notUsed, done) -> {
            done.whenComplete((ok, failure) -> sent.complete(Done.getInstance()));
            return notUsed;
        });
    }

    /** The first {@code length} bytes, at least 1; the rest is not asked for. */
    static Source<ByteString, NotUsed> first(Source<ByteString, NotUsed> bytes, long length) {
        return Source.lazySource(() -> {
            long[] left = {length};
            return bytes.map(some -> {
                ByteString taken = some.size() > left[0] ? some.take((int) left[0]) : some;
                left[0] -= taken.size();
                return taken;
            }).takeWhile(some -> left[0] > 0, true);
        }).mapMaterializedValue(later -> NotUsed.getInstance());
    }

    private static Reply coming(Sending sending, Source<ByteString, NotUsed> bytes) {
        OptionalLong length = sending.isPlain() ? OptionalLong.of(sending.span().length()) : OptionalLong.empty();
        return reply(sending, new Reply.Body.Coming(length, bytes));
    }

    private static Reply reply(Sending sending, Reply.Body body) {
        Reply whole = Answers.lasting(Reply.of(sending.isPart() ? Reply.PARTIAL_CONTENT : Reply.OK), Answers.HIT)
                .with("Content-Type", NAR).with("ETag", tag(sending.item(), sending.compression()))
                .with("Accept-Ranges", sending.isPlain() ? "bytes" : "none").with(body);
        return sending.isPart() ? whole.with("Content-Range", sending.span().contentRange()) : whole;
    }

    /** A NAR has one hash; of what is compressed the same bytes need not come next time. */
    private static String tag(GatewayItems.Item item, Compression compression) {
        String hash = item.narinfo().narHash().base32();
        return compression == Compression.NONE ? "\"" + hash + "\"" : "W/\"" + hash + "-" + compression.text() + "\"";
    }
}
