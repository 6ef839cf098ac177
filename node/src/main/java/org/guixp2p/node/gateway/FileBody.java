// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import io.netty.channel.Channel;
import io.netty.channel.DefaultFileRegion;
import java.io.IOException;
import java.nio.channels.FileChannel;

/** Sends a part of a file, which the system hands on without a copy (sendfile). Used on the channel's event loop alone. */
final class FileBody {
    /**
     * So much at a time, beginning where a multiple of it lies: in between others have their turn, and each piece that was taken is
     * seen.
     */
    private static final long PIECE = 1 << 20;

    private final Channel channel;
    private final Reply.Body.InFile body;
    private final BodyEnd end;
    private long at;

    FileBody(Channel channel, Reply.Body.InFile body, BodyEnd end) {
        this.channel = channel;
        this.body = body;
        this.end = end;
        this.at = body.from();
    }

    void begin() {
        long length = Math.min(PIECE - at % PIECE, body.from() + body.length() - at);
        if (!isThere(at + length)) {
            // Netty would see it too, and end the connection as if all had been said.
            end.failed(new GatewayException("the file is shorter than it was"));
            return;
        }
        body.file().given(at, length);
        channel.writeAndFlush(new Region(body.file().channel(), at, length)).addListener(written -> {
            if (!written.isSuccess()) {
                end.failed(written.cause());
                return;
            }
            end.wrote(length);
            at += length;
            if (at == body.from() + body.length()) {
                end.sent();
            } else {
                begin();
            }
        });
    }

    private boolean isThere(long size) {
        try {
            return body.file().channel().size() >= size;
        } catch (IOException e) {
            return false;
        }
    }

    /** A piece of a file that stays open. */
    private static final class Region extends DefaultFileRegion {
        Region(FileChannel file, long position, long count) {
            super(file, position, count);
        }

        @Override
        protected void deallocate() {
            // Netty would close the file.
        }
    }
}
