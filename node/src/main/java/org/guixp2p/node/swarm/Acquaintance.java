// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.time.Duration;
import org.guixp2p.persistence.addresses.AddressBook;

/** What one peer is good for in finding others. Part of the {@link PeerSession} actor, on its thread. */
final class Acquaintance {
    private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();

    private final PeerConnection connection;
    private final AddressBook book;
    private final Ticker ticker;
    private long lookedNanos;

    Acquaintance(PeerConnection connection, AddressBook book) {
        this.connection = connection;
        this.book = book;
        this.ticker = connection.settings().ticker();
        this.lookedNanos = ticker.nanos();
    }

    /** Looks what is to be done; once a second. */
    void tick() {
        long now = ticker.nanos();
        if (now - lookedNanos >= MINUTE_NANOS) {
            lookedNanos = now;
            if (!connection.inbound()) {
                book.stands(connection.peer(), connection.remote());
            }
        }
    }
}
