// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.swarm.PeerSession;

/** A connected peer of whom {@link SmallNars} are asked: what it owes, how it gets on, and whether it is left alone for a while. */
final class SmallGiver {
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long LONGEST_REST_NANOS = TimeUnit.HOURS.toNanos(1);

    private final ActorRef<PeerSession.Command> session;
    private final Headway headway = new Headway();
    private final LongSupplier nanos;
    private volatile long heardNanos;
    private long restUntil;
    private long nextRest = REST_NANOS;
    private boolean rests;
    private boolean isShunned;
    private long newestAsked;
    private boolean anyCame;
    private int owes;
    private long owesBytes;
    /** Of all blocks that it has sent, when it was last asked. */
    private long sent = -1;

    /** @param nanos a clock as {@link System#nanoTime} */
    SmallGiver(ActorRef<PeerSession.Command> session, LongSupplier nanos) {
        this.session = session;
        this.nanos = nanos;
        this.heardNanos = nanos.getAsLong();
    }

    ActorRef<PeerSession.Command> session() {
        return session;
    }

    private long millis() {
        return TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong());
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
        heardNanos = nanos.getAsLong();
    }

    /** For how long it has said nothing, in nanoseconds. */
    long silence(long nowNanos) {
        return nowNanos - heardNanos;
    }

    void came(SmallNar nar) {
        heard();
        headway.made(millis());
        nextRest = REST_NANOS;
        rests &= isShunned;
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

    /** It did not give one: it is not asked for the next ones, each time for longer. Of those that fail at once the first counts. */
    void rest() {
        long now = nanos.getAsLong();
        if (mayBeAsked(now)) {
            rests = true;
            isShunned = false;
            restUntil = now + nextRest;
            nextRest = Math.min(2 * nextRest, LONGEST_REST_NANOS);
        }
    }

    /** It gave something else: it is not asked for as long as ever, whatever it gives meanwhile. */
    void shun() {
        rests = true;
        isShunned = true;
        restUntil = nanos.getAsLong() + LONGEST_REST_NANOS;
    }
}
