// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.extension;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.guixp2p.bridge.testing.ServedItem;
import org.guixp2p.protocol.testing.Fixtures;

/** A substitute server on loopback that has the narinfos of the fixtures, and the NARs at the place that they name. */
final class FixtureServer implements AutoCloseable {
    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final ExecutorService serving = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;

    FixtureServer() throws IOException {
        files.put("/nix-cache-info", "StoreDir: /gnu/store\nWantMassQuery: 0\nPriority: 100\n".getBytes(UTF_8));
        for (String name : Fixtures.list("narinfo")) {
            files.put(name.substring("narinfo".length()), Fixtures.bytes(name));
        }
        for (ServedItem item : ServedItem.fixtures()) {
            files.put("/nar/zstd/" + item.baseName(), Fixtures.bytes("nar/" + item.baseName() + ".zst"));
        }
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(serving);
        server.createContext("/", this::serve);
        server.start();
    }

    private void serve(HttpExchange exchange) throws IOException {
        byte[] body = files.get(exchange.getRequestURI().getPath());
        try (exchange) {
            exchange.sendResponseHeaders(body == null ? 404 : 200, body == null ? -1 : body.length);
            if (body != null) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        serving.close();
    }
}
