// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarSize;

/** A compression as narinfos name it (Guix: {@code guix/scripts/publish.scm}, {@code guix/utils.scm}). */
public enum Compression {
    NONE("none"), GZIP("gzip"), LZIP("lzip"), ZSTD("zstd");

    private static final int BUFFER_BYTES = 1 << 16;
    /** What {@code guix publish} takes unless it is told otherwise. */
    private static final int ZSTD_LEVEL = 3;

    private final String text;

    Compression(String text) {
        this.text = text;
    }

    /** The name in a narinfo. */
    public String text() {
        return text;
    }

    /**
     * Reads the name of a compression.
     *
     * @throws FormatException when it is none of these
     */
    public static Compression parse(String text) throws FormatException {
        for (Compression compression : values()) {
            if (compression.text.equals(text)) {
                return compression;
            }
        }
        throw new FormatException("compression: 'none', 'gzip', 'lzip' or 'zstd' expected, found "
                + FormatException.quote(text));
    }

    /**
     * Decompresses a NAR. Reading the stream throws a {@link FormatException} where the input is malformed or truncated,
     * goes on after its end, wants more memory than Guix's own files ever do (32 MiB for lzip, 128 MiB for zstd), gives
     * more than {@code bound} bytes, or is itself far longer than that; a {@link MemoryBudget.ExhaustedException} where
     * there is too little {@code memory} for it; and what reading {@code in} throws. A stream that has no memory yet waits
     * while others have it, or were there before, and gives up after half a minute, when it is interrupted (with an
     * {@link java.io.InterruptedIOException}), or at once when it needs more than there is in all. One that has some and needs
     * more waits for nobody: it gives up at once when there is too little left. Closing it closes {@code in}, and gives
     * the memory back.
     *
     * @param in the compressed bytes, read as they are needed and a little ahead
     * @param bound the most that may come out
     * @param memory what all such streams of the process share
     */
    public InputStream decompress(InputStream in, NarSize bound, DecoderMemory memory) throws IOException {
        InputStream out = switch (this) {
            case NONE -> in;
            case GZIP -> new GzipStream(new CompressedInput(text, in, bound));
            case LZIP -> new LzipStream(new CompressedInput(text, in, bound), bound,
                    new MemoryLease(memory.heap(), text));
            case ZSTD -> new ZstdStream(new CompressedInput(text, in, bound),
                    new MemoryLease(memory.outside(), text));
        };
        return new BoundedStream(text, out, bound.bytes());
    }

    /**
     * Compresses into {@code out}, quickly rather than well. Only when the stream is closed is the file whole; then {@code out} is closed.
     */
    public OutputStream compress(OutputStream out) throws IOException {
        return switch (this) {
            case NONE -> out;
            case GZIP -> new GZIPOutputStream(out, BUFFER_BYTES);
            case LZIP -> new LzipOutput(out);
            case ZSTD -> new ZstdOutputStreamNoFinalizer(out, ZSTD_LEVEL);
        };
    }

    /**
     * The most that decompressing takes of the heap besides small buffers, in bytes.
     *
     * @param bound the most that may come out
     */
    public long mostHeap(NarSize bound) {
        return this == LZIP ? LzipStream.mostHeap(bound) : 0;
    }
}
