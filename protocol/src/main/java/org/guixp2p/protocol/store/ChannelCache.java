// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * A few open files, for readers that come back to them. One that is evicted while somebody reads it is closed when the
 * last reader lets go. Thread-safe.
 */
final class ChannelCache implements Closeable {
    private final int capacity;
    private final LinkedHashMap<Integer, Lease> leases = new LinkedHashMap<>(8, 0.75f, true);
    private boolean closed;

    ChannelCache(int capacity) {
        this.capacity = capacity;
    }

    /** One open file, lent to any number of readers; each closes it once. */
    final class Lease implements Closeable {
        private final FileChannel channel;
        private int readers;
        private boolean kept = true;

        private Lease(FileChannel channel) {
            this.channel = channel;
        }

        FileChannel channel() {
            return channel;
        }

        @Override
        public void close() throws IOException {
            synchronized (ChannelCache.this) {
                readers--;
                closeIfUnused();
            }
        }

        private void drop() throws IOException {
            kept = false;
            closeIfUnused();
        }

        private void closeIfUnused() throws IOException {
            if (!kept && readers == 0) {
                channel.close();
            }
        }
    }

    /**
     * Lends the file {@code path}, known here as {@code key}.
     *
     * @throws ClosedChannelException when this cache is closed
     */
    synchronized Lease open(int key, Path path) throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        Lease lease = leases.get(key);
        // A thread that is interrupted while it reads closes the channel for all.
        if (lease == null || !lease.channel.isOpen()) {
            lease = new Lease(FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
            leases.put(key, lease);
            evict();
        }
        lease.readers++;
        return lease;
    }

    private void evict() throws IOException {
        if (leases.size() > capacity) {
            leases.pollFirstEntry().getValue().drop();
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        List<Lease> all = new ArrayList<>(leases.values());
        leases.clear();
        for (Lease lease : all) {
            lease.drop();
        }
    }
}
