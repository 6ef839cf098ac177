// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Reads requests, as long as there is room for one more: the rest stays as bytes. Netty's own decoder makes requests of all that has
 * come, be it a thousand small ones.
 */
final class RequestDecoder extends HttpRequestDecoder {
    /** So much is read at a time, and lies here at most besides the request that is being read. */
    static final int READ_BYTES = 4096;
    /** Method and version stand beside the target. */
    private static final int MOST_LINE = GivenUrls.MOST_LENGTH + 64;
    /** All headers of one request. */
    private static final int MOST_HEADER_BYTES = 8192;
    /** Of what comes behind the last request so much is read, so that it is seen that a client hangs up. */
    private static final int MOST_UNHEARD = 1 << 16;

    private final BooleanSupplier hasRoom;
    private boolean isDecoding;
    private boolean goesOn;
    private boolean isOver;
    private int unheard;

    /** @param hasRoom asked before each request, and each piece of a body */
    RequestDecoder(BooleanSupplier hasRoom) {
        super(new HttpDecoderConfig().setMaxInitialLineLength(MOST_LINE).setMaxHeaderSize(MOST_HEADER_BYTES)
                .setMaxChunkSize(READ_BYTES).setStrictLineParsing(true).setHeadersFactory(FewHeaders.FACTORY)
                .setTrailersFactory(FewHeaders.FACTORY));
        this.hasRoom = hasRoom;
    }

    /** Whether more is to be read: also when nothing has room, so that it is seen that a client hangs up. */
    boolean wantsMore() {
        return isOver
                ? unheard < MOST_UNHEARD
                : hasRoom.getAsBoolean() || actualReadableBytes() < READ_BYTES;
    }

    /** The last request was read: whatever comes behind it is none. */
    void stop() {
        isOver = true;
    }

    /**
     * There is room again for what lies here.
     *
     * @return whether it was gone on with; else that is still to come, being called from within
     */
    boolean goOn(ChannelHandlerContext context) {
        if (isDecoding) {
            goesOn = true;
            return false;
        }
        if (actualReadableBytes() > 0) {
            try {
                channelRead(context, Unpooled.EMPTY_BUFFER);
            } catch (Exception e) {
                context.fireExceptionCaught(e);
            }
        }
        return true;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) throws Exception {
        isDecoding = true;
        try {
            super.channelRead(context, bytes);
            while (goesOn) {
                goesOn = false;
                super.channelRead(context, Unpooled.EMPTY_BUFFER);
            }
        } finally {
            isDecoding = false;
        }
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> out) throws Exception {
        if (isOver) {
            unheard += bytes.readableBytes();
            bytes.skipBytes(bytes.readableBytes());
        } else if (hasRoom.getAsBoolean()) {
            super.decode(context, bytes, out);
        }
    }

    /** Whoever has no request yet would be read from without a bound. */
    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        discardSomeReadBytes();
        context.fireChannelReadComplete();
    }

    /** That no more comes says nothing of what lies here. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        context.fireUserEventTriggered(event);
    }

    /** RFC 9112, section 6.3: what has both is meant for somebody else to misread. */
    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
    }
}
