// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.harness.process.Child;

/** Looks every now and then how much memory a process has. */
final class Memory implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofMillis(250);
    /** As many as a reader wants to see. */
    private static final int MOST = 20;
    private static final double KIB_PER_MIB = 1 << 10;

    private final Child child;
    private final List<Double> mib = new ArrayList<>();
    private final Thread thread;

    private Memory(Child child) {
        this.child = child;
        this.thread = Thread.ofPlatform().daemon().name("memory").unstarted(this::look);
    }

    static Memory watch(Child child) {
        Memory memory = new Memory(child);
        memory.thread.start();
        return memory;
    }

    private void look() {
        try {
            while (true) {
                child.residentKib().ifPresent(kib -> add(Math.rint(kib / KIB_PER_MIB)));
                Thread.sleep(INTERVAL);
            }
        } catch (InterruptedException e) {
            // It is over.
        }
    }

    private synchronized void add(double value) {
        mib.add(value);
    }

    /** The resident set in MiB at equal intervals from the beginning until now, at most 20 figures. */
    synchronized List<Double> series() {
        return thinned(mib, MOST);
    }

    /** At most {@code most} of {@code all}, the last among them, at equal intervals. */
    static List<Double> thinned(List<Double> all, int most) {
        int step = Math.ceilDiv(all.size(), most);
        List<Double> some = new ArrayList<>();
        for (int i = all.size() - 1; i >= 0; i -= step) {
            some.addFirst(all.get(i));
        }
        return some;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
