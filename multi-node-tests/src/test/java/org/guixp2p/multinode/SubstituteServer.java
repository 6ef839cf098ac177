// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.FileSize;
import org.guixp2p.protocol.narinfo.NarSource;
import org.guixp2p.protocol.narinfo.NarUrl;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.testing.Fixtures;

/** A substitute server that has the real narinfos, and what a test publishes. It may give a NAR in part, or wait before its end. */
final class SubstituteServer implements AutoCloseable {
    /** Bytes of a NAR behind a closed gate. */
    private static final int GATED_BYTES = 100;

    private final HttpServer server;
    private final ExecutorService serving = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final Map<String, Integer> breaks = new ConcurrentHashMap<>();
    private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();

    SubstituteServer() throws IOException {
        for (String name : Fixtures.list("narinfo")) {
            files.put(name.substring("narinfo/".length()), Fixtures.bytes(name));
        }
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(serving);
        server.createContext("/", this::serve);
        server.start();
    }

    private void serve(HttpExchange exchange) throws IOException {
        String name = exchange.getRequestURI().getPath().substring(1);
        byte[] body = files.get(name);
        if (body == null) {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
            return;
        }
        try (exchange) {
            exchange.sendResponseHeaders(200, body.length);
            Integer most = breaks.get(name);
            if (most != null) {
                exchange.getResponseBody().write(body, 0, most);
                exchange.getResponseBody().flush();
                return;
            }
            CountDownLatch gate = gates.get(name);
            int before = gate == null ? body.length : body.length - GATED_BYTES;
            exchange.getResponseBody().write(body, 0, before);
            exchange.getResponseBody().flush();
            if (gate != null) {
                gate.await();
            }
            exchange.getResponseBody().write(body, before, body.length - before);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private static String nar(StorePath item) {
        return "nar/" + item.baseName();
    }

    /** Has the signed narinfo of an item whose NAR has so many bytes, though not the NAR. */
    void publish(StorePath item, NarHash hash, long bytes) throws IOException {
        NarSource source = new NarSource(NarUrl.parse(nar(item)), "none", Optional.of(new FileSize(bytes)));
        NarinfoSigner signer = new NarinfoSigner(SigningKey.parse(Fixtures.bytes("keys/publisher.sec")), "test");
        files.put(item.hashPart() + ".narinfo",
                signer.sign(new NarinfoDraft(item, hash, new NarSize(bytes), List.of(), Optional.empty()),
                        List.of(source)).raw());
    }

    /** Gives an item's NAR. */
    void give(StorePath item, byte[] nar) {
        files.put(nar(item), nar);
    }

    /** Sends so many bytes of an item's NAR, and hangs up. */
    void breakOff(StorePath item, int after) {
        breaks.put(nar(item), after);
    }

    /** Sends the last 100 bytes of an item's NAR only when the gate is opened. */
    CountDownLatch gate(StorePath item) {
        CountDownLatch gate = new CountDownLatch(1);
        gates.put(nar(item), gate);
        return gate;
    }

    void openGates() {
        gates.values().forEach(CountDownLatch::countDown);
    }

    @Override
    public void close() {
        server.stop(0);
        serving.close();
    }
}
