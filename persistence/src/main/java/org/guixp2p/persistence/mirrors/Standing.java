// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.mirrors;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.guixp2p.persistence.narinfo.ServerUrl;

/**
 * What is known of a server, and why it is asked first or last.
 *
 * @param found whether nobody named it, and it was found on a network nearby
 * @param why one line for people
 * @param narinfoMicros until a narinfo, or the word that there is none, has come; 0 when that was never measured
 * @param files of each {@link SizeClass}
 * @param failures in a row, of narinfos or of NARs
 * @param fault the last of them
 * @param waitsUntil it is left alone; the epoch when it is not
 * @param heard when it last answered; the epoch when it never did
 * @param asked for so many narinfos lately
 * @param had so many of them
 */
public record Standing(ServerUrl server, boolean found, String why, long narinfoMicros, List<Files> files, int failures,
        Fault fault, Instant waitsUntil, Instant heard, long asked, long had) {
    /** A file of what size the servers are compared by, where it is not asked for one. */
    static final long USUAL_BYTES = 1 << 20;

    /**
     * How files of one size come from it.
     *
     * @param firstByteMicros 0 when that was never measured
     * @param bytesPerSecond 0 when that was never measured
     */
    public record Files(SizeClass size, long firstByteMicros, long bytesPerSecond) {}

    public Standing {
        files = List.copyOf(files);
    }

    static Standing of(ServerUrl server, boolean found, ServerRecord known, Instant outUntil, double least,
            Instant now) {
        Trouble trouble = known.lookups().until().isAfter(known.nars().until()) ? known.lookups() : known.nars();
        List<Files> files = List.of(SizeClass.values()).stream().map(size -> {
            ServerRecord.Pace pace = known.pace(size);
            return new Files(size, pace.firstByteMicros(), pace.bytesPerSecond());
        }).toList();
        return new Standing(server, found, why(known, trouble, outUntil, least, now), known.narinfoMicros(), files,
                trouble.failures(), trouble.fault(), outUntil, known.heard(), known.asked(), known.had());
    }

    private static String why(ServerRecord known, Trouble trouble, Instant outUntil, double least, Instant now) {
        if (outUntil.isAfter(now)) {
            return "waits until " + outUntil.truncatedTo(ChronoUnit.SECONDS) + " after " + trouble.failures()
                    + (trouble.failures() == 1 ? " failure: " : " failures: ") + trouble.fault().words();
        }
        OptionalDouble seconds = known.seconds(USUAL_BYTES, now);
        if (seconds.isEmpty()) {
            return known.heard().equals(Instant.EPOCH) || known.isFresh(now)
                    ? "no NAR measured yet"
                    : "not heard from since " + known.heard().truncatedTo(ChronoUnit.SECONDS);
        }
        if (seconds.getAsDouble() <= least) {
            return "best";
        }
        if (seconds.getAsDouble() <= least * NarOrder.ALIKE) {
            return "as good as the best";
        }
        return String.format(Locale.ROOT, "%.1f times as slow as the best%s", seconds.getAsDouble() / least,
                seconds.getAsDouble() - least <= NarOrder.EXPLORING_SECONDS ? ", explored now and then" : "");
    }
}
