// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.guixp2p.protocol.swarm.DialOutcome;
import org.guixp2p.protocol.swarm.SwarmMessage;

/** What one peer is good for in finding others. Part of the {@link PeerSession} actor, on its thread. */
final class Acquaintance {
    private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();
    /** After the greeting, and between two attempts when others are being looked at. */
    private static final long LOOK_NANOS = Duration.ofSeconds(2).toNanos();

    /** A dial takes 10 s at most. */
    private static final long PATIENCE_NANOS = Duration.ofSeconds(20).toNanos();

    private final PeerConnection connection;
    private final Acquaintances all;
    private final Ticker ticker;
    private final PeerExchange exchange;
    private final AtomicBoolean answering = new AtomicBoolean();
    private final boolean elsewhere;
    private Optional<Reachability.Question> asking = Optional.empty();
    private long askedNanos;
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
        this.elsewhere = all.isElsewhere(connection);
        if (elsewhere && connection.inbound()) {
            all.reachability().came(connection.address());
        }
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
        if (now - lookNanos >= 0) {
            lookNanos = now + LOOK_NANOS;
            unproven.ifPresent(this::prove);
        }
        if (!connection.isLight()) {
            if (connection.hello().features().contains(SwarmMessage.PEERS)) {
                exchange.tell(now);
            }
            ask(now);
        }
    }

    private void ask(long now) {
        if (asking.isPresent() && now - askedNanos >= PATIENCE_NANOS) {
            answered(new SwarmMessage.DialledBack(DialOutcome.BUSY));
        }
        int port = all.portOf(connection.address());
        if (asking.isEmpty() && elsewhere && port >= SwarmMessage.Peers.FIRST_PORT
                && connection.hello().features().contains(SwarmMessage.DIAL_BACK)) {
            asking = all.reachability().wants(connection.address());
            if (asking.isPresent()) {
                askedNanos = now;
                connection.send(new SwarmMessage.DialBack(port));
            }
        }
    }

    /** Others are told of it only when this node has connected to it itself. */
    private void prove(InetSocketAddress address) {
        all.checks().check(connection.peer(), address, false, outcome -> {
            if (outcome == DialOutcome.BUSY) {
                return;
            }
            unproven = Optional.empty();
            if (outcome == DialOutcome.REACHED) {
                all.proven(connection, address);
            }
        });
    }

    /** It wants to be dialled, at the address that it is seen at and at no other: nobody else is to be dialled on its behalf. */
    void asked(SwarmMessage.DialBack ask) {
        if (!answering.compareAndSet(false, true)) {
            connection.send(new SwarmMessage.DialledBack(DialOutcome.BUSY));
            return;
        }
        InetSocketAddress address = new InetSocketAddress(connection.address(), ask.port());
        all.checks().check(connection.peer(), address, true, outcome -> {
            answering.set(false);
            if (outcome == DialOutcome.REACHED) {
                all.proven(connection, address);
            }
            connection.send(new SwarmMessage.DialledBack(outcome));
        });
    }

    /** It has dialled this node, or not; whoever was not asked is not listened to. */
    void answered(SwarmMessage.DialledBack answer) {
        asking.ifPresent(question -> all.reachability().answered(question, answer.outcome()));
        asking = Optional.empty();
    }

    /** It says nothing any more. */
    void lost(String reason) {
        all.watcher().lost(connection.peer(), connection.remote(), reason);
        asking.ifPresent(all.reachability()::lost);
        asking = Optional.empty();
    }

    /** It tells of others. */
    void told(SwarmMessage.Peers peers) {
        exchange.told(peers, ticker.nanos());
    }
}
