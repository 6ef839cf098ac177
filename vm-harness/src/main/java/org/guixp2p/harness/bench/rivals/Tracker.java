// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.rivals;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import org.guixp2p.protocol.swarm.HostAndPort;

/** Tells every client the same peers on loopback (BEP 3, in the compact form of BEP 23). */
final class Tracker implements AutoCloseable {
    private static final byte[] LOOPBACK = {127, 0, 0, 1};
    private static final int BYTES_PER_PEER = 6;

    private final HttpServer server;
    private final byte[] answer;

    private Tracker(HttpServer server, byte[] answer) {
        this.server = server;
        this.answer = answer;
        server.createContext("/announce", this::answer);
    }

    static Tracker start(List<HostAndPort> peers) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        Tracker tracker = new Tracker(server, answer(peers));
        server.start();
        return tracker;
    }

    static byte[] answer(List<HostAndPort> peers) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(("d8:intervali1800e5:peers" + BYTES_PER_PEER * peers.size() + ":").getBytes(US_ASCII));
        for (HostAndPort peer : peers) {
            out.writeBytes(LOOPBACK);
            out.write(peer.port() >> 8);
            out.write(peer.port());
        }
        out.write('e');
        return out.toByteArray();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/announce");
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
