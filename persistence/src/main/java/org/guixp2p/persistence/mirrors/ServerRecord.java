// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.mirrors;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What is known of one server. All averages decay: the last answer counts a quarter, the one before it a quarter of the rest.
 *
 * @param narinfoMicros until a narinfo, or the word that there is none, has come; 0 when that was never measured
 * @param paces of each {@link SizeClass}
 * @param lookups what went wrong with narinfos
 * @param nars what went wrong with NARs
 * @param heard when it last answered anything; the epoch when it never did
 * @param asked for so many narinfos lately
 * @param had so many of them
 */
record ServerRecord(long narinfoMicros, List<Pace> paces, Trouble lookups, Trouble nars, Instant heard, long asked,
        long had) {
    /** What was measured so long ago says nothing of today. */
    static final Duration STALE = Duration.ofDays(7);
    /** Of so many lookups the share is known well; then both counts are halved, so that it follows. */
    static final int MOST_ASKED = 1000;
    private static final double MICROS = 1e6;
    private static final long NANOS = 1_000_000_000;

    static final ServerRecord NEW = new ServerRecord(0, List.of(Pace.UNKNOWN, Pace.UNKNOWN, Pace.UNKNOWN), Trouble.NONE,
            Trouble.NONE, Instant.EPOCH, 0, 0);

    /**
     * How files of one size come.
     *
     * @param firstByteMicros from the request to the head of the answer; 0 when that was never measured
     * @param bytesPerSecond after that, as far as it was waited for; 0 when that was never measured
     */
    record Pace(long firstByteMicros, long bytesPerSecond) {
        static final Pace UNKNOWN = new Pace(0, 0);

        boolean isKnown() {
            return firstByteMicros > 0 && bytesPerSecond > 0;
        }

        double seconds(long bytes) {
            return firstByteMicros / MICROS + (double) bytes / bytesPerSecond;
        }
    }

    ServerRecord {
        paces = List.copyOf(paces);
    }

    private static long mean(long before, long sample) {
        long counted = Math.max(1, sample);
        return before == 0 ? counted : Math.max(1, before + (counted - before) / 4);
    }

    private static long micros(Duration time) {
        return time.toNanos() / 1000;
    }

    private ServerRecord with(SizeClass size, Pace pace, Instant now) {
        List<Pace> all = new ArrayList<>(paces);
        all.set(size.ordinal(), pace);
        return new ServerRecord(narinfoMicros, all, lookups, nars, now, asked, had);
    }

    private Pace pace(SizeClass size) {
        return paces.get(size.ordinal());
    }

    /** It answered a lookup. */
    ServerRecord looked(Duration took, boolean found, Instant now) {
        boolean many = asked >= MOST_ASKED;
        return new ServerRecord(mean(narinfoMicros, micros(took)), paces, Trouble.NONE, nars, now,
                (many ? asked / 2 : asked) + 1, (many ? had / 2 : had) + (found ? 1 : 0));
    }

    /** It begins to send a file. */
    ServerRecord began(long fileBytes, Duration firstByte, Instant now) {
        SizeClass size = SizeClass.of(fileBytes);
        Pace known = pace(size);
        return with(size, new Pace(mean(known.firstByteMicros(), micros(firstByte)), known.bytesPerSecond()), now);
    }

    /**
     * So many bytes of a file came.
     *
     * @param waited for them, after the first
     */
    ServerRecord came(long fileBytes, long bytes, Duration waited, Instant now) {
        SizeClass size = SizeClass.of(fileBytes);
        Pace known = pace(size);
        // What lay here already when it was asked for came as fast as can be told.
        double nanos = Math.max(micros(waited), 1) * 1000.0;
        long rate = Math.round(bytes * (NANOS / nanos));
        return with(size, new Pace(known.firstByteMicros(), mean(known.bytesPerSecond(), rate)), now);
    }

    /**
     * A file came to its end.
     *
     * @param proven whether its bytes are known to be right; else whoever gave wrong ones is not believed for it
     */
    ServerRecord gave(boolean proven) {
        return proven || nars.fault() != Fault.DAMAGED
                ? new ServerRecord(narinfoMicros, paces, lookups, Trouble.NONE, heard, asked, had)
                : this;
    }

    ServerRecord lookups(Trouble trouble) {
        return new ServerRecord(narinfoMicros, paces, trouble, nars, heard, asked, had);
    }

    ServerRecord nars(Trouble trouble) {
        return new ServerRecord(narinfoMicros, paces, lookups, trouble, heard, asked, had);
    }

    /** How long a file of so many bytes should take; empty when nothing was measured lately. */
    OptionalDouble seconds(long bytes, Instant now) {
        Pace pace = nearest(SizeClass.of(bytes));
        return pace.isKnown() && isFresh(now) ? OptionalDouble.of(pace.seconds(bytes)) : OptionalDouble.empty();
    }

    /** How fast it should come, in bytes a second, after the first byte. */
    OptionalLong bytesPerSecond(long bytes, Instant now) {
        Pace pace = nearest(SizeClass.of(bytes));
        return pace.isKnown() && isFresh(now) ? OptionalLong.of(pace.bytesPerSecond()) : OptionalLong.empty();
    }

    /** How soon its first byte should come. */
    OptionalLong firstByteMicros(long bytes, Instant now) {
        Pace pace = nearest(SizeClass.of(bytes));
        return pace.isKnown() && isFresh(now) ? OptionalLong.of(pace.firstByteMicros()) : OptionalLong.empty();
    }

    /** Whether it was heard from lately. */
    boolean isFresh(Instant now) {
        return heard.isAfter(now.minus(STALE));
    }

    /** That of the size itself, or of one as near as can be. */
    private Pace nearest(SizeClass size) {
        Pace best = pace(size);
        for (int away = 1; !best.isKnown() && away < paces.size(); away++) {
            best = firstKnown(size.ordinal() - away, size.ordinal() + away);
        }
        return best;
    }

    private Pace firstKnown(int smaller, int larger) {
        Pace low = smaller >= 0 ? paces.get(smaller) : Pace.UNKNOWN;
        return low.isKnown() || larger >= paces.size() ? low : paces.get(larger);
    }

    /** When anything was last heard or missed of it. */
    Instant touched() {
        Instant failed = lookups.last().isAfter(nars.last()) ? lookups.last() : nars.last();
        return heard.isAfter(failed) ? heard : failed;
    }
}
