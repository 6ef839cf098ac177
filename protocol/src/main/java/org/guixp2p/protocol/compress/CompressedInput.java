// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarSize;

/** The bytes of a compressed file, buffered, counted, and with words for what is wrong with them. */
final class CompressedInput extends InputStream {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int SLACK_BYTES = 64 * 1024;

    private final String format;
    private final InputStream in;
    private final long bound;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int limit;
    private long consumedBefore;

    /**
     * Reads {@code in}, which holds {@code decompressed} bytes at most. Formats have ways to go on for ever and say
     * nothing; no honest file is much larger than what it holds.
     */
    CompressedInput(String format, InputStream in, NarSize decompressed) {
        this.format = format;
        this.in = in;
        this.bound = decompressed.bytes() + decompressed.bytes() / 8 + SLACK_BYTES;
    }

    FormatException malformed(String what) {
        return new FormatException(format + ": " + what);
    }

    FormatException malformed(String what, Throwable cause) {
        return new FormatException(format + ": " + what, cause);
    }

    FormatException truncated() {
        return malformed("truncated after " + consumed() + " bytes");
    }

    /** The number of bytes taken so far. */
    long consumed() {
        return consumedBefore + position;
    }

    /** Whether there is no byte left. */
    boolean atEnd() throws IOException {
        while (position == limit) {
            consumedBefore += limit;
            position = 0;
            limit = 0;
            int count = in.read(buffer, 0, buffer.length);
            if (count < 0) {
                return true;
            }
            limit = count;
            if (consumedBefore + limit > bound) {
                throw malformed("more than " + bound + " bytes, longer than what it may hold");
            }
        }
        return false;
    }

    @Override
    public int read() throws IOException {
        return atEnd() ? -1 : buffer[position++] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (atEnd()) {
            return -1;
        }
        int count = Math.min(length, limit - position);
        System.arraycopy(buffer, position, target, offset, count);
        position += count;
        return count;
    }

    /** The next byte, which must be there. */
    int require() throws IOException {
        int next = read();
        if (next < 0) {
            throw truncated();
        }
        return next;
    }

    /** The next {@code bytes} bytes, at most 8, as a little-endian number. */
    long requireNumber(int bytes) throws IOException {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (long) require() << (8 * i);
        }
        return number;
    }

    /** Gives {@code inflater} what is there and inflates; at least one byte must be there. */
    int inflate(Inflater inflater, byte[] target, int offset, int length) throws IOException, DataFormatException {
        inflater.setInput(buffer, position, limit - position);
        int count = inflater.inflate(target, offset, length);
        position = limit - inflater.getRemaining();
        return count;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
