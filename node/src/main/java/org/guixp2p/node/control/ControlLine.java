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

    private ControlLine() {}

    /**
     * Reads a line; what follows it is not looked at.
     *
     * @throws FormatException when the other side ends before the line does, or that is too long
     */
    static String read(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(MOST_BYTES);
        while (buffer.hasRemaining()) {
            int from = buffer.position();
            if (channel.read(buffer) < 0) {
                throw new FormatException("it hung up before the end of a line");
            }
            for (int i = from; i < buffer.position(); i++) {
                if (buffer.get(i) == '\n') {
                    return new String(buffer.array(), 0, i, StandardCharsets.UTF_8);
                }
            }
        }
        throw new FormatException("a line of more than " + MOST_BYTES + " bytes");
    }

    static void write(SocketChannel channel, String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
