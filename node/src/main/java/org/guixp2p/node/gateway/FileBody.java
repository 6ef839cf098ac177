// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends a part of a file, which the system hands on without a copy (sendfile). Used on the channel's event loop alone. */
final class FileBody {
    private static final Logger LOG = LoggerFactory.getLogger(FileBody.class);
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

    /** A piece of a file that stays open. */
    private final class Region extends DefaultFileRegion {
        Region(FileChannel file, long position, long count) {
            super(file, position, count);
        }

        /** @throws IOException when the file is shorter than it was, too: Netty looks when nothing more of it comes */
        @Override
        public long transferTo(WritableByteChannel target, long from) throws IOException {
            try {
                return super.transferTo(target, from);
            } catch (IOException e) {
                reset();
                throw e;
            }
        }

        @Override
        protected void deallocate() {
            // Netty would close the file.
        }
    }

    /** Netty closes the connection before anybody hears why: as if all had been said, were it not told. */
    private void reset() {
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException e) {
            LOG.trace("it is closed already", e);
        }
    }
}
