// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The processes of a run. */
public final class ProcessTable implements AutoCloseable {
    /** What a process may take to finish what is under way after SIGTERM. */
    public static final Duration GRACE = Duration.ofSeconds(5);
    /** After SIGKILL only the kernel stands between a process and its end. */
    private static final Duration AFTER_KILL = Duration.ofSeconds(5);

    private final Duration grace;
    private final List<Child> children = new ArrayList<>();
    private boolean closed;

    public ProcessTable() {
        this(GRACE);
    }

    ProcessTable(Duration grace) {
        this.grace = grace;
    }

    /**
     * Starts a process.
     *
     * @param name what to call it
     * @throws IOException when it cannot be started, or the run is ending
     */
    public synchronized Child start(String name, ProcessBuilder builder) throws IOException {
        if (closed) {
            throw new IOException(name + " is not started: the run is ending");
        }
        Child child = new Child(name, builder.start());
        children.add(child);
        return child;
    }

    /** All that were ever started, in that order. */
    public synchronized List<Child> children() {
        return List.copyOf(children);
    }

    /** Those that have not ended. */
    public List<Child> running() {
        return children().stream().filter(Child::isAlive).toList();
    }

    /** Ends what still runs: SIGTERM to all, and SIGKILL to those that have not heeded it in time. Starts no more. */
    @Override
    public void close() {
        List<Child> open;
        synchronized (this) {
            closed = true;
            open = running();
        }
        open.forEach(Child::sample);
        open.forEach(child -> child.process().destroy());
        await(open, grace);
        List<Child> deaf = open.stream().filter(Child::isAlive).toList();
        deaf.forEach(Child::kill);
        await(deaf, AFTER_KILL);
    }

    /** Waits although this thread is interrupted: that is how a run is told to end, and this is its end. */
    private static void await(List<Child> ending, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        boolean interrupted = Thread.interrupted();
        for (Child child : ending) {
            boolean waiting = true;
            while (waiting) {
                try {
                    boolean ended = child.process().waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                    waiting = !ended && deadline - System.nanoTime() > 0;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
