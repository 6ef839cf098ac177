// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.mirrors;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.harness.relay.Relay;
import org.guixp2p.harness.world.SubstituteSite;
import org.guixp2p.protocol.swarm.HostAndPort;

/** A server that does not do what it should. While it is open it is there. */
final class BadMirror implements Closeable {
    private static final String HTTP = "http://";
    /** More than wait for a server that takes no connections. */
    private static final int MORE_THAN_WAIT = 8;

    private final Optional<String> url;
    private final List<Closeable> parts;

    /** What is wrong with it. */
    enum Kind {
        /** There is none. */
        NONE,
        /** Nobody listens at its port. */
        REFUSES,
        /** Whoever connects to it hears nothing: no word that there is nobody, either. */
        DROPS,
        /** It takes connections, and never answers. */
        SILENT,
        /** Its line carries little. */
        SLOW,
        /** Its narinfos are right, and each of its NARs has a wrong byte. */
        LIES;

        /** As in JSON. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private BadMirror(Optional<String> url, List<Closeable> parts) {
        this.url = url;
        this.parts = List.copyOf(parts);
    }

    /**
     * Opens one.
     *
     * @param good the server that is as it should be
     * @param link that stands before each server that answers
     * @param slow bytes a second of the one that is slow
     * @param damaged NARs with a wrong byte
     */
    static BadMirror open(Kind kind, SubstituteSite site, HostAndPort good, Link link, long slow, Path damaged)
            throws IOException, InterruptedException {
        Optional<BadMirror> dead = dead(kind);
        if (dead.isPresent()) {
            return dead.get();
        }
        return kind == Kind.SLOW
                ? behind(good, new Link(slow, link.delay()))
                : behind(HostAndPort.parse(site.serveToo(damaged).substring(HTTP.length())), link);
    }

    /** One that never answers; empty when the kind is another. */
    static Optional<BadMirror> dead(Kind kind) throws IOException {
        return switch (kind) {
            case NONE -> Optional.of(new BadMirror(Optional.empty(), List.of()));
            case REFUSES -> Optional.of(refusing());
            case DROPS -> Optional.of(dropping());
            case SILENT -> Optional.of(silent());
            case SLOW, LIES -> Optional.empty();
        };
    }

    private static BadMirror silent() throws IOException {
        ServerSocket socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        return at(socket.getLocalPort(), List.of(socket));
    }

    private static BadMirror behind(HostAndPort server, Link link) throws IOException {
        Relay relay = Relay.start(server, link);
        return at(relay.address().port(), List.of(relay));
    }

    private static BadMirror at(int port, List<Closeable> parts) {
        return new BadMirror(Optional.of(HTTP + InetAddress.getLoopbackAddress().getHostAddress() + ":" + port), parts);
    }

    private static BadMirror refusing() throws IOException {
        try (ServerSocket gone = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            return at(gone.getLocalPort(), List.of());
        }
    }

    /** The kernel leaves those unanswered for whom its queue has no room. */
    private static BadMirror dropping() throws IOException {
        ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        List<Closeable> parts = new ArrayList<>(List.of(full));
        for (int i = 0; i < MORE_THAN_WAIT; i++) {
            SocketChannel waiting = SocketChannel.open();
            waiting.configureBlocking(false);
            waiting.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort()));
            parts.add(waiting);
        }
        return at(full.getLocalPort(), parts);
    }

    /** Where it is. */
    List<String> urls() {
        return url.stream().toList();
    }

    @Override
    public void close() throws IOException {
        for (Closeable part : parts) {
            part.close();
        }
    }
}
