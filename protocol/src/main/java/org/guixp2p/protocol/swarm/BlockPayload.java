// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.util.Arrays;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * A block as it goes over the wire: its bytes as they are, or one zstd stream of them (RFC 8878). The arrays are handed on,
 * not copied: nobody changes one that has become a payload.
 */
public final class BlockPayload {
    /** How a payload is to be read. */
    public enum Encoding {
        /** The block's bytes as they are. */
        RAW(0),
        /** One zstd stream of them. */
        ZSTD(1);

        private final int code;

        Encoding(int code) {
            this.code = code;
        }

        /** The byte on the wire. */
        int code() {
            return code;
        }

        static @Nullable Encoding ofCode(int code) {
            return switch (code) {
                case 0 -> RAW;
                case 1 -> ZSTD;
                default -> null;
            };
        }
    }

    private final Encoding encoding;
    private final int rawLength;
    private final byte[] bytes;

    private BlockPayload(Encoding encoding, int rawLength, byte[] bytes) {
        this.encoding = encoding;
        this.rawLength = rawLength;
        this.bytes = bytes;
    }

    /**
     * A block as it is.
     *
     * @throws IllegalArgumentException when it has no byte, or more than a block has
     */
    public static BlockPayload raw(byte[] block) {
        return of(Encoding.RAW, block.length, block);
    }

    /**
     * What stands in a frame.
     *
     * @throws IllegalArgumentException when the lengths cannot be those of a block; a zstd payload is shorter than its block
     */
    public static BlockPayload of(Encoding encoding, int rawLength, byte[] bytes) {
        boolean fits = rawLength > 0 && rawLength <= BlockLayout.BLOCK_BYTES && bytes.length > 0 && switch (encoding) {
            case RAW -> bytes.length == rawLength;
            case ZSTD -> bytes.length < rawLength;
        };
        if (!fits) {
            throw new IllegalArgumentException(
                    "no block: " + bytes.length + " bytes, " + encoding + ", for " + rawLength);
        }
        return new BlockPayload(encoding, rawLength, bytes);
    }

    /**
     * Compresses a block if that saves at least an eighth of it; otherwise takes it as it is. Costs CPU: not for a thread
     * that others wait for. A block whose bytes look like noise is not even tried: one that repeats itself all the same goes
     * as it is, which is a pity for few.
     *
     * @param level zstd's, from 1 to 22
     */
    public static BlockPayload compress(byte[] block, int level) {
        if (Noise.looksLike(block)) {
            return raw(block);
        }
        // Room for the worst case: the library throws when there is too little, at some cost.
        byte[] target = new byte[(int) Zstd.compressBound(block.length)];
        long length = Zstd.compressByteArray(target, 0, target.length, block, 0, block.length, level);
        if (length * 8 > block.length * 7L) {
            return raw(block);
        }
        return of(Encoding.ZSTD, block.length, Arrays.copyOf(target, (int) length));
    }

    /**
     * The block's own bytes, {@link #rawLength} of them. A raw payload gives its array, without a copy.
     *
     * @throws FormatException when a zstd payload is damaged, or not of exactly that length
     */
    public byte[] block() throws FormatException {
        return switch (encoding) {
            case RAW -> bytes;
            case ZSTD -> decompressed();
        };
    }

    private byte[] decompressed() throws FormatException {
        byte[] block = new byte[rawLength];
        try {
            long length = Zstd.decompressByteArray(block, 0, rawLength, bytes, 0, bytes.length);
            if (length == rawLength) {
                return block;
            }
            String found = Zstd.isError(length) ? Zstd.getErrorName(length) : length + " bytes";
            throw new FormatException("block: zstd of " + rawLength + " bytes expected, found " + found);
        } catch (ZstdException e) {
            throw new FormatException("block: zstd of " + rawLength + " bytes expected: " + e.getMessage(), e);
        }
    }

    public Encoding encoding() {
        return encoding;
    }

    /** Length of the block in bytes, from 1 to 262,144. */
    public int rawLength() {
        return rawLength;
    }

    /** Length in bytes of what goes over the wire. */
    public int wireLength() {
        return bytes.length;
    }

    /** What goes over the wire; not a copy. */
    byte[] bytes() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BlockPayload that && encoding == that.encoding && rawLength == that.rawLength
                && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return rawLength + " bytes as " + bytes.length + " of " + encoding;
    }
}
