// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A NAR that is offered and lies here as one file, open: it is all there until it is closed, whatever becomes of its name meanwhile.
 * Safe for several threads.
 */
public final class NarFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NarFile.class);

    private final FileChannel channel;
    private final Runnable blockGiven;
    private final Runnable closed;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    /**
     * Takes over an open file.
     *
     * @param channel read from its first byte on, which is the NAR's
     * @param blockGiven runs for each block that somebody is given
     * @param closed runs once, when nobody reads it any more
     */
    public NarFile(FileChannel channel, Runnable blockGiven, Runnable closed) {
        this.channel = channel;
        this.blockGiven = blockGiven;
        this.closed = closed;
    }

    /** Its bytes, to be read at positions alone: nobody moves the channel's own. */
    public FileChannel channel() {
        return channel;
    }

    /**
     * Somebody is given some of its bytes: each block counts, if only a part of it is given.
     *
     * @param length in bytes, at least 1
     */
    public void given(long from, long length) {
        long last = (from + length - 1) / BlockLayout.BLOCK_BYTES;
        for (long block = from / BlockLayout.BLOCK_BYTES; block <= last; block++) {
            blockGiven.run();
        }
    }

    /** Nobody reads it any more; more than once does no harm. */
    @Override
    public void close() {
        if (!isClosed.compareAndSet(false, true)) {
            return;
        }
        try {
            channel.close();
        } catch (IOException e) {
            LOG.warn("a NAR that was given: {}", e.toString());
        } finally {
            closed.run();
        }
    }
}
