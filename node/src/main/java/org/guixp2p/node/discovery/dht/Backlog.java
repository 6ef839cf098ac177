// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.typed.ActorRef;

/** Datagrams between the one who reads them and the actor: what comes while too many wait is dropped, as the kernel would. */
final class Backlog {
    /** How many may wait: 1 MiB at the very most, and 2 MiB of answers. */
    static final int MOST = 512;
    /** How many answers may wait besides, for which there is one question each. */
    static final int MOST_ANSWERS = Transactions.MAX_PENDING;

    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger answers = new AtomicInteger();
    private final AtomicLong dropped = new AtomicLong();

    /** Puts one in the actor's mailbox, or drops it. */
    void offer(InetSocketAddress source, byte[] datagram, boolean answer,
            ActorRef<? super DhtActor.Received> actor) {
        AtomicInteger kind = answer ? answers : waiting;
        if (kind.incrementAndGet() > (answer ? MOST_ANSWERS : MOST)) {
            kind.decrementAndGet();
            dropped.incrementAndGet();
        } else {
            actor.tell(new DhtActor.Received(source, datagram, answer));
        }
    }

    /** The actor has taken one. */
    void taken(boolean answer) {
        (answer ? answers : waiting).decrementAndGet();
    }

    /** How many were dropped. */
    long dropped() {
        return dropped.get();
    }
}
