// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * Dials a peer to see whether it answers, and hangs up again. It comes under a name of its own, which nobody else has: under
 * the node's, the peer would take it for the node and hang up on that.
 */
public final class Probe {
    private static final String RESOLVING = "name";
    private static final String PING = "ping";
    /** One peer's share is more than a ping takes. */
    private static final long OUTBOX_BYTES = 1 << 20;
    private static final int MOST_ADDRESSES = 4;

    private final Handshake handshake;
    private final long untilNanos;
    private final List<Step> steps = new ArrayList<>();
    private String stage = RESOLVING;
    private long stageNanos;

    /** A part of a dial that went well: {@code name}, {@code TCP connection}, {@code TLS}, {@code hello} or {@code ping}. */
    public record Step(String stage, Duration took) {}

    /**
     * Who answered.
     *
     * @param agent what it calls itself; not verified
     * @param roundTrip of a ping, once connected
     */
    public record Answer(PeerId peer, String agent, InetSocketAddress address, List<Step> steps, Duration roundTrip) {}

    /** Nobody answered as a peer does. */
    public static final class FailedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final String stage;

        private FailedException(String stage, String reason, Throwable cause) {
            super(reason, cause);
            this.stage = stage;
        }

        /** Where it ended. */
        public String stage() {
            return stage;
        }

        /** Whether a peer said who it is, and then would not have another. */
        public boolean isTurnedAway() {
            return stage.equals(PING);
        }
    }

    private Probe(String agent, Duration within) {
        handshake = new Handshake(NodeIdentity.generate(new SecureRandom()), Handshake.hello(agent, 0),
                RateLimits.none(), new OutboxRoom(OUTBOX_BYTES, 1), SwarmSettings.STANDARD.greetingWithin(within));
        stageNanos = System.nanoTime();
        untilNanos = stageNanos + within.toNanos();
    }

    /**
     * Dials whoever is at an address; of a host with several, until one answers. Blocks.
     *
     * @param expected who must answer; anybody when it is empty
     * @param agent what to call oneself
     * @param within what all of it may take
     */
    public static Answer dial(HostAndPort where, Optional<PeerId> expected, String agent, Duration within)
            throws FailedException {
        Probe probe = new Probe(agent, within);
        try {
            return probe.dial(where, expected);
        } catch (IOException e) {
            throw new FailedException(probe.stage, String.valueOf(e.getMessage()), e);
        }
    }

    private Answer dial(HostAndPort where, Optional<PeerId> expected) throws IOException {
        List<InetAddress> addresses = resolve(where.host());
        IOException failure = new IOException("no address");
        int resolved = steps.size();
        for (InetAddress address : addresses) {
            if (leftNanos() <= 0) {
                break;
            }
            steps.subList(resolved, steps.size()).clear();
            InetSocketAddress socketAddress = new InetSocketAddress(address, where.port());
            try (Socket socket = new Socket();
                    PeerConnection connection = handshake.dial(expected, peer -> false, socketAddress, socket,
                            this::next)) {
                next(PING);
                Duration roundTrip = ping(connection);
                next("");
                return new Answer(connection.peer(), connection.hello().agent(), socketAddress, List.copyOf(steps),
                        roundTrip);
            } catch (IOException e) {
                failure = e;
            } catch (RuntimeException e) {
                // What a stranger sends makes TLS throw these too.
                failure = new IOException(String.valueOf(e.getMessage()), e);
            }
        }
        throw failure;
    }

    /** What is waited for now, and so that what was waited for before has come. */
    private void next(String awaited) {
        long now = System.nanoTime();
        if (!stage.equals(awaited) && !awaited.equals("TCP connection")) {
            steps.add(new Step(stage, Duration.ofNanos(now - stageNanos)));
        }
        stage = awaited;
        stageNanos = now;
    }

    private long leftNanos() {
        return untilNanos - System.nanoTime();
    }

    /** A resolver may take longer than anybody wants to wait. */
    private List<InetAddress> resolve(String host) throws IOException {
        CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();
        Thread.ofVirtual().name("probe-resolve").start(() -> {
            try {
                found.complete(List.of(InetAddress.getAllByName(host)));
            } catch (IOException e) {
                found.completeExceptionally(e);
            }
        });
        List<InetAddress> addresses = await(found, "no such host: " + host);
        steps.add(new Step(RESOLVING, Duration.ofNanos(System.nanoTime() - stageNanos)));
        return addresses.stream().limit(MOST_ADDRESSES).toList();
    }

    private Duration ping(PeerConnection connection) throws IOException {
        CompletableFuture<Long> pong = new CompletableFuture<>();
        connection.start(message -> {
            switch (message) {
                case SwarmMessage.Pong _ -> pong.complete(System.nanoTime());
                case SwarmMessage.Goodbye goodbye -> pong.completeExceptionally(new IOException(
                        "it said goodbye: " + goodbye.reason().token() + " " + goodbye.detail()));
                default -> {
                    // what it tells every peer
                }
            }
        }, end -> pong.completeExceptionally(new IOException(end.reason())));
        long sent = System.nanoTime();
        connection.send(new SwarmMessage.Ping(1));
        Duration roundTrip = Duration.ofNanos(await(pong, "no answer to a ping") - sent);
        connection.leave(SwarmMessage.Goodbye.of(GoodbyeReason.OTHER, "only looked whether you answer"));
        connection.whenClosed().toCompletableFuture().completeOnTimeout(null, 1, TimeUnit.SECONDS).join();
        return roundTrip;
    }

    private <T> T await(CompletableFuture<T> what, String otherwise) throws IOException {
        try {
            return what.get(Math.max(0, leftNanos()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            String reason = Optional.ofNullable(e.getCause()).map(Throwable::getMessage).orElse(null);
            throw new IOException(stage.equals(RESOLVING) || reason == null ? otherwise : reason, e);
        } catch (TimeoutException e) {
            throw new IOException(otherwise + " in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
