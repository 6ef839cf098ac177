// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.mirrors;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What is known of one server. All averages decay: the last answer counts a quarter, the one before it a quarter of the rest.
 *
 * @param narinfoMicros until a narinfo, or the word that there is none, has come; 0 when that was never measured
 * @param paces of each {@link SizeClass} of which anything was measured
 * @param lookups what went wrong with narinfos
 * @param nars what went wrong with NARs
 * @param heard when it last answered anything; the epoch when it never did
 * @param asked for so many narinfos lately
 * @param had so many of them
 */
record ServerRecord(long narinfoMicros, Map<SizeClass, Pace> paces, Trouble lookups, Trouble nars, Instant heard,
        long asked, long had) {
    /** What was measured so long ago says nothing of today. */
    static final Duration STALE = Duration.ofDays(7);
    /** Of so many lookups the share is known well; then both counts are halved, so that it follows. */
    static final int MOST_ASKED = 1000;
    private static final double MICROS = 1e6;
    private static final long NANOS = 1_000_000_000;
    /** Fewer bytes than these, when they are not all, were perhaps on their way already. */
    static final long LEAST_BYTES = 256 << 10;

    static final ServerRecord NEW = new ServerRecord(0, Map.of(), Trouble.NONE, Trouble.NONE, Instant.EPOCH, 0, 0);

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
        Map<SizeClass, Pace> own = new EnumMap<>(SizeClass.class);
        own.putAll(paces);
        paces = Collections.unmodifiableMap(own);
    }

    private static long mean(long before, long sample) {
        long counted = Math.max(1, sample);
        return before == 0 ? counted : Math.max(1, before + (counted - before) / 4);
    }

    private static long micros(Duration time) {
        return time.toNanos() / 1000;
    }

    private ServerRecord with(SizeClass size, Pace pace, Instant heardAt) {
        Map<SizeClass, Pace> all = new EnumMap<>(SizeClass.class);
        all.putAll(paces);
        all.put(size, pace);
        return new ServerRecord(narinfoMicros, all, lookups, nars, heardAt, asked, had);
    }

    Pace pace(SizeClass size) {
        return paces.getOrDefault(size, Pace.UNKNOWN);
    }

    /** It answered a lookup. */
    ServerRecord looked(Duration took, boolean found, Instant now) {
        boolean many = asked >= MOST_ASKED;
        return new ServerRecord(mean(narinfoMicros, micros(took)), paces, Trouble.NONE, nars, now,
                (many ? asked / 2 : asked) + 1, (many ? had / 2 : had) + (found ? 1 : 0));
    }

    /** It begins to send a file. */
    ServerRecord began(long fileBytes, Duration firstByte, Instant now) {
        return firstByte(fileBytes, firstByte, now);
    }

    /** It has not begun to send a file after so long, and so was not heard of. */
    ServerRecord late(long fileBytes, Duration after) {
        return firstByte(fileBytes, after, heard);
    }

    private ServerRecord firstByte(long fileBytes, Duration took, Instant heardAt) {
        SizeClass size = SizeClass.of(fileBytes);
        Pace known = pace(size);
        return with(size, new Pace(mean(known.firstByteMicros(), micros(took)), known.bytesPerSecond()), heardAt);
    }

    /**
     * So many bytes of a file came. Of a few that are not all of it the time shows nothing.
     *
     * @param waited for them, after the first
     */
    ServerRecord came(long fileBytes, long bytes, Duration waited, boolean whole, Instant now) {
        if (!whole && bytes < LEAST_BYTES) {
            return this;
        }
        SizeClass size = SizeClass.of(fileBytes);
        Pace known = pace(size);
        // What lay here already when it was asked for came as fast as can be told.
        double nanos = Math.max(micros(waited), 1) * 1000.0;
        double rate = Math.max(1, bytes * (NANOS / nanos));
        return with(size, new Pace(known.firstByteMicros(), meanRate(known.bytesPerSecond(), rate)), now);
    }

    /** The mean of the time that a byte takes: that is what is waited for, and one quick file does not outweigh slow ones. */
    private static long meanRate(long before, double sample) {
        return Math.max(1, Math.round(before == 0 ? sample : 4 / (3.0 / before + 1 / sample)));
    }

    /**
     * A file came to its end, and was one.
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
        return size.nearest().stream().map(this::pace).filter(Pace::isKnown).findFirst().orElse(Pace.UNKNOWN);
    }

    /** When anything was last heard or missed of it. */
    Instant touched() {
        Instant failed = lookups.last().isAfter(nars.last()) ? lookups.last() : nars.last();
        return heard.isAfter(failed) ? heard : failed;
    }
}
