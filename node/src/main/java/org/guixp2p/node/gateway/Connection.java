// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: reads questions as far as there is room for them, has them answered, and ends when nothing is asked for, when
 * the client takes nothing, or when it has gone. Used on the channel's event loop, but for {@link #cut}.
 */
final class Connection extends ChannelInboundHandlerAdapter {
    /** Guix sends many questions behind one another; so many are looked into at a time. */
    static final int PIPELINED = 64;
    /** What these may take of the heap, so that long ones are fewer. */
    static final int PIPELINED_BYTES = 32 << 10;
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    /** How often in the time that it may do nothing it is looked at. */
    private static final int LOOKS = 4;
    /** So long it may go on with what is not heard: to hang up on who is sending loses the last answer. */
    private static final long UNHEARD_SECONDS = 2;

    private final SocketChannel channel;
    private final Routes routes;
    private final GatewaySettings settings;
    private final LongSupplier nanoTime;
    private final NarsInTurn nars;
    private final AnswerWriter answers;
    private final Uptake uptake;
    private final RequestDecoder decoder = new RequestDecoder(this::hasRoom);
    private @Nullable ChannelHandlerContext decoding;
    /** The question whose body is being read. */
    private RequestReader.@Nullable Read coming;
    private long bodyBytes;
    /** No more questions are taken. */
    private boolean isLastRead;
    private boolean hasClientEnded;
    /** When it last was not quiet. */
    private long quietSince;

    /** @param system where NARs that come by and by run */
    Connection(SocketChannel channel, Clients.Client client, Routes routes, GatewaySettings settings,
            ActorSystem<?> system, LongSupplier nanoTime) {
        this.channel = channel;
        this.routes = routes;
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.nars = new NarsInTurn(client);
        this.answers = new AnswerWriter(channel, system, new AnswersOwner());
        this.quietSince = nanoTime.getAsLong();
        this.uptake = new Uptake(settings.stalled().toNanos(), quietSince);
    }

    /** Begins to serve. */
    void begin() {
        channel.pipeline().addLast(decoder, this);
        decoding = channel.pipeline().context(decoder);
    }

    /** Ends it at once, whatever is under way; from any thread. What lies in the system's buffers is not sent. */
    void cut() {
        try {
            channel.config().setSoLinger(0);
        } catch (ChannelException e) {
            LOG.trace("it is closed already", e);
        }
        hangUp();
    }

    private void hangUp() {
        var _ = channel.close();
    }

    private boolean hasRoom() {
        return !isLastRead && answers.waiting() < PIPELINED && answers.memory() < PIPELINED_BYTES;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        Duration bound = settings.idle().compareTo(settings.stalled()) < 0 ? settings.idle() : settings.stalled();
        long pause = Math.max(1, bound.dividedBy(LOOKS).toNanos());
        var looks = channel.eventLoop().scheduleWithFixedDelay(this::look, pause, pause, TimeUnit.NANOSECONDS);
        channel.closeFuture().addListener(closed -> looks.cancel(false));
        context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        try {
            if (isLastRead) {
                return;
            }
            answers.hold();
            if (read instanceof HttpRequest request) {
                coming = RequestReader.read(request);
                bodyBytes = 0;
                if (coming.isAnsweredAtOnce()) {
                    ask();
                }
            }
            if (read instanceof HttpContent content && coming != null) {
                readBody(content);
            }
        } finally {
            ReferenceCountUtil.release(read);
        }
    }

    private void readBody(HttpContent content) {
        bodyBytes += content.content().readableBytes();
        if (content.decoderResult().isFailure()) {
            coming = RequestReader.refused(Reply.BAD_REQUEST);
            ask();
        } else if (bodyBytes > RequestReader.MOST_BODY) {
            coming = RequestReader.refused(Reply.CONTENT_TOO_LARGE);
            ask();
        } else if (content instanceof LastHttpContent) {
            ask();
        }
    }

    /** All of a question has come, or enough. */
    private void ask() {
        switch (coming) {
            case null -> LOG.trace("nothing was asked");
            case RequestReader.Read.Refused(Reply reply) -> {
                endQuestions();
                answers.answer(answers.add(RequestReader.Manner.REFUSED, 0), reply);
            }
            case RequestReader.Read.Question(Request request, RequestReader.Manner how) -> {
                if (how.isLast()) {
                    endQuestions();
                }
                AnswerWriter.Slot slot = answers.add(how, request.memory());
                var _ = routes.answer(request, nars).thenAccept(reply -> {
                    if (channel.eventLoop().inEventLoop()) {
                        answers.answer(slot, reply);
                    } else {
                        channel.eventLoop().execute(() -> answers.answer(slot, reply));
                    }
                });
            }
        }
        coming = null;
        if (hasClientEnded) {
            endWithClient();
        }
    }

    private void endQuestions() {
        isLastRead = true;
        decoder.stop();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        answers.letGo();
        readOn();
    }

    private void readOn() {
        if (!hasClientEnded && channel.isActive() && decoder.wantsMore()) {
            channel.read();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        answers.write();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            hasClientEnded = true;
            endWithClient();
        }
    }

    /**
     * The client has said that it asks for nothing more, which is all that is heard of one that has hung up: it gets the small answers that
     * it has asked for, but for nobody a NAR is fetched.
     */
    private void endWithClient() {
        if (nars.isAnyWanted() || answers.isSendingBody()) {
            cut();
        } else if (answers.isQuiet()) {
            hangUp();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        LOG.debug("{}", failure.toString());
        cut();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        endQuestions();
        answers.end();
        nars.end();
    }

    private void look() {
        long now = nanoTime.getAsLong();
        if (!answers.isQuiet()) {
            quietSince = now;
        } else if (now - quietSince >= settings.idle().toNanos()) {
            hangUp();
            return;
        }
        if (uptake.hasStalled(now, answers.written(), answers.isAnythingThere())) {
            cut();
        }
    }

    /** What becomes of answers. */
    private final class AnswersOwner implements AnswerWriter.Owner {
        @Override
        public void answered() {
            quietSince = nanoTime.getAsLong();
            // From within the decoder all that is done when it has come to its end.
            if (!isLastRead && channel.isActive() && decoding != null && decoder.goOn(decoding)) {
                answers.letGo();
                readOn();
            }
            if (hasClientEnded) {
                endWithClient();
            }
        }

        @Override
        public void last() {
            endQuestions();
            // What is not heard is read all the same: what lies unread when it is hung up on would cost the answer its end.
            readOn();
        }

        @Override
        public void ended(RequestReader.Manner how) {
            if (hasClientEnded) {
                hangUp();
                return;
            }
            channel.shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            var _ = channel.eventLoop().schedule(Connection.this::hangUp, UNHEARD_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        public void failed(RequestReader.Manner how, Throwable why) {
            LOG.debug("{}", why.toString());
            // Guix takes a reset for a fault of the network, and goes on with the next server; by an end it is ended itself. And of
            // HTTP/1.0 nothing but the end says that it is one.
            cut();
        }
    }
}
