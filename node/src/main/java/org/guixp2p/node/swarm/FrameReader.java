// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.guixp2p.protocol.swarm.FrameDecoder;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;

/** Reads messages from a stream. */
final class FrameReader {
    /** What is told how many bytes came. */
    interface Progress {
        void read(int count);
    }

    private FrameReader() {}

    /**
     * The next message of a stream, or null at its end.
     *
     * @throws EOFException when it ends within a frame
     * @throws org.guixp2p.protocol.FormatException when what came is no message
     */
    static @Nullable SwarmMessage next(InputStream in, FrameDecoder frames, Progress progress) throws IOException {
        while (true) {
            ByteBuffer space = frames.space();
            int count = in.read(space.array(), space.arrayOffset() + space.position(), space.remaining());
            if (count < 0) {
                if (frames.midFrame()) {
                    throw new EOFException("the peer hung up within a frame");
                }
                return null;
            }
            progress.read(count);
            space.position(space.position() + count);
            SwarmMessage message = frames.advance();
            if (message != null) {
                return message;
            }
        }
    }
}
