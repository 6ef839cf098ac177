// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.guixp2p.protocol.swarm.BlockLayout;

/**
 * Notices that a server would bring all of a NAR long before peers bring the rest. Peers are measured while somebody reads and nothing
 * but them holds the download up; servers are known from other NARs, and without that peers go on. Part of the {@link PeerSide}, for one
 * thread.
 */
final class FasterServers {
    /** What is thought of a server may be wrong, and what came from peers comes again from it. */
    static final double TIMES = 3;
    /** For less it is not worth it, nor the server's traffic. */
    static final double WORTH_SECONDS = 10;

    private static final double MILLIS = 1e3;

    private final long windowMillis;
    private long sinceMillis;
    private int blocksBefore;
    private long bytes;

    /** What a server should take for all of a NAR. */
    record Expected(String url, double seconds) {}

    /** @param window that peers are measured over; in less than some seconds a block more or less would decide */
    FasterServers(Duration window) {
        this.windowMillis = window.toMillis();
    }

    /** A window begins: peers have been held up by something else until now. */
    void begin(int blocksDone, long nowMillis) {
        sinceMillis = nowMillis;
        blocksBefore = blocksDone;
        bytes = 0;
    }

    /** So many bytes of blocks have come, as they are on the wire. */
    void received(long count) {
        bytes += count;
    }

    /**
     * Looks how it goes, at the end of each window. One in which nothing came says nothing: that is a stall, for which there are other
     * bounds.
     *
     * @param server the one that would be next
     * @param missing blocks
     * @return what to do when peers are not worth waiting for
     */
    Optional<Verdict.Slower> look(Optional<Expected> server, int blocksDone, int missing, long nowMillis) {
        if (nowMillis - sinceMillis < windowMillis) {
            return Optional.empty();
        }
        // Compressed blocks count when they are whole, and of large ones on a slow line what has come of them.
        long came = Math.max((blocksDone - blocksBefore) * (long) BlockLayout.BLOCK_BYTES, bytes);
        double rate = came * MILLIS / (nowMillis - sinceMillis);
        double left = missing * (double) BlockLayout.BLOCK_BYTES / rate;
        begin(blocksDone, nowMillis);
        return server.filter(expected -> came > 0 && left > TIMES * expected.seconds
                && left > expected.seconds + WORTH_SECONDS)
                .map(expected -> new Verdict.Slower(String.format(Locale.ROOT,
                        "they bring %.0f kB/s, and the rest would take %.0f s; all of it from %s should take %.0f s",
                        rate / 1e3, left, expected.url, Math.ceil(expected.seconds)), rate));
    }
}
