// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.store.TreeDeleter;

/**
 * Where a run happens: a directory of its own and the processes that use it. Closing it ends those and deletes that.
 *
 * <p>When the JVM is told to stop meanwhile, the thread that opened it is interrupted and given time to close it; a run that
 * does not is closed over its head. So Ctrl-C leaves nothing behind either.
 */
public final class Workplace implements AutoCloseable {
    /** For the run to notice, and for its processes to end. */
    private static final Duration PATIENCE = ProcessTable.GRACE.plusSeconds(10);

    private final Path directory;
    private final ProcessTable processes;
    private final Thread owner = Thread.currentThread();
    private final CountDownLatch left = new CountDownLatch(1);
    private final Thread hook = new Thread(this::leaveInTime, "leave");
    private volatile boolean kept;
    private volatile boolean stopping;
    private volatile int status = -1;

    private Workplace(Path directory, ProcessTable processes) {
        this.directory = directory;
        this.processes = processes;
    }

    /**
     * Makes a directory, which only this user may enter, below {@code parent}.
     *
     * @param bytes the room that the run will need
     * @throws IOException when it cannot be made, or there is less room
     */
    public static Workplace open(Path parent, String name, long bytes) throws IOException {
        FileStore disk = Files.getFileStore(parent);
        if (disk.getUsableSpace() < bytes) {
            throw new IOException(parent + " has " + (disk.getUsableSpace() >> 20) + " MiB of free space, "
                    + (bytes >> 20) + " MiB are needed");
        }
        Path directory = Files.createTempDirectory(parent.toRealPath(), name + "-");
        Workplace place = new Workplace(directory, new ProcessTable());
        Runtime.getRuntime().addShutdownHook(place.hook);
        return place;
    }

    public Path directory() {
        return directory;
    }

    public ProcessTable processes() {
        return processes;
    }

    /** Lets the directory stay when this is closed. */
    public void keep() {
        kept = true;
    }

    /** Makes {@code exitStatus} the JVM's own when a signal ends it: then that is the end that was waited for. */
    public void endsBySignal(int exitStatus) {
        status = exitStatus;
    }

    /** Whether the JVM has been told to stop, by a signal say. */
    public boolean isStopping() {
        return stopping;
    }

    /** Ends the processes and deletes the directory. */
    @Override
    public void close() throws IOException {
        try {
            processes.close();
            if (!kept) {
                TreeDeleter.delete(directory);
            }
        } finally {
            left.countDown();
            if (!stopping) {
                removeHook();
            }
        }
    }

    private void removeHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM has begun to stop just now; the hook finds nothing to do.
        }
    }

    private void leaveInTime() {
        stopping = true;
        owner.interrupt();
        try {
            if (!left.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            System.err.println("guix-p2p: " + directory + " is left behind: " + e.getMessage());
        }
        if (status >= 0) {
            Runtime.getRuntime().halt(status);
        }
    }
}
