// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.util.Arrays;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * A block as it goes over the wire: its bytes as they are, or one zstd stream of them (RFC 8878), which may refer to what is in
 * its <em>prefix</em>, the {@link BlockLayout#PREFIX_BLOCKS} blocks before it. The arrays are handed on, not copied: nobody
 * changes one that has become a payload.
 */
public final class BlockPayload {
    /** How a payload is to be read. */
    public enum Encoding {
        /** The block's bytes as they are. */
        RAW(0),
        /** One zstd stream of them. */
        ZSTD(1),
        /** One zstd stream of them that is read behind the block's prefix. */
        ZSTD_PREFIXED(2);

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
                case 2 -> ZSTD_PREFIXED;
                default -> null;
            };
        }
    }

    /** How a dictionary in zstd's own format begins (RFC 8878, section 5). */
    private static final byte[] DICTIONARY = {0x37, (byte) 0xa4, 0x30, (byte) 0xec};

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
            case ZSTD, ZSTD_PREFIXED -> bytes.length < rawLength;
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
        byte[] target = target(block);
        return smaller(Encoding.ZSTD, block, target,
                Zstd.compressByteArray(target, 0, target.length, block, 0, block.length, level));
    }

    /**
     * Like {@link #compress(byte[], int)}, for whoever has the blocks before this one; costs two to three times as much. A
     * block that looks like noise is tried when it seems to repeat some of its prefix, as compressed files do that come twice.
     *
     * @param prefix the bytes of the blocks before, not empty; the whole of them, or whoever reads it gets something else
     */
    public static BlockPayload compress(byte[] block, byte[] prefix, int level) {
        if (Noise.looksLike(block) && !Repetition.ofMuch(block, prefix)) {
            return raw(block);
        }
        byte[] target = target(block);
        return smaller(Encoding.ZSTD_PREFIXED, block, target,
                Zstd.compressUsingDict(target, 0, block, 0, block.length, content(prefix), level));
    }

    /** Room for the worst case: the library throws when there is too little, at some cost. */
    private static byte[] target(byte[] block) {
        return new byte[(int) Zstd.compressBound(block.length)];
    }

    private static BlockPayload smaller(Encoding encoding, byte[] block, byte[] compressed, long length) {
        return length * 8 > block.length * 7L
                ? raw(block)
                : of(encoding, block.length, Arrays.copyOf(compressed, (int) length));
    }

    /**
     * What the library takes for a dictionary of bare content. A prefix is never a dictionary in zstd's format, even where it
     * looks like one: distances count from the end, so another byte in front changes nothing but that.
     */
    private static byte[] content(byte[] prefix) {
        if (!Arrays.equals(prefix, 0, Math.min(prefix.length, DICTIONARY.length), DICTIONARY, 0, DICTIONARY.length)) {
            return prefix;
        }
        byte[] content = new byte[prefix.length + 1];
        System.arraycopy(prefix, 0, content, 1, prefix.length);
        return content;
    }

    /**
     * The block's own bytes, {@link #rawLength} of them. A raw payload gives its array, without a copy.
     *
     * @throws FormatException when a zstd payload is damaged, not of exactly that length, or needs the block's prefix
     */
    public byte[] block() throws FormatException {
        return switch (encoding) {
            case RAW -> bytes;
            case ZSTD -> decompressed(block -> Zstd.decompressByteArray(block, 0, rawLength, bytes, 0, bytes.length));
            case ZSTD_PREFIXED -> throw new FormatException("block: it cannot be read without the blocks before it");
        };
    }

    /**
     * Like {@link #block()}, for any encoding.
     *
     * @param prefix the bytes of the blocks before; looked at when the encoding needs it. Others than the sender had may give
     *         other bytes without an error
     */
    public byte[] block(byte[] prefix) throws FormatException {
        return encoding == Encoding.ZSTD_PREFIXED
                ? decompressed(block -> Zstd.decompressUsingDict(block, 0, bytes, 0, bytes.length, content(prefix)))
                : block();
    }

    /** Fills a block; its length, or an error of the library. */
    private interface Decompression {
        long into(byte[] block);
    }

    private byte[] decompressed(Decompression decompression) throws FormatException {
        byte[] block = new byte[rawLength];
        try {
            long length = decompression.into(block);
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
