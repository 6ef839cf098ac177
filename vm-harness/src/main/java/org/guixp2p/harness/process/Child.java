// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** A process that this one has started. */
public final class Child {
    private final String name;
    private final Process process;
    private volatile long peakKib;

    Child(String name, Process process) {
        this.name = name;
        this.process = process;
    }

    /** What a run calls it; unique in a run. */
    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Its pipes. */
    public Process process() {
        return process;
    }

    /** Looks how much memory it has had at most; what it takes later is not seen before this is called again. */
    public void sample() {
        PeakMemory.ofProcess(process.pid()).ifPresent(kib -> peakKib = Math.max(peakKib, kib));
    }

    /** Its largest resident set in KiB as of the last {@link #sample}; nothing when it had ended before the first. */
    public OptionalLong peakKib() {
        return peakKib == 0 ? OptionalLong.empty() : OptionalLong.of(peakKib);
    }

    /** Its resident set now, in KiB; nothing when it has ended. */
    public OptionalLong residentKib() {
        return PeakMemory.nowOfProcess(process.pid());
    }

    /** Ends it with SIGTERM, and with SIGKILL when it does not heed that in time. */
    public void end() throws InterruptedException {
        sample();
        process.destroy();
        if (!process.waitFor(ProcessTable.GRACE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    /** Ends it with SIGKILL, as a crash or a power cut would, and notes its memory first. */
    public void kill() {
        sample();
        process.destroyForcibly();
    }

    @Override
    public String toString() {
        return name + " (process " + pid() + ")";
    }
}
