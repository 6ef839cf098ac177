// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.swarm.PeerSession;

/** A connected peer of whom {@link SmallNars} are asked: what it owes, how it gets on, and whether it is left alone for a while. */
final class SmallGiver {
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long LONGEST_REST_NANOS = TimeUnit.HOURS.toNanos(1);

    private final ActorRef<PeerSession.Command> session;
    private final Headway headway = new Headway();
    private volatile long heardNanos = System.nanoTime();
    private long restUntil;
    private long nextRest = REST_NANOS;
    private boolean rests;
    private long newestAsked;
    private boolean anyCame;
    private int owes;
    private long owesBytes;
    /** Of all blocks that it has sent, when it was last asked. */
    private long sent = -1;

    SmallGiver(ActorRef<PeerSession.Command> session) {
        this.session = session;
    }

    ActorRef<PeerSession.Command> session() {
        return session;
    }

    private static long millis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    // What it owes.

    int owes() {
        return owes;
    }

    long owesBytes() {
        return owesBytes;
    }

    void asked(SmallNar nar) {
        if (owes++ == 0) {
            headway.made(millis());
            sent = -1;
        }
        owesBytes += nar.request().size().bytes();
    }

    /** It has answered, or will not. */
    void settled(SmallNar nar) {
        owes--;
        owesBytes -= nar.request().size().bytes();
    }

    // How it gets on.

    /** It has said something. From any thread. */
    void heard() {
        heardNanos = System.nanoTime();
    }

    /** For how long it has said nothing, in nanoseconds. */
    long silence(long nowNanos) {
        return nowNanos - heardNanos;
    }

    void came(SmallNar nar) {
        heard();
        headway.made(millis());
        nextRest = REST_NANOS;
        newestAsked = anyCame && newestAsked - nar.askedNanos() > 0 ? newestAsked : nar.askedNanos();
        anyCame = true;
    }

    /** Whether one came that was asked for so much later than another one. */
    boolean hasOvertaken(SmallNar nar, long byNanos) {
        return anyCame && newestAsked - nar.askedNanos() > byNanos;
    }

    /** How many bytes of blocks it has sent so far, for whatever. */
    void sent(long bytes) {
        if (sent >= 0 && bytes > sent) {
            heard();
            headway.received(bytes - sent, millis());
        }
        sent = bytes;
    }

    /** Whether it gives next to nothing, for so long. */
    boolean isStalled(long millis) {
        return headway.isStalled(millis(), millis);
    }

    // Whether it is asked.

    boolean mayBeAsked(long nowNanos) {
        return !rests || nowNanos - restUntil >= 0;
    }

    /**
     * It did not give one: it is not asked for the next ones, each time for longer.
     *
     * @param forLong for as long as ever
     */
    void rest(boolean forLong) {
        long time = forLong ? LONGEST_REST_NANOS : nextRest;
        rests = true;
        restUntil = System.nanoTime() + time;
        nextRest = Math.min(2 * nextRest, LONGEST_REST_NANOS);
    }
}
