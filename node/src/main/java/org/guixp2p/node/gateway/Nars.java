// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.ResponseEntity;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.protocol.compress.Compression;

/**
 * Answers questions for NARs. What is not compressed has a length, ranges and a strong tag; what is compressed on its way has neither
 * a length nor ranges, since nobody knows where a byte of it would be.
 */
final class Nars {
    private static final ContentType NAR = MediaTypes.applicationBinary("x-nix-archive", false).toContentType();

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

    /**
     * The answer to a question for {@code item}'s NAR.
     *
     * @param sent is ended when all of a NAR was sent, or cannot be; when the answer has none, or there is no answer, by the caller
     */
    CompletionStage<HttpResponse> answer(HttpRequest request, GatewayItems.Item item, Compression compression,
            Connection connection, CompletableFuture<Done> sent) {
        String tag = tag(item, compression);
        if (Answers.header(request, "If-None-Match").filter(known -> Answers.names(known, tag)).isPresent()) {
            return CompletableFuture.completedFuture(HttpResponse.create().withStatus(StatusCodes.NOT_MODIFIED)
                    .addHeader(RawHeader.create("ETag", tag)));
        }
        long size = item.size().bytes();
        ByteSpan.Asked asked = compression == Compression.NONE ? range(request, size, tag) : new ByteSpan.Asked.Whole();
        return switch (asked) {
            case ByteSpan.Asked.Outside _ -> CompletableFuture.completedFuture(HttpResponse.create()
                    .withStatus(StatusCodes.RANGE_NOT_SATISFIABLE)
                    .addHeader(RawHeader.create("Content-Range", "bytes */" + size)));
            case ByteSpan.Asked.Whole _ -> send(request, new Sending(item, compression, new ByteSpan(0, size, size),
                    false), connection, sent);
            case ByteSpan.Asked.Span(ByteSpan span) -> send(request, new Sending(item, compression, span, true),
                    connection, sent);
        };
    }

    /** What is sent of what. */
    private record Sending(GatewayItems.Item item, Compression compression, ByteSpan span, boolean isPart) {}

    private static ByteSpan.Asked range(HttpRequest request, long size, String tag) {
        boolean changed = Answers.header(request, "If-Range").filter(known -> !known.strip().equals(tag)).isPresent();
        return changed
                ? new ByteSpan.Asked.Whole()
                : Answers.header(request, "Range").map(range -> ByteSpan.read(range, size))
                        .orElseGet(ByteSpan.Asked.Whole::new);
    }

    private CompletionStage<HttpResponse> send(HttpRequest request, Sending sending, Connection connection,
            CompletableFuture<Done> sent) {
        if (request.method().equals(HttpMethods.HEAD)) {
            return CompletableFuture.completedFuture(response(sending, Source.empty()));
        }
        if (sent.isDone()) {
            // He has gone.
            return CompletableFuture.completedFuture(Answers.nothing(request, Answers.SOON));
        }
        if (!connection.client().beginNar()) {
            return CompletableFuture.completedFuture(Answers.busy());
        }
        Places places = new Places(connection.client(), sent);
        // Opened first: what is slow to come has no place that others wait for.
        CompletionStage<HttpResponse> answer = open(request, sending, sent).thenCompose(opened -> opened.isPresent()
                ? read(opened.get(), sending, places, connection)
                : CompletableFuture.completedFuture(Answers.nothing(request, Answers.SOON)));
        // While it is opened its places are not given back: else nothing would bound what is opened for nobody.
        var _ = sent.thenCombine(answer.handle((response, failure) -> Done.getInstance()), (done, over) -> done)
                .thenRun(() -> {
                    places.giveBack();
                    connection.client().endNar();
                });
        return answer;
    }

    private CompletionStage<Optional<GatewayItems.Opened>> open(HttpRequest request, Sending sending,
            CompletionStage<Done> gone) {
        return Answers.isForOfferedAlone(request)
                ? items.openOffered(sending.item(), sending.span().from())
                : items.open(sending.item(), sending.span().from(), gone);
    }

    private CompletionStage<Boolean> coded(Places places, Compression compression) {
        return switch (compression) {
            case NONE -> CompletableFuture.completedFuture(true);
            case LZIP -> places.take(codingLzip);
            case GZIP, ZSTD -> places.take(coding);
        };
    }

    private CompletionStage<HttpResponse> read(GatewayItems.Opened opened, Sending sending, Places places,
            Connection connection) {
        // In this order: of those to compress there are fewer, and none waits for another place.
        CompletionStage<Boolean> readable = opened.isHeld()
                ? places.take(reading)
                : CompletableFuture.completedFuture(true);
        CompletionStage<Boolean> come = readable.thenCompose(may -> may
                ? coded(places, sending.compression())
                : CompletableFuture.completedFuture(false));
        return come.thenApply(may -> may
                ? response(sending, watched(opened.bytes(), sending, connection, places.sent()))
                : Answers.busy());
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
            Connection connection, CompletableFuture<Done> sent) {
        Source<ByteString, NotUsed> part = sending.span().isToEnd() ? nar : first(nar, sending.span().length());
        return CodedNar.of(part, sending.compression(), compressing).watchTermination((notUsed, done) -> {
            done.whenComplete((ok, failure) -> {
                sent.complete(Done.getInstance());
                connection.over();
            });
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

    private static HttpResponse response(Sending sending, Source<ByteString, NotUsed> bytes) {
        boolean plain = sending.compression() == Compression.NONE;
        ByteSpan span = sending.span();
        ResponseEntity entity = plain
                ? HttpEntities.create(NAR, span.length(), bytes)
                : HttpEntities.createChunked(NAR, bytes);
        List<HttpHeader> headers = new ArrayList<>(List.of(RawHeader.create("ETag",
                tag(sending.item(), sending.compression())), Answers.lasts(Answers.HIT)));
        headers.add(RawHeader.create("Accept-Ranges", plain ? "bytes" : "none"));
        if (sending.isPart()) {
            headers.add(RawHeader.create("Content-Range", span.contentRange()));
        }
        return HttpResponse.create().withStatus(sending.isPart() ? StatusCodes.PARTIAL_CONTENT : StatusCodes.OK)
                .addHeaders(headers).withEntity(entity);
    }

    /** A NAR has one hash; of what is compressed the same bytes need not come next time. */
    private static String tag(GatewayItems.Item item, Compression compression) {
        String hash = item.narinfo().narHash().base32();
        return compression == Compression.NONE ? "\"" + hash + "\"" : "W/\"" + hash + "-" + compression.text() + "\"";
    }
}
