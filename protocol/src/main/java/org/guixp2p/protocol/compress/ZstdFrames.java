// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import java.io.IOException;
import java.io.InputStream;

/**
 * Passes a zstd file on and, on its way, reads as much of it as it takes to find every frame's header (RFC 8878, section
 * 3.1): the library allocates what a header asks for, so that is asked here first.
 */
final class ZstdFrames extends InputStream {
    private enum Part { MAGIC, DESCRIPTOR, HEADER, BLOCK_HEADER, SKIPPABLE_SIZE, UNKNOWN }

    private static final long MAGIC = 0xfd2fb528L;
    private static final long SKIPPABLE_MAGIC = 0x184d2a50L;
    private static final int SINGLE_SEGMENT = 1 << 5;
    private static final int CHECKSUM = 1 << 2;
    private static final int[] DICTIONARY_ID_BYTES = {0, 1, 2, 4};
    private static final int RLE = 1;

    private final InputStream in;
    private final Frames frames;
    /** The field that is read: its bytes so far, and how many it has. */
    private final byte[] field = new byte[14];
    private int have;
    private int need = 4;
    private Part part = Part.MAGIC;
    private int descriptor;
    /** Bytes that say nothing of frames. */
    private long skip;

    /** Whoever wants to know of frames. */
    @FunctionalInterface
    interface Frames {
        /**
         * A frame begins.
         *
         * @param window its size in bytes
         * @param contents their size in bytes; -1 when the frame does not tell
         * @throws IOException to end it here, before the library sees it
         */
        void begins(long window, long contents) throws IOException;
    }

    ZstdFrames(InputStream in, Frames frames) {
        this.in = in;
        this.frames = frames;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = in.read(buffer, offset, length);
        int at = offset;
        while (at < offset + count && part != Part.UNKNOWN) {
            if (skip > 0) {
                int skipped = (int) Math.min(skip, offset + count - at);
                skip -= skipped;
                at += skipped;
            } else {
                field[have] = buffer[at];
                have++;
                at++;
                if (have == need) {
                    field();
                }
            }
        }
        return count;
    }

    /** Whether what was read so far ends in the middle of a frame. */
    boolean isWithinFrame() {
        return part != Part.MAGIC || have > 0 || skip > 0;
    }

    private void expect(Part next, int bytes) {
        part = next;
        need = bytes;
        have = 0;
    }

    private void field() throws IOException {
        switch (part) {
            case MAGIC -> magic(number(0, 4));
            case DESCRIPTOR -> {
                descriptor = field[0] & 0xff;
                expect(Part.HEADER, windowBytes() + dictionaryBytes() + contentsBytes());
            }
            case HEADER -> header();
            case BLOCK_HEADER -> blockHeader((int) number(0, 3));
            case SKIPPABLE_SIZE -> {
                skip = number(0, 4);
                expect(Part.MAGIC, 4);
            }
            case UNKNOWN -> throw new IllegalStateException("nothing is expected");
        }
    }

    private void magic(long magic) {
        if (magic == MAGIC) {
            expect(Part.DESCRIPTOR, 1);
        } else if ((magic & ~0xfL) == SKIPPABLE_MAGIC) {
            expect(Part.SKIPPABLE_SIZE, 4);
        } else {
            // The library refuses it.
            expect(Part.UNKNOWN, 1);
        }
    }

    private void header() throws IOException {
        int bytes = contentsBytes();
        long contents = bytes == 0 ? -1 : number(windowBytes() + dictionaryBytes(), bytes) + (bytes == 2 ? 256 : 0);
        if (contents < 0 && bytes > 0) {
            contents = Long.MAX_VALUE;
        }
        frames.begins(isSingleSegment() ? contents : window(field[0] & 0xff), contents);
        expect(Part.BLOCK_HEADER, 3);
    }

    private static long window(int code) {
        long base = 1L << (10 + (code >> 3));
        return base + base / 8 * (code & 7);
    }

    private void blockHeader(int header) {
        boolean last = (header & 1) != 0;
        skip = (header >> 1 & 3) == RLE ? 1 : header >> 3;
        if (last) {
            skip += (descriptor & CHECKSUM) != 0 ? 4 : 0;
            expect(Part.MAGIC, 4);
        } else {
            expect(Part.BLOCK_HEADER, 3);
        }
    }

    private boolean isSingleSegment() {
        return (descriptor & SINGLE_SEGMENT) != 0;
    }

    private int windowBytes() {
        return isSingleSegment() ? 0 : 1;
    }

    private int dictionaryBytes() {
        return DICTIONARY_ID_BYTES[descriptor & 3];
    }

    private int contentsBytes() {
        int code = descriptor >> 6;
        return code == 0 ? (isSingleSegment() ? 1 : 0) : 1 << code;
    }

    private long number(int from, int bytes) {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (field[from + i] & 0xffL) << (8 * i);
        }
        return number;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
