// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import java.io.EOFException;
import java.io.IOException;
import java.util.zip.CRC32;
import org.guixp2p.protocol.item.NarSize;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.ArrayCache;
import org.tukaani.xz.BasicArrayCache;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.XZIOException;

/**
 * Reads lzip, one member or several (the lzip manual, "File format"): {@code LZIP}, a version, a coded dictionary size,
 * an LZMA stream with an end marker; then the CRC-32 of the data, its size and the size of the member, all of which are
 * checked.
 */
final class LzipStream extends DecompressedStream {
    private static final byte[] MAGIC = {'L', 'Z', 'I', 'P'};
    private static final int VERSION = 1;
    private static final int MIN_DICTIONARY_BITS = 12;
    private static final int MAX_DICTIONARY_BITS = 29;
    private static final int MIN_DICTIONARY_BYTES = 1 << MIN_DICTIONARY_BITS;
    /** What lzip and lzlib take at their highest level, and so {@code guix publish}; the format goes up to 512 MiB. */
    private static final int MAX_DICTIONARY_BYTES = 32 << 20;
    /** What the decoder takes besides. */
    private static final int OTHER_BYTES = 64 * 1024;
    /** The literal and position bits that the format prescribes. */
    private static final int LC = 3;
    private static final int LP = 0;
    private static final int PB = 2;

    private final CompressedInput in;
    private final long bound;
    private final MemoryLease memory;
    private final CRC32 crc = new CRC32();
    /** Members of a file mostly have dictionaries of one size. */
    private final ArrayCache arrays = new BasicArrayCache();
    private @Nullable LZMAInputStream member;
    private long memberStart;
    private long dataSize;
    private int members;
    private boolean seenEmptyMember;

    LzipStream(CompressedInput in, NarSize bound, MemoryLease memory) {
        this.in = in;
        this.memory = memory;
        this.bound = bound.bytes();
    }

    @Override
    int readSome(byte[] buffer, int offset, int length) throws IOException {
        try {
            while (true) {
                if (member == null) {
                    if (members > 0 && in.atEnd()) {
                        return -1;
                    }
                    member = startMember();
                }
                int count = member.read(buffer, offset, length);
                if (count > 0) {
                    crc.update(buffer, offset, count);
                    dataSize += count;
                    return count;
                }
                endMember();
                member = null;
            }
        } catch (XZIOException e) {
            throw in.malformed("corrupt data before byte " + in.consumed(), e);
        } catch (EOFException e) {
            throw in.truncated();
        }
    }

    private LZMAInputStream startMember() throws IOException {
        memberStart = in.consumed();
        for (byte wanted : MAGIC) {
            if (in.require() != wanted) {
                throw in.malformed(members > 0 ? "bytes after its end" : "not in this format");
            }
        }
        int version = in.require();
        if (version != VERSION) {
            throw in.malformed("version " + version + ", which is not known");
        }
        int dictionary = dictionaryBytes(in.require());
        memory.grow(dictionary + OTHER_BYTES);
        crc.reset();
        dataSize = 0;
        members++;
        return new LZMAInputStream(in, -1, LC, LP, PB, dictionary, null, arrays);
    }

    private int dictionaryBytes(int code) throws IOException {
        int bits = code & 0x1f;
        if (bits < MIN_DICTIONARY_BITS || bits > MAX_DICTIONARY_BITS) {
            throw in.malformed("dictionary size out of range");
        }
        int base = 1 << bits;
        int bytes = base - base / 16 * (code >> 5);
        if (bytes < MIN_DICTIONARY_BYTES) {
            throw in.malformed("dictionary size out of range");
        }
        if (bytes > MAX_DICTIONARY_BYTES) {
            throw in.malformed("wants a dictionary of " + bytes + " bytes, more than " + MAX_DICTIONARY_BYTES);
        }
        return (int) Math.min(bytes, useful(bound));
    }

    /** Nothing refers further back than to the first byte, and no byte beyond the bound counts. */
    private static long useful(long bound) {
        return Math.max(bound, MIN_DICTIONARY_BYTES);
    }

    /** The most that reading takes of the heap, in bytes, whatever the file's dictionary. */
    static long mostHeap(NarSize bound) {
        return Math.min(MAX_DICTIONARY_BYTES, useful(bound.bytes())) + OTHER_BYTES;
    }

    private void endMember() throws IOException {
        if (in.requireNumber(4) != crc.getValue()) {
            throw in.malformed("wrong checksum");
        }
        if (in.requireNumber(8) != dataSize) {
            throw in.malformed("wrong size of the data");
        }
        if (in.requireNumber(8) != in.consumed() - memberStart) {
            throw in.malformed("wrong size of a member");
        }
        // As lzip itself does: they cost work and hold nothing.
        seenEmptyMember |= dataSize == 0;
        if (seenEmptyMember && members > 1) {
            throw in.malformed("an empty member among others");
        }
    }

    @Override
    void release() throws IOException {
        member = null;
        memory.release();
        in.close();
    }
}
