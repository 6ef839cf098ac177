// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.CRC32;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;
import org.tukaani.xz.UnsupportedOptionsException;

/** Writes lzip, one member (the lzip manual, "File format"), as quickly as it can be written. */
final class LzipOutput extends OutputStream {
    /** {@code LZIP}, version 1, and a dictionary of 2^18 bytes, which is what preset 0 has. */
    private static final byte[] HEADER = {'L', 'Z', 'I', 'P', 1, 18};
    private static final int TRAILER_BYTES = 20;

    private final Counted counted;
    private final LZMAOutputStream member;
    private final CRC32 crc = new CRC32();
    private long dataSize;
    private boolean closed;

    private static final class Counted extends OutputStream {
        private final OutputStream out;
        private long bytes;

        Counted(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            bytes++;
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            out.write(buffer, offset, length);
            bytes += length;
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    LzipOutput(OutputStream out) throws IOException {
        this.counted = new Counted(out);
        counted.write(HEADER, 0, HEADER.length);
        this.member = new LZMAOutputStream(counted, options(), true);
    }

    private static LZMA2Options options() throws UnsupportedOptionsException {
        return new LZMA2Options(0);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[]{(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
        member.write(buffer, offset, length);
        crc.update(buffer, offset, length);
        dataSize += length;
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        member.finish();
        littleEndian(crc.getValue(), Integer.BYTES);
        littleEndian(dataSize, Long.BYTES);
        littleEndian(counted.bytes - Integer.BYTES - Long.BYTES + TRAILER_BYTES, Long.BYTES);
        counted.close();
    }

    private void littleEndian(long value, int bytes) throws IOException {
        for (int i = 0; i < bytes; i++) {
            counted.write((int) (value >>> (Byte.SIZE * i)) & 0xff);
        }
    }
}
