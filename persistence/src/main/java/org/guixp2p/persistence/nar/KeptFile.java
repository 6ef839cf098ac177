// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;

/**
 * The bytes of a kept NAR, which were all seen to be right when it was opened. They stay readable when the NAR is removed meanwhile.
 * Safe for several threads.
 */
public final class KeptFile implements AutoCloseable {
    private static final int PIECE_BYTES = 1 << 16;

    private final FileChannel channel;

    private KeptFile(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Reads all of it.
     *
     * @return empty when its hash is another one by now
     * @throws IOException when it cannot be read
     */
    static Optional<KeptFile> open(KeptNar nar) throws IOException {
        FileChannel channel = FileChannel.open(nar.file(), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        boolean right = false;
        try {
            right = hash(channel).equals(nar.hash());
            return right ? Optional.of(new KeptFile(channel)) : Optional.empty();
        } finally {
            if (!right) {
                channel.close();
            }
        }
    }

    private static NarHash hash(FileChannel channel) throws IOException {
        MessageDigest digest = Sha256.digest();
        ByteBuffer some = ByteBuffer.allocate(PIECE_BYTES);
        while (channel.read(some) >= 0) {
            digest.update(some.flip());
            some.clear();
        }
        return new NarHash(Sha256.finish(digest));
    }

    /**
     * Reads {@code length} bytes from {@code position} on.
     *
     * @throws IOException when they cannot be read, as when the file was made shorter
     */
    public void read(long position, byte[] into, int offset, int length) throws IOException {
        ByteBuffer target = ByteBuffer.wrap(into, offset, length);
        for (long at = position; target.hasRemaining();) {
            int read = channel.read(target, at);
            if (read < 0) {
                throw new EOFException("the NAR that was kept ends before its end");
            }
            at += read;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
