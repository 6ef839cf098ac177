// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.guixp2p.protocol.swarm.SwarmMessage;

/** What one peer is good for in finding others. Part of the {@link PeerSession} actor, on its thread. */
final class Acquaintance {
    private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();
    /** After the greeting, and between two attempts when others are being looked at. */
    private static final long LOOK_NANOS = Duration.ofSeconds(2).toNanos();

    private final PeerConnection connection;
    private final Acquaintances all;
    private final Ticker ticker;
    private final PeerExchange exchange;
    private long stoodNanos;
    private long lookNanos;
    /** Where it is said to listen, if that was not looked at yet. */
    private volatile Optional<InetSocketAddress> unproven;

    Acquaintance(PeerConnection connection, Acquaintances all) {
        this.connection = connection;
        this.all = all;
        this.ticker = connection.settings().ticker();
        this.stoodNanos = ticker.nanos();
        this.lookNanos = stoodNanos + LOOK_NANOS;
        this.unproven = listening(connection).filter(all.book()::mayBeKept);
        this.exchange = new PeerExchange(connection.peer(), connection.address(), all.share(), all.book(),
                connection::send, all::meet, stoodNanos);
    }

    private static Optional<InetSocketAddress> listening(PeerConnection connection) {
        int port = connection.hello().listenPort();
        return connection.inbound() && port >= SwarmMessage.Peers.FIRST_PORT
                ? Optional.of(new InetSocketAddress(connection.address(), port))
                : Optional.empty();
    }

    /** Looks what is to be done; once a second. */
    void tick() {
        long now = ticker.nanos();
        if (!connection.inbound() && now - stoodNanos >= MINUTE_NANOS) {
            stoodNanos = now;
            all.book().stands(connection.peer(), connection.remote());
        }
        if (unproven.isPresent() && now - lookNanos >= 0) {
            lookNanos = now + LOOK_NANOS;
            prove(unproven.get());
        }
        if (connection.hello().features().contains(SwarmMessage.PEERS)) {
            exchange.tell(now);
        }
    }

    /** Others are told of it only when this node has connected to it itself. */
    private void prove(InetSocketAddress address) {
        all.checks().check(connection.peer(), address, outcome -> {
            if (outcome == AddressChecks.Outcome.BUSY) {
                return;
            }
            unproven = Optional.empty();
            if (outcome == AddressChecks.Outcome.REACHED) {
                all.book().worked(connection.peer(), address);
            }
        });
    }

    /** It tells of others. */
    void told(SwarmMessage.Peers peers) {
        exchange.told(peers, ticker.nanos());
    }
}
