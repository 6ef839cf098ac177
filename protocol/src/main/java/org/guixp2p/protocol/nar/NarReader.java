// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import java.io.IOException;
import java.io.InputStream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarSize;

/** Reads a NAR where its bytes can be pulled from a stream. */
public final class NarReader {
    private static final int BUFFER_BYTES = 128 * 1024;

    private NarReader() {}

    /**
     * Reads {@code in} to its end.
     *
     * @return the size of the NAR
     * @throws FormatException when the stream is not exactly one NAR within the limits
     * @throws IOException when the stream or the visitor throws it
     */
    public static NarSize read(InputStream in, NarLimits limits, NarVisitor visitor) throws IOException {
        NarParser parser = new NarParser(limits, visitor);
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            parser.feed(buffer, 0, count);
        }
        return parser.finish();
    }
}
