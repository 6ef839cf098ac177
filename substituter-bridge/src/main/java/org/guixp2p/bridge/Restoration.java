// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.nar.NarLimits;
import org.guixp2p.protocol.nar.NarParser;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.store.Deduplicator;
import org.guixp2p.protocol.store.Restorer;
import org.guixp2p.protocol.store.TreeDeleter;
import org.guixp2p.protocol.store.UnsupportedTreeException;
import org.jspecify.annotations.Nullable;

/**
 * One item on its way to the disk: restored, measured and hashed as its bytes come.
 *
 * <p>The destination belongs to it from the start until {@link #keep}; whatever happens before that, {@link #close} leaves
 * nothing there. When the process is ending, another thread may {@link #stop} it; whoever restores then waits for the end.
 */
final class Restoration implements AutoCloseable {
    private final Path destination;
    private final @Nullable Deduplicator deduplicator;
    private @Nullable NarLimits limits;
    private @Nullable Restorer restorer;
    private @Nullable NarParser parser;
    private @Nullable ParallelSha256 hash;
    private boolean kept;
    private boolean stopped;

    /** The destination cannot be written: no node and no substituter could help that. */
    static final class LocalFailure extends IOException {
        private static final long serialVersionUID = 1L;

        LocalFailure(Path destination, IOException cause) {
            super("cannot restore " + destination + ": " + describe(cause), cause);
        }

        /** Some of the JDK's exceptions have only a file's name for a message. */
        private static String describe(IOException cause) {
            return cause.getClass().getSimpleName() + ": " + cause.getMessage();
        }
    }

    /**
     * Takes over {@code destination}, and deletes what lies there.
     *
     * @throws LocalFailure when it cannot be deleted
     */
    Restoration(Path destination, boolean deduplicate) throws LocalFailure {
        this.destination = destination;
        Path store = destination.getParent();
        this.deduplicator = deduplicate && store != null ? new Deduplicator(store.resolve(".links")) : null;
        try {
            TreeDeleter.delete(destination);
        } catch (IOException e) {
            throw new LocalFailure(destination, e);
        }
    }

    /** Begins with what {@code narinfo} allows: an unsigned size, too, is the most that is read. */
    void expect(Narinfo narinfo) {
        limits = narinfo.narSize().map(NarLimits::upTo).orElse(NarLimits.DEFAULT);
    }

    /** Takes the next bytes of the NAR; they must not be written again. */
    synchronized void feed(ByteBuffer bytes) throws NodeFailure, LocalFailure {
        try {
            start();
            hash().update(bytes);
            parser().feed(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /**
     * Says that the NAR is complete.
     *
     * @return its size
     * @throws NodeFailure.Refusal when it is not the one that {@code narinfo} names
     */
    synchronized NarSize finish(Narinfo narinfo) throws NodeFailure, LocalFailure {
        try {
            start();
            NarSize size = parser().finish();
            if (narinfo.isNarSizeSigned() && size.bytes() != narinfo.narSize().orElseThrow().bytes()) {
                throw new FormatException("the NAR has " + size + " bytes, not " + narinfo.narSize().orElseThrow());
            }
            Sha256 found = hash().finish();
            if (!found.equals(narinfo.narHash().digest())) {
                throw new FormatException("the NAR's SHA-256 is " + found + ", not " + narinfo.narHash().base32());
            }
            return size;
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Leaves the item where it is. */
    synchronized void keep() throws LocalFailure {
        try {
            if (restorer != null) {
                restorer.close();
            }
            kept = true;
        } catch (IOException e) {
            throw new LocalFailure(destination, e);
        }
    }

    /** Deletes what was restored, kept or not; the next bytes are the first of a NAR. */
    synchronized void restart() throws LocalFailure {
        kept = false;
        stopHashing();
        try {
            if (restorer != null) {
                restorer.abort();
                restorer = null;
            }
            // Guix's own substituter may have been at it.
            TreeDeleter.delete(destination);
        } catch (IOException e) {
            throw new LocalFailure(destination, e);
        }
    }

    /** Deletes what was restored, unless it was kept, and lets nobody restore more. */
    synchronized void stop() {
        stopped = true;
        try {
            close();
        } catch (LocalFailure e) {
            DaemonLog.say(String.valueOf(e.getMessage()));
        }
    }

    /** Deletes what was restored, unless it was kept. */
    @Override
    public synchronized void close() throws LocalFailure {
        if (!kept) {
            restart();
        }
    }

    private void start() throws IOException {
        while (stopped) {
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
        }
        if (restorer == null) {
            restorer = new Restorer(destination, deduplicator);
            parser = new NarParser(limits == null ? NarLimits.DEFAULT : limits, restorer);
            hash = new ParallelSha256();
        }
    }

    private void stopHashing() {
        if (hash != null) {
            hash.close();
            hash = null;
        }
        parser = null;
    }

    private NarParser parser() {
        if (parser == null) {
            throw new IllegalStateException("not started");
        }
        return parser;
    }

    private ParallelSha256 hash() {
        if (hash == null) {
            throw new IllegalStateException("not started");
        }
        return hash;
    }

    /** What the sender is to blame for, and what this machine is; a tree that this JVM cannot name, Guix may. */
    private NodeFailure failure(IOException e) throws LocalFailure {
        if (e instanceof FormatException || e instanceof UnsupportedTreeException) {
            return new NodeFailure.Refusal(String.valueOf(e.getMessage()));
        }
        throw new LocalFailure(destination, e);
    }
}
