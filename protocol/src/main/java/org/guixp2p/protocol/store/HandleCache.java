// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * A few open files or directories, for readers that come back to them. One that is evicted while somebody uses it is
 * closed when the last of them lets go. Thread-safe.
 */
final class HandleCache<H extends Closeable> implements Closeable {
    private final int capacity;
    private final LinkedHashMap<Integer, Lease> leases = new LinkedHashMap<>(8, 0.75f, true);
    private boolean closed;

    HandleCache(int capacity) {
        this.capacity = capacity;
    }

    /** Opens what is not open yet. */
    @FunctionalInterface
    interface Opener<H> {
        H open() throws IOException;
    }

    /** One open handle, lent to any number of readers; each closes it once. */
    final class Lease implements Closeable {
        private final H handle;
        private int readers;
        private boolean kept = true;

        private Lease(H handle) {
            this.handle = handle;
        }

        H handle() {
            return handle;
        }

        /** A thread that is interrupted while it reads a channel closes it for all. */
        private boolean isOpen() {
            return !(handle instanceof Channel channel) || channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            synchronized (HandleCache.this) {
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
                handle.close();
            }
        }
    }

    /**
     * Lends what is known here as {@code key}.
     *
     * @throws ClosedChannelException when this cache is closed
     */
    synchronized Lease open(int key, Opener<H> opener) throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        Lease lease = leases.get(key);
        if (lease == null || !lease.isOpen()) {
            lease = new Lease(opener.open());
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
