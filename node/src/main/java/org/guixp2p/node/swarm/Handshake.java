// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.swarm.FrameDecoder;
import org.guixp2p.protocol.swarm.FrameEncoder;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;

/**
 * From a TCP connection to a peer: TLS, then a hello each way. Blocks; for virtual threads. The whole has one deadline, so
 * that whoever connects and says nothing, or a byte now and then, does not stay.
 */
final class Handshake {
    private static final int SOCKET_BUFFER = 1 << 20;

    private final NodeIdentity identity;
    private final PeerTls tls;
    private final Function<Socket, SwarmMessage.Hello> hello;
    private final RateLimits limits;
    private final OutboxRoom outboxes;
    private final OutboxRoom lightOutboxes;
    private final SwarmSettings settings;

    /** @param outboxes for what all peers have yet to read */
    Handshake(NodeIdentity identity, SwarmMessage.Hello hello, RateLimits limits, OutboxRoom outboxes,
            SwarmSettings settings) {
        this(identity, _ -> hello, limits, outboxes, outboxes, settings);
    }

    /**
     * Greets each as suits him.
     *
     * @param hello for whoever is at the other end of such a connection
     * @param lightOutboxes for what those have yet to read who only exchange inventories
     */
    Handshake(NodeIdentity identity, Function<Socket, SwarmMessage.Hello> hello, RateLimits limits, OutboxRoom outboxes,
            OutboxRoom lightOutboxes, SwarmSettings settings) {
        this.identity = identity;
        this.tls = new PeerTls(identity);
        this.hello = hello;
        this.limits = limits;
        this.outboxes = outboxes;
        this.lightOutboxes = lightOutboxes;
        this.settings = settings;
    }

    RateLimits limits() {
        return limits;
    }

    /** Who answers is this node: it has dialled itself. */
    static final class OwnAddressException extends IOException {
        private static final long serialVersionUID = 1L;

        private OwnAddressException() {
            super("this is the node itself");
        }
    }

    /** Who answers is known already: nothing was said, so that he does not take it for his only connection. */
    static final class AlreadyThereException extends IOException {
        private static final long serialVersionUID = 1L;

        final transient PeerId peer;

        private AlreadyThereException(PeerId peer) {
            super("this is " + peer + ", who is connected");
            this.peer = peer;
        }
    }

    /**
     * Dials a peer.
     *
     * @param expected who must answer; anybody when it is empty
     * @param there whether somebody is known already, who then is not greeted
     * @param socket not connected yet; closed when this fails
     * @throws OwnAddressException when this node answers
     * @throws AlreadyThereException when somebody answers who is known
     * @throws IOException when nobody answers in time, or it is somebody else
     */
    PeerConnection dial(Optional<PeerId> expected, Predicate<PeerId> there, InetSocketAddress address, Socket socket)
            throws IOException {
        return dial(expected, there, address, socket, stage -> {});
    }

    /** Likewise, for a light session with whoever answers. */
    PeerConnection dialLight(Predicate<PeerId> there, InetSocketAddress address, Socket socket) throws IOException {
        return dial(Optional.empty(), there, address, socket, stage -> {}, SwarmMessage.Hello::forLight);
    }

    /** Likewise; {@code stages} hears what is waited for. */
    PeerConnection dial(Optional<PeerId> expected, Predicate<PeerId> there, InetSocketAddress address, Socket socket,
            Consumer<String> stages) throws IOException {
        return dial(expected, there, address, socket, stages, UnaryOperator.identity());
    }

    private PeerConnection dial(Optional<PeerId> expected, Predicate<PeerId> there, InetSocketAddress address,
            Socket socket, Consumer<String> stages, UnaryOperator<SwarmMessage.Hello> kind) throws IOException {
        return inTime(socket, stages, deadline -> {
            deadline.next("TCP connection");
            prepare(socket);
            socket.connect(address);
            deadline.next("TLS");
            PeerConnection.Sockets sockets = new PeerConnection.Sockets(socket, tls.connect(socket));
            PeerId peer = PeerTls.peer(sockets.tls());
            if (expected.isPresent() && !expected.get().equals(peer)) {
                throw refusal(sockets.tls(), GoodbyeReason.NOT_ALLOWED,
                        "expected peer " + expected.get() + ", found " + peer);
            }
            if (there.test(peer)) {
                throw new AlreadyThereException(peer);
            }
            return greet(sockets, false, kind.apply(hello.apply(socket)), deadline);
        });
    }

    /**
     * Greets whoever has dialled.
     *
     * @param socket closed when this fails
     * @throws IOException when it is no peer, or does not show in time that it is one
     */
    PeerConnection accept(Socket socket) throws IOException {
        return inTime(socket, stage -> {}, deadline -> {
            deadline.next("TLS");
            prepare(socket);
            return greet(new PeerConnection.Sockets(socket, tls.accept(socket)), true, hello.apply(socket),
                    deadline);
        });
    }

    private interface Steps {
        PeerConnection take(Deadline deadline) throws IOException;
    }

    private PeerConnection inTime(Socket socket, Consumer<String> stages, Steps steps) throws IOException {
        Deadline deadline = new Deadline(socket, settings, stages);
        PeerConnection connection;
        try {
            connection = steps.take(deadline);
        } catch (IOException | RuntimeException e) {
            socket.close();
            if (!deadline.met()) {
                throw late(deadline, e);
            }
            if (e instanceof SSLException) {
                throw new IOException("TLS: " + e.getMessage(), e);
            }
            throw e;
        }
        if (!deadline.met()) {
            connection.close();
            throw late(deadline, null);
        }
        return connection;
    }

    private IOException late(Deadline deadline, @Nullable Exception cause) {
        return new IOException("no " + deadline.stage() + " within " + settings.greeting().toMillis() + " ms", cause);
    }

    private static void prepare(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSendBufferSize(SOCKET_BUFFER);
    }

    private PeerConnection greet(PeerConnection.Sockets sockets, boolean inbound, SwarmMessage.Hello ours,
            Deadline deadline) throws IOException {
        SSLSocket socket = sockets.tls();
        byte[] key = PeerTls.key(socket);
        if (PeerId.ofPublicKey(key).equals(identity.peerId())) {
            throw new OwnAddressException();
        }
        deadline.next("hello");
        socket.getOutputStream().write(FrameEncoder.encode(ours).head());
        FrameDecoder frames = FrameDecoder.ofStranger();
        return switch (first(socket, frames)) {
            case SwarmMessage.Hello theirs -> {
                boolean light = inbound ? theirs.light() : ours.light();
                if (light && !theirs.features().contains(SwarmMessage.LIGHT)) {
                    throw refusal(socket, GoodbyeReason.FAILED, "no feature for a light session");
                }
                yield new PeerConnection(sockets, new Greeted(Octets.of(key), theirs, inbound, light), frames, limits,
                        light ? lightOutboxes : outboxes, settings);
            }
            case SwarmMessage.Goodbye goodbye ->
                throw new IOException("it said goodbye: " + goodbye.reason().token() + " " + goodbye.detail());
            case null -> throw new IOException("it hung up before its hello, as one does who only looks who is here");
            default -> throw refusal(socket, GoodbyeReason.MALFORMED, "its first message is no hello");
        };
    }

    private static @Nullable SwarmMessage first(SSLSocket socket, FrameDecoder frames) throws IOException {
        try {
            return FrameReader.next(socket.getInputStream(), frames, count -> {});
        } catch (FormatException e) {
            throw refusal(socket, GoodbyeReason.MALFORMED, String.valueOf(e.getMessage()));
        }
    }

    private static IOException refusal(SSLSocket socket, GoodbyeReason reason, String detail) throws IOException {
        socket.getOutputStream().write(FrameEncoder.encode(SwarmMessage.Goodbye.of(reason, detail)).head());
        socket.close();
        return new IOException(detail);
    }

    /** The hello of this node. */
    static SwarmMessage.Hello hello(String agent, int listenPort) {
        return new SwarmMessage.Hello(SwarmMessage.VERSION,
                Set.of(SwarmMessage.INVENTORY, SwarmMessage.LIGHT, SwarmMessage.NARINFO,
                        SwarmMessage.PEERS, SwarmMessage.DIAL_BACK, SwarmMessage.QUERIES),
                agent, listenPort, PeerSession.SERVING);
    }

    /** Tells a peer that was greeted why it cannot stay. */
    static void turnAway(PeerConnection connection, GoodbyeReason reason, String detail) {
        connection.start(message -> {}, end -> {});
        connection.leave(SwarmMessage.Goodbye.of(reason, detail));
    }

    /**
     * Closes a socket when its time is over. A timeout for each read would not do: whoever sends a byte before each runs out
     * stays for ever.
     */
    private static final class Deadline {
        private enum Outcome {
            OPEN, MET, MISSED
        }

        private final AtomicReference<Outcome> outcome = new AtomicReference<>(Outcome.OPEN);
        private final CountDownLatch done = new CountDownLatch(1);
        private final Consumer<String> stages;
        private volatile String stage = "";

        private Deadline(Socket socket, SwarmSettings settings, Consumer<String> stages) {
            this.stages = stages;
            Thread.ofVirtual().name("swarm-deadline").start(() -> {
                try {
                    if (!settings.patience().await(done, settings.greeting())
                            && outcome.compareAndSet(Outcome.OPEN, Outcome.MISSED)) {
                        socket.close();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } catch (IOException e) {
                    // It is gone, which is what was wanted.
                }
            });
        }

        /** Says what is waited for now. */
        private void next(String awaited) {
            stage = awaited;
            stages.accept(awaited);
        }

        private String stage() {
            return stage;
        }

        /** Ends the deadline; whether that was in time. */
        private boolean met() {
            outcome.compareAndSet(Outcome.OPEN, Outcome.MET);
            done.countDown();
            return outcome.get() == Outcome.MET;
        }
    }
}
