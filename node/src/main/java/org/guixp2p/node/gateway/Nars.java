// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
import org.guixp2p.node.stages.Stages;
import org.guixp2p.protocol.compress.Compression;

/**
 * Answers questions for NARs. What is not compressed has a length, ranges and a strong tag; what is compressed on its way has neither
 * a length nor ranges, since nobody knows where a byte of it would be.
 */
final class Nars {
    private static final ContentType NAR = MediaTypes.applicationBinary("x-nix-archive", false).toContentType();

    /** So many are compressed at a time: an encoder takes some MiB. */
    private static final int CODED_AT_A_TIME = 2;

    private final GatewayItems items;
    private final Turns coding = new Turns(CODED_AT_A_TIME);
    private final Executor compressing;
    private final Duration stalled;

    /**
     * @param compressing where NARs are compressed
     * @param stalled a client that takes nothing for so long has gone
     */
    Nars(GatewayItems items, Executor compressing, Duration stalled) {
        this.items = items;
        this.compressing = compressing;
        this.stalled = stalled;
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
        // Before it is opened: what is fetched has to be read at once.
        Optional<Turns.Turn> place = sending.compression() == Compression.NONE
                ? Optional.empty()
                : Optional.of(coding.take());
        CompletionStage<Optional<Source<ByteString, NotUsed>>> opened = place
                .<CompletionStage<Boolean>>map(Turns.Turn::whenCome).orElse(CompletableFuture.completedFuture(true))
                .thenCompose(come -> sent.isDone()
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : Answers.isForOfferedAlone(request)
                                ? items.openOffered(sending.item(), sending.span().from())
                                : items.open(sending.item(), sending.span().from()));
        // Whoever goes away while it waits gives its place up at once; while it is opened, only when it is open: else nothing would
        // bound what is opened for nobody.
        var _ = sent.thenRun(() -> place.ifPresent(coding::leave));
        var _ = sent.thenCombine(opened.handle((nar, failure) -> Done.getInstance()), (done, over) -> done)
                .thenRun(() -> {
                    place.ifPresent(coding::giveBack);
                    connection.client().endNar();
                });
        return opened
                .thenApply(found -> found.map(nar -> response(sending, watched(nar, sending, connection, sent)))
                        .orElseGet(() -> Answers.nothing(request, Answers.SOON)));
    }

    private Source<ByteString, NotUsed> watched(Source<ByteString, NotUsed> nar, Sending sending,
            Connection connection, CompletableFuture<Done> sent) {
        Source<ByteString, NotUsed> part = sending.span().isToEnd() ? nar : first(nar, sending.span().length());
        // That the source has nothing yet is no reason: only the client's not taking anything is.
        return CodedNar.of(part, sending.compression(), compressing).backpressureTimeout(stalled)
                .watchTermination((notUsed, done) -> {
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
