// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestDecoderTest {
    private static final String REQUEST = "GET /%04d HTTP/1.1\r\nHost:x\r\n\r\n";

    private int room;
    private int read;
    private final RequestDecoder decoder = new RequestDecoder(() -> room > 0);
    private final EmbeddedChannel channel = new EmbeddedChannel(decoder, new ChannelInboundHandlerAdapter() {
        @Override
        public void channelRead(ChannelHandlerContext context, Object next) {
            if (next instanceof HttpRequest request) {
                assertEquals("/%04d".formatted(read++), request.uri());
                room--;
            }
            ReferenceCountUtil.release(next);
        }
    });

    @AfterEach
    void end() {
        channel.finishAndReleaseAll();
    }

    private void send(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    @Test
    void whatHasNoRoomStaysAsBytesUntilItHas() {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            all.append(REQUEST.formatted(i));
        }
        assertTrue(decoder.wantsMore(), "so that it is seen that a client hangs up");
        send(all.toString());
        assertEquals(0, read);
        assertFalse(decoder.wantsMore());
        for (int i = 1; i <= 300; i++) {
            room = 1;
            decoder.goOn(channel.pipeline().firstContext());
            assertEquals(i, read);
        }
        assertTrue(decoder.wantsMore());
    }

    @Test
    void whatIsBehindTheLastRequestIsForgotten() {
        room = 1;
        send(REQUEST.formatted(0));
        assertEquals(1, read);
        decoder.stop();
        room = 1;
        for (int i = 0; i < 16; i++) {
            assertTrue(decoder.wantsMore());
            send("x".repeat(RequestDecoder.READ_BYTES));
        }
        assertEquals(1, read);
        assertFalse(decoder.wantsMore());
    }
}
