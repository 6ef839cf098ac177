// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.stages.Stages;

/** Sends what comes by and by: more is asked for when what came before was taken. */
final class StreamBody {
    /** Small pieces that have come meanwhile are sent together. */
    private static final long PIECE = 1 << 18;
    private static final byte[] LINE_END = {'\r', '\n'};
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Channel channel;
    private final Reply.Body.Coming body;
    private final boolean isChunked;
    private final BodyEnd end;
    private final SharedKillSwitch stop = KillSwitches.shared("gateway-body");
    /** Of what was promised; used by one piece after the other. */
    private long left;

    StreamBody(Channel channel, Reply.Body.Coming body, boolean isChunked, BodyEnd end) {
        this.channel = channel;
        this.body = body;
        this.isChunked = isChunked;
        this.end = end;
        this.left = body.length().orElse(Long.MAX_VALUE);
    }

    void begin(ActorSystem<?> system) {
        var _ = body.bytes().via(stop.flow())
                .batchWeighted(PIECE, piece -> (long) piece.size(), piece -> piece, ByteString::concat)
                .runWith(Sink.foreachAsync(1, this::send), system).thenCompose(done -> last())
                .whenComplete((done, failure) -> channel.eventLoop().execute(() -> {
                    if (failure == null) {
                        end.sent();
                    } else {
                        end.failed(Stages.cause(failure));
                    }
                }));
    }

    /** Nobody takes more of it. */
    void stop() {
        stop.abort(new GatewayException("the client has gone"));
    }

    private CompletionStage<Void> send(ByteString piece) {
        if (piece.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        left -= piece.size();
        if (left < 0) {
            return CompletableFuture.failedFuture(new GatewayException("more came than was promised"));
        }
        ByteBuf bytes = Unpooled.wrappedBuffer(piece.toArrayUnsafe());
        return write(isChunked
                ? Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(chunkHead(piece.size())), bytes,
                        Unpooled.wrappedBuffer(LINE_END))
                : bytes);
    }

    private static byte[] chunkHead(int size) {
        return (Integer.toHexString(size) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private CompletionStage<Void> last() {
        if (body.length().isPresent() && left > 0) {
            return CompletableFuture.failedFuture(new GatewayException("less came than was promised"));
        }
        return isChunked ? write(Unpooled.wrappedBuffer(LAST_CHUNK)) : CompletableFuture.completedFuture(null);
    }

    private CompletionStage<Void> write(ByteBuf bytes) {
        if (!channel.isOpen()) {
            // When the gateway ends there may be no thread any more that could say so.
            return CompletableFuture.failedFuture(new ClosedChannelException());
        }
        int size = bytes.readableBytes();
        CompletableFuture<Void> taken = new CompletableFuture<>();
        channel.writeAndFlush(bytes).addListener(written -> {
            if (written.isSuccess()) {
                end.wrote(size);
                taken.complete(null);
            } else {
                taken.completeExceptionally(written.cause());
            }
        });
        return taken;
    }
}
