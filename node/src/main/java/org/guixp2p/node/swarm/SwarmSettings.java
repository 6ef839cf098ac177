// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Times and bounds of the swarm that are nobody's to configure. Those that the other side can notice stand in
 * docs/wire-protocol.md.
 *
 * @param greeting from a TCP connection to the other side's hello
 * @param greetings strangers being greeted at a time; more wait in the kernel
 * @param greetingsPerAddress of these, from one address: else a single machine could keep all others out
 * @param sessionsPerAddress connections that one address other than this machine's own has dialled: identities are free,
 *         addresses are not
 * @param pingAfter without a byte from the peer or to it
 * @param deadAfter without a byte from the peer
 * @param lastWord how long a goodbye may take to get out, and what came before the end of a connection to be read
 * @param stable a connection that stood for this long was a success: the next dial does not wait long
 * @param idle without a block from the peer or to it, its place may go to one who is said to have what is wanted
 * @param waitingMessages that one peer leaves unread before it is hung up on
 * @param waitingBytes likewise
 * @param takenAMinute bytes that a peer is to take in a minute in which something waits for it all the time: what is made for
 *         it is kept from others
 */
record SwarmSettings(Duration greeting, int greetings, int greetingsPerAddress, int sessionsPerAddress,
        Duration pingAfter, Duration deadAfter, Duration lastWord, Duration stable, Duration idle,
        int waitingMessages, long waitingBytes, long takenAMinute, Ticker ticker, Patience patience) {

    /**
     * Those of a node. An honest peer may ask for 1024 NARs at a time, and has {@link Serving#PREPARED} blocks waiting
     * for it: both fit four times. A link of 8 KiB a second brings four times what a peer must take.
     */
    static final SwarmSettings STANDARD = new SwarmSettings(Duration.ofSeconds(10), 64, 16, 4, Duration.ofSeconds(5),
            Duration.ofSeconds(15), Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofSeconds(30), 4096,
            32L << 20,
            60 * 2048, Ticker.SYSTEM,
            (done, time) -> done.await(time.toNanos(), TimeUnit.NANOSECONDS));

    /** These, but for what a greeting may take. */
    SwarmSettings greetingWithin(Duration time) {
        return new SwarmSettings(time, greetings, greetingsPerAddress, sessionsPerAddress, pingAfter, deadAfter,
                lastWord,
                stable, idle, waitingMessages, waitingBytes, takenAMinute, ticker, patience);
    }

    /** Waits for strangers to say who they are, and for the end of what came. A test has its own. */
    interface Patience {
        /** Waits for the latch to open; false when the time was over before that. */
        boolean await(CountDownLatch done, Duration time) throws InterruptedException;
    }
}
