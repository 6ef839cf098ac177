// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.typed.ActorRef;

/** Datagrams between the one who reads them and the actor: what comes while too many wait is dropped, as the kernel would. */
final class Backlog {
    /** How many may wait: 1 MiB at the very most. */
    static final int MOST = 512;

    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong dropped = new AtomicLong();

    /** Puts one in the actor's mailbox, or drops it. */
    void offer(InetSocketAddress source, byte[] datagram, ActorRef<? super DhtActor.Received> actor) {
        if (waiting.incrementAndGet() > MOST) {
            waiting.decrementAndGet();
            dropped.incrementAndGet();
        } else {
            actor.tell(new DhtActor.Received(source, datagram));
        }
    }

    /** The actor has taken one. */
    void taken() {
        waiting.decrementAndGet();
    }

    /** How many were dropped. */
    long dropped() {
        return dropped.get();
    }
}
