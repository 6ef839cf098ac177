// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.security.MessageDigest;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.LinkTarget;
import org.guixp2p.protocol.nar.NarLimits;
import org.guixp2p.protocol.nar.NarParser;
import org.guixp2p.protocol.nar.NarVisitor;
import org.guixp2p.protocol.swarm.BlockLayout;

/**
 * Reads a NAR in order from its partial file as blocks arrive: through the strict reader, because no byte may leave the
 * node that it has not accepted, and into the hash that decides in the end.
 *
 * <p>One thread at a time.
 */
final class PrefixVerifier {
    private final PartialNar file;
    private final BlockLayout layout;
    private final NarHash expected;
    private final MessageDigest digest = Sha256.digest();
    private final NarParser parser;
    private final byte[] buffer = new byte[BlockLayout.BLOCK_BYTES];

    PrefixVerifier(PartialNar file, BlockLayout layout, NarHash expected) {
        this.file = file;
        this.layout = layout;
        this.expected = expected;
        this.parser = new NarParser(NarLimits.upTo(layout.narSize()), new Nothing());
    }

    /**
     * Reads blocks {@code from} to {@code to}, exclusive, which follow those read before.
     *
     * @throws FormatException when they are no NAR, or with the last one the hash is not the expected one
     */
    void advance(int from, int to) throws IOException {
        for (int block = from; block < to; block++) {
            int length = layout.length(block);
            file.read(layout.offset(block), buffer, 0, length);
            digest.update(buffer, 0, length);
            parser.feed(buffer, 0, length);
        }
        if (to == layout.count()) {
            parser.finish();
            NarHash actual = new NarHash(Sha256.finish(digest));
            if (!actual.equals(expected)) {
                throw new FormatException("the NAR has the hash " + actual + " instead of " + expected);
            }
        }
    }

    /**
     * Reads a NAR that is there as a whole.
     *
     * @throws FormatException when it is none of this size
     */
    static void parse(byte[] nar, NarSize size) throws IOException {
        NarParser parser = new NarParser(NarLimits.upTo(size), new Nothing());
        parser.feed(nar, 0, nar.length);
        parser.finish();
    }

    /** Being accepted by the parser is all that is wanted. */
    private static final class Nothing implements NarVisitor {
        @Override
        public void startDirectory() {}

        @Override
        public void entry(EntryName name) {}

        @Override
        public void endDirectory() {}

        @Override
        public void startFile(boolean executable, long size) {}

        @Override
        public void contents(byte[] buffer, int offset, int length) {}

        @Override
        public void endFile() {}

        @Override
        public void symlink(LinkTarget target) {}
    }
}
