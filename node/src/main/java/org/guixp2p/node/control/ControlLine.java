// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.guixp2p.protocol.FormatException;

/** One line of a connection. */
final class ControlLine {
    /** Of UTF-8, with the line feed at its end. */
    static final int MOST_BYTES = 4096;
    /** Likewise, of a line of an answer. */
    static final int MOST_ANSWERED = 1 << 16;

    private ControlLine() {}

    /**
     * Reads a line; what follows it is not looked at.
     *
     * @throws FormatException when the other side ends before the line does, or that is too long
     */
    static String read(SocketChannel channel) throws IOException {
        return new Reader(channel, MOST_BYTES).next();
    }

    /** Reads one line after another. */
    static final class Reader {
        private final SocketChannel channel;
        private final ByteBuffer buffer;

        /** @param most bytes of a line */
        Reader(SocketChannel channel, int most) {
            this.channel = channel;
            this.buffer = ByteBuffer.allocate(most).limit(0);
        }

        /**
         * The next line.
         *
         * @throws FormatException when the other side ends before the line does, or that is too long
         */
        String next() throws IOException {
            int from = buffer.position();
            while (true) {
                for (; from < buffer.limit(); from++) {
                    if (buffer.get(from) == '\n') {
                        String line = new String(buffer.array(), buffer.position(), from - buffer.position(),
                                StandardCharsets.UTF_8);
                        buffer.position(from + 1);
                        return line;
                    }
                }
                from = buffer.remaining();
                buffer.compact();
                if (!buffer.hasRemaining()) {
                    throw new FormatException("a line of more than " + buffer.capacity() + " bytes");
                }
                if (channel.read(buffer) < 0) {
                    throw new FormatException("it hung up before the end of a line");
                }
                buffer.flip();
            }
        }
    }

    static void write(SocketChannel channel, String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
