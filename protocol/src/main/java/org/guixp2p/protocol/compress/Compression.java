// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import java.io.IOException;
import java.io.InputStream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarSize;

/** A compression as narinfos name it (Guix: {@code guix/scripts/publish.scm}, {@code guix/utils.scm}). */
public enum Compression {
    NONE("none"), GZIP("gzip"), LZIP("lzip"), ZSTD("zstd");

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
     * goes on after its end, wants more than 128 MiB of memory, gives more than {@code bound} bytes, or is itself far
     * longer than that; and what reading {@code in} throws. Closing it closes {@code in}, and frees memory outside the heap.
     *
     * @param in the compressed bytes, read as they are needed and a little ahead
     * @param bound the most that may come out
     */
    public InputStream decompress(InputStream in, NarSize bound) throws IOException {
        InputStream out = switch (this) {
            case NONE -> in;
            case GZIP -> new GzipStream(new CompressedInput(text, in, bound));
            case LZIP -> new LzipStream(new CompressedInput(text, in, bound), bound);
            case ZSTD -> new ZstdStream(new CompressedInput(text, in, bound));
        };
        return new BoundedStream(text, out, bound.bytes());
    }
}
