// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.OptionalLong;
import org.guixp2p.protocol.swarm.SwarmMessage;

/** How long a peer's answers to pings take. Written by its session alone; anybody may read {@link #nanos}. */
final class RoundTrip {
    private static final long UNKNOWN = -1;

    private long asked;
    private volatile long nanos = UNKNOWN;

    /** @param now on the ticker; the first ping is due only later */
    RoundTrip(long now) {
        this.asked = now;
    }

    /** When it was asked last, on the ticker. */
    long asked() {
        return asked;
    }

    /** The next ping, at {@code now}. */
    SwarmMessage.Ping ask(long now) {
        asked = now;
        return new SwarmMessage.Ping(nonce());
    }

    /** An answer came at {@code now}; one to an earlier ping, or to none, says nothing. */
    void answered(SwarmMessage.Pong pong, long now) {
        if (pong.nonce() == nonce()) {
            nanos = now - asked;
        }
    }

    private long nonce() {
        return asked & Long.MAX_VALUE;
    }

    /** What the last answer took; empty when there was none yet. */
    OptionalLong nanos() {
        long last = nanos;
        return last == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(last);
    }
}
