// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import java.io.IOException;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads gzip (RFC 1952): one member or several, to the last byte. The JDK's own {@code GZIPInputStream} takes trailing
 * garbage, and a member that begins when the input happens to have nothing at hand, for the end.
 */
final class GzipStream extends DecompressedStream {
    private static final int HEADER_CRC = 1 << 1;
    private static final int EXTRA = 1 << 2;
    private static final int NAME = 1 << 3;
    private static final int COMMENT = 1 << 4;
    private static final int RESERVED = 0xe0;
    private static final int DEFLATE = 8;
    /** Of a name or a comment; there is no reason for either here. */
    private static final int MAX_TEXT_BYTES = 64 * 1024;

    private final CompressedInput in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final CRC32 headerCrc = new CRC32();
    private boolean inMember;
    private boolean seenMember;

    GzipStream(CompressedInput in) {
        this.in = in;
    }

    @Override
    int readSome(byte[] buffer, int offset, int length) throws IOException {
        while (true) {
            if (!inMember) {
                if (seenMember && in.atEnd()) {
                    return -1;
                }
                startMember();
            }
            if (in.atEnd() && !inflater.finished()) {
                throw in.truncated();
            }
            int count = inflate(buffer, offset, length);
            crc.update(buffer, offset, count);
            if (inflater.finished()) {
                endMember();
            }
            if (count > 0) {
                return count;
            }
        }
    }

    private int inflate(byte[] buffer, int offset, int length) throws IOException {
        try {
            int count = in.inflate(inflater, buffer, offset, length);
            if (inflater.needsDictionary()) {
                throw in.malformed("wants a preset dictionary");
            }
            return count;
        } catch (DataFormatException e) {
            throw in.malformed("corrupt data before byte " + in.consumed(), e);
        }
    }

    private void startMember() throws IOException {
        headerCrc.reset();
        if (header() != 0x1f || header() != 0x8b) {
            throw in.malformed(seenMember ? "bytes after its end" : "not in this format");
        }
        if (header() != DEFLATE) {
            throw in.malformed("unknown compression method");
        }
        int flags = header();
        if ((flags & RESERVED) != 0) {
            throw in.malformed("unknown flags");
        }
        // Time, extra flags, operating system.
        skip(6);
        if ((flags & EXTRA) != 0) {
            skip(header() | header() << 8);
        }
        if ((flags & NAME) != 0) {
            skipText();
        }
        if ((flags & COMMENT) != 0) {
            skipText();
        }
        if ((flags & HEADER_CRC) != 0) {
            long wanted = headerCrc.getValue() & 0xffff;
            if (in.requireNumber(2) != wanted) {
                throw in.malformed("wrong checksum of the header");
            }
        }
        inflater.reset();
        crc.reset();
        inMember = true;
        seenMember = true;
    }

    private int header() throws IOException {
        int next = in.require();
        headerCrc.update(next);
        return next;
    }

    private void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            header();
        }
    }

    private void skipText() throws IOException {
        int length = 0;
        while (header() != 0) {
            length++;
            if (length > MAX_TEXT_BYTES) {
                throw in.malformed("name or comment longer than " + MAX_TEXT_BYTES + " bytes");
            }
        }
    }

    private void endMember() throws IOException {
        if (in.requireNumber(4) != crc.getValue()) {
            throw in.malformed("wrong checksum");
        }
        if (in.requireNumber(4) != (inflater.getBytesWritten() & 0xffff_ffffL)) {
            throw in.malformed("wrong size");
        }
        inMember = false;
    }

    @Override
    void release() throws IOException {
        inflater.end();
        in.close();
    }
}
