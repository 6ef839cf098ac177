// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.time.Duration;

/**
 * What is remembered of one peer. Everything but the number of bytes fades, so that who has mended is trusted again and who has
 * gone is forgotten; the figures are as of {@link #seen}.
 *
 * @param good transfers that went well; halves every {@link #HALF_LIFE}
 * @param bad what went wrong, likewise
 * @param strikes offences; halves every {@link #STRIKES_HALF_LIFE}
 * @param rate moving average of what it gives, bytes per second; 0 when not known
 * @param latency moving average of the time to its first block, milliseconds; 0 when not known
 * @param dialStreak dials that came to nothing since a connection last stood
 * @param bytes all that it ever gave
 * @param seen the time of the last event, seconds since 1970
 * @param bannedUntil seconds since 1970; 0 when it was never refused
 */
public record PeerRecord(float good, float bad, float strikes, float rate, float latency, int dialStreak, long bytes,
        long seen, long bannedUntil) {
    /** Nothing is known. */
    public static final PeerRecord UNKNOWN = new PeerRecord(0, 0, 0, 0, 0, 0, 0, 0, 0);
    /** In this time half of what a peer did is forgotten. */
    public static final Duration HALF_LIFE = Duration.ofDays(7);
    /** Offences are remembered for longer: a liar that waits a week is still one. */
    public static final Duration STRIKES_HALF_LIFE = Duration.ofDays(30);
    /** More failures in a row say nothing new. */
    public static final int MAX_STREAK = 30;
    /** What one offence weighs beside one transfer that went well. */
    private static final float OFFENCE_WEIGHT = 4;
    /** A transfer in which many blocks failed is one bad transfer, not many. */
    private static final int MOST_A_TRANSFER = 4;
    private static final float DIAL_WEIGHT = 0.1f;
    /** What the newest figure counts in an average. */
    private static final float NEWEST = 0.3f;
    /** Less says how far away a peer is, not how fast. */
    private static final long RATE_FROM_BYTES = 256 << 10;
    /** Below this nothing worth the name is known of a peer. */
    private static final float KNOWN_FROM = 0.5f;
    private static final long MIN_SECONDS = 1;

    public PeerRecord {
        checkFigure(good);
        checkFigure(bad);
        checkFigure(strikes);
        checkFigure(rate);
        checkFigure(latency);
        if (dialStreak < 0 || dialStreak > MAX_STREAK || bytes < 0 || seen < 0 || bannedUntil < 0) {
            throw new IllegalArgumentException("a figure out of range");
        }
    }

    private static void checkFigure(float figure) {
        if (!(figure >= 0 && figure < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("a figure out of range: " + figure);
        }
    }

    /** What an event makes of it. An event from before the last one, as after a clock was set back, counts as of the last. */
    PeerRecord after(PeerEvent event) {
        PeerRecord now = at(event.at());
        return switch (event) {
            case PeerEvent.Succeeded succeeded -> now.succeeded(succeeded);
            case PeerEvent.Failed failed -> now.wentWrong(Math.min(failed.blocks(), MOST_A_TRANSFER));
            case PeerEvent.Stalled stalled -> now.wentWrong(Math.min(stalled.blocks(), MOST_A_TRANSFER));
            case PeerEvent.CorruptBlock _,PeerEvent.VouchedWrongly _,PeerEvent.Malformed _ -> now.offended();
            case PeerEvent.Connected _ -> now.streak(0);
            case PeerEvent.DialFailed _ ->
                now.wentWrong(DIAL_WEIGHT).streak(Math.min(MAX_STREAK, dialStreak + 1));
            case PeerEvent.Banned banned -> now.refused(banned.seconds());
        };
    }

    /** The figures as they stand at a later time. */
    PeerRecord at(long time) {
        if (time <= seen) {
            return this;
        }
        float fade = fade(time - seen, HALF_LIFE);
        return deeds(good * fade, bad * fade, strikes * fade(time - seen, STRIKES_HALF_LIFE)).times(time, bannedUntil);
    }

    private static float fade(long seconds, Duration halfLife) {
        return (float) Math.exp(-Math.log(2) * seconds / halfLife.toSeconds());
    }

    private PeerRecord succeeded(PeerEvent.Succeeded event) {
        float newRate = event.bytes() < RATE_FROM_BYTES
                ? rate
                : average(rate, event.bytes() * 1000f / Math.max(1, event.millis()));
        return deeds(good + 1, bad, strikes).gave(newRate, average(latency, (float) Math.max(1, event.firstMillis())),
                Math.min(bytes + event.bytes(), PeerEvent.MAX_AMOUNT));
    }

    private static float average(float before, float newest) {
        return before == 0 ? newest : before + NEWEST * (newest - before);
    }

    private PeerRecord wentWrong(float weight) {
        return deeds(good, bad + weight, strikes);
    }

    private PeerRecord offended() {
        return deeds(good, bad + OFFENCE_WEIGHT, strikes + 1);
    }

    /** With another number of dials in a row that came to nothing. */
    PeerRecord streak(int streak) {
        return new PeerRecord(good, bad, strikes, rate, latency, streak, bytes, seen, bannedUntil);
    }

    private PeerRecord refused(long seconds) {
        return times(seen, Math.max(bannedUntil, seen + Math.min(seconds, Bans.LONGEST.toSeconds())));
    }

    // The same but for some of the components, by their names.

    private PeerRecord deeds(float newGood, float newBad, float newStrikes) {
        return new PeerRecord(newGood, newBad, newStrikes, rate, latency, dialStreak, bytes, seen, bannedUntil);
    }

    private PeerRecord gave(float newRate, float newLatency, long newBytes) {
        return new PeerRecord(good, bad, strikes, newRate, newLatency, dialStreak, newBytes, seen, bannedUntil);
    }

    private PeerRecord times(long newSeen, long newBannedUntil) {
        return new PeerRecord(good, bad, strikes, rate, latency, dialStreak, bytes, newSeen, newBannedUntil);
    }

    /**
     * How likely it is to do well, from 0 to 1: half for whom nothing is known of, and that is what all fades to. Each offence
     * halves it besides.
     */
    public double score() {
        return (good + 1.0) / (good + bad + 2.0) * Math.exp(-Math.log(2) * strikes);
    }

    /** Whether there is enough to judge by. */
    public boolean isKnown() {
        return good + bad >= KNOWN_FROM;
    }

    /**
     * For how many seconds it is still refused at {@code time}; 0 when it is not. A ban that ends later than any can was made
     * while the clock was wrong, and would be renewed each day until then: it counts as over.
     */
    long bannedFor(long time) {
        long left = bannedUntil - time;
        return left <= 0 || left > Bans.LONGEST.toSeconds() ? 0 : Math.max(left, MIN_SECONDS);
    }

    /**
     * What forgetting it would cost; the least goes first. Whoever did more good than harm stays longest, then those that are
     * refused, by the time they still are, then the rest by their score.
     */
    double worth(long time) {
        PeerRecord now = at(time);
        if (now.good > now.bad) {
            return 2 + now.score();
        }
        long refused = now.bannedFor(time);
        return refused > 0 ? 1 + refused / (double) Bans.LONGEST.toSeconds() : now.score();
    }
}
