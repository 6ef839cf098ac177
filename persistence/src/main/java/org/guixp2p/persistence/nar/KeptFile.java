// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;

/**
 * The bytes of a kept NAR. They stay readable when the NAR is removed meanwhile. Whether they are right is known once all were
 * {@linkplain #check checked}, by one thread after another; reading is safe for several threads.
 */
public final class KeptFile implements AutoCloseable {
    private static final int PIECE_BYTES = 1 << 16;

    private final FileChannel channel;
    private final NarHash hash;
    private final MessageDigest digest = Sha256.digest();
    private boolean right;

    private KeptFile(FileChannel channel, NarHash hash) {
        this.channel = channel;
        this.hash = hash;
    }

    static KeptFile open(KeptNar nar) throws IOException {
        return new KeptFile(FileChannel.open(nar.file(), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS),
                nar.hash());
    }

    /**
     * Reads on, to find out whether its hash is what it was.
     *
     * @param most how many bytes more, about
     * @return whether there is more to read
     * @throws IOException when it cannot be read
     */
    public boolean check(long most) throws IOException {
        ByteBuffer some = ByteBuffer.allocate(PIECE_BYTES);
        for (long read = 0; read < most;) {
            int more = channel.read(some);
            if (more < 0) {
                right = new NarHash(Sha256.finish(digest)).equals(hash);
                return false;
            }
            digest.update(some.flip());
            some.clear();
            read += more;
        }
        return true;
    }

    /** Whether all was checked, and was right. */
    public boolean isRight() {
        return right;
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
