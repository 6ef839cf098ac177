// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a pipe, no longer than they may be. It reads ahead, so nobody else may read from the stream. Not for use by
 * several threads.
 */
public final class LineReader {
    private static final int CHUNK = 8192;

    private final InputStream in;
    private final int maxBytes;
    private byte[] buffer = new byte[CHUNK];
    /** What was read and not yet returned. */
    private int start;
    private int end;

    /**
     * A reader of {@code in}, which it does not close.
     *
     * @param maxBytes longest line, in bytes, its newline not counted
     */
    public LineReader(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /**
     * The next line without its newline, or null at the end of the stream.
     *
     * @throws FormatException when it is too long, not UTF-8, or the stream ends within it: the cut line of a process
     *         that died may read like a whole one
     */
    public @Nullable String read() throws IOException {
        int searched = start;
        while (true) {
            for (int i = searched; i < end; i++) {
                if (buffer[i] == '\n') {
                    String line = decode(start, i);
                    start = i + 1;
                    return line;
                }
            }
            searched = end - start;
            if (searched > maxBytes) {
                throw new FormatException("a line is longer than " + maxBytes + " bytes");
            }
            makeRoom();
            int count = in.read(buffer, end, Math.min(buffer.length - end, CHUNK));
            if (count < 0) {
                if (end > start) {
                    throw new FormatException("the stream ended within a line");
                }
                return null;
            }
            end += count;
        }
    }

    private void makeRoom() {
        int kept = end - start;
        byte[] target = kept + CHUNK > buffer.length ? new byte[2 * buffer.length] : buffer;
        System.arraycopy(buffer, start, target, 0, kept);
        buffer = target;
        start = 0;
        end = kept;
    }

    private String decode(int from, int to) throws FormatException {
        if (to - from > maxBytes) {
            throw new FormatException("a line is longer than " + maxBytes + " bytes");
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(buffer, from, to - from)).toString();
        } catch (CharacterCodingException e) {
            throw new FormatException("a line is not UTF-8: "
                    + FormatException.quote(new String(Arrays.copyOfRange(buffer, from, Math.min(to, from + 100)),
                            StandardCharsets.ISO_8859_1)),
                    e);
        }
    }
}
