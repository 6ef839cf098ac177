// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import java.net.URI;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * What to print on file descriptor 2 while an item is downloaded, as Guix prints it ({@code guix/progress.scm}): text, for
 * the caller to write. The caller brings the time too, as nanoseconds of one steady clock.
 *
 * <p>One reporter is for one download from one source: {@link #started}, any number of {@link #progress}, then
 * {@link #finished} or {@link #abandoned}. Whoever goes on with another source ends the old reporter first, since a
 * client that sees two open downloads of an item stops showing it. Not for use by several threads.
 */
public abstract sealed class ProgressReporter permits TraceReporter, BarReporter {
    /** At least this long between two reports of progress. */
    public static final Duration INTERVAL = Duration.ofMillis(200);

    private enum State { NEW, OPEN, CLOSED }

    private State state = State.NEW;
    private long startedAt;
    private long reportedAt;
    private boolean reported;
    private long done;

    /**
     * A reporter in the style that the client wants.
     *
     * @param url where the NAR comes from
     * @param name what to call the item in a progress bar
     * @param size bytes to come, when they are known
     */
    public static ProgressReporter of(NixOptions options, Destination destination, URI url, String name,
            OptionalLong size) {
        return options.extendedTrace()
                ? new TraceReporter(destination, url, size)
                : new BarReporter(url, name, size, options.terminalColumns());
    }

    /** The first text, to be printed before the first byte is there. */
    public final String started(long nanos) {
        move(State.NEW, State.OPEN);
        startedAt = nanos;
        return begin();
    }

    /**
     * What to print now that {@code bytes} of the download are there: nothing, when the last report is not
     * {@link #INTERVAL} old.
     */
    public final String progress(long bytes, long nanos) {
        requireOpen();
        done = bytes;
        if (reported && nanos - reportedAt < INTERVAL.toNanos()) {
            return "";
        }
        reported = true;
        reportedAt = nanos;
        return report(done, nanos - startedAt);
    }

    /** The last text of a download that is complete, with the blank line by which Guix sets items apart. */
    public final String finished(long bytes, long nanos) {
        requireOpen();
        move(State.OPEN, State.CLOSED);
        done = bytes;
        return end(done, nanos - startedAt);
    }

    /** The last text of a download that is given up, perhaps to go on elsewhere; nothing when none is open. */
    public final String abandoned() {
        if (state != State.OPEN) {
            state = State.CLOSED;
            return "";
        }
        state = State.CLOSED;
        return abort(done);
    }

    private void requireOpen() {
        if (state != State.OPEN) {
            throw new IllegalStateException("no download is open");
        }
    }

    private void move(State from, State to) {
        if (state != from) {
            throw new IllegalStateException("a download is reported once, from its start to its end");
        }
        state = to;
    }

    abstract String begin();

    abstract String report(long bytes, long elapsedNanos);

    abstract String end(long bytes, long elapsedNanos);

    abstract String abort(long bytes);
}
