// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.relay;

import java.time.Duration;

/**
 * What stands between a server and those who dial it.
 *
 * @param rate bytes a second that the server can send, to all together; 0 is no bound
 * @param delay what is added to each way, half of what is added to a round trip
 */
public record Link(long rate, Duration delay) {
    /** What a link lets pass at once after a pause. */
    public static final int BURST = 64 * 1024;
    /** One that does nothing. */
    public static final Link NONE = new Link(0, Duration.ZERO);

    public Link {
        if (rate < 0 || delay.isNegative()) {
            throw new IllegalArgumentException("rate " + rate + ", delay " + delay);
        }
    }

    /** Whether there is a bound. */
    public boolean isShaped() {
        return rate > 0;
    }

    boolean delays() {
        return !delay.isZero();
    }
}
