// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.guixp2p.protocol.narinfo.Narinfo;

/**
 * Serves narinfos as {@code guix publish} does: {@code GET /HASH.narinfo} and {@code GET /nix-cache-info}, nothing
 * else. It has no NARs: whoever asks for one gets a 404, and is seen in the log.
 */
public final class NarinfoServer implements AutoCloseable {
    private static final byte[] CACHE_INFO = "StoreDir: /gnu/store\nWantMassQuery: 0\nPriority: 100\n"
            .getBytes(US_ASCII);
    private static final byte[] NOTHING = "there is nothing at this path\n".getBytes(US_ASCII);
    private static final byte[] ONLY_GET = "only GET is answered here\n".getBytes(US_ASCII);

    private final HttpServer server;
    private final ExecutorService threads;
    private final Map<String, byte[]> pages;
    private final Consumer<String> log;

    private NarinfoServer(HttpServer server, Map<String, byte[]> pages, Consumer<String> log) {
        this.server = server;
        this.pages = Map.copyOf(pages);
        this.log = log;
        this.threads = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(threads);
        server.createContext("/", this::answer);
    }

    /**
     * Serves the files of {@code directory} that are named {@code HASH.narinfo} and parse, as they are now.
     *
     * @param address where it listens, at any free port
     * @param log gets a line {@code METHOD PATH STATUS} for each request, on any thread
     * @throws IOException when the directory or a narinfo in it cannot be read
     */
    public static NarinfoServer start(Path directory, InetAddress address, Consumer<String> log) throws IOException {
        Map<String, byte[]> pages = new HashMap<>();
        pages.put("/nix-cache-info", CACHE_INFO);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.narinfo")) {
            for (Path file : files) {
                byte[] text = Files.readAllBytes(file);
                pages.put("/" + Narinfo.parse(text).path().hashPart() + ".narinfo", text);
            }
        }
        HttpServer http = HttpServer.create(new InetSocketAddress(address, 0), 0);
        NarinfoServer server = new NarinfoServer(http, pages, log);
        http.start();
        return server;
    }

    /** {@code HOST:PORT} of where it listens. */
    public String address() {
        return server.getAddress().getAddress().getHostAddress() + ":" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            byte[] page = pages.get(path);
            boolean get = exchange.getRequestMethod().equals("GET");
            int status = !get ? 405 : page == null ? 404 : 200;
            log.accept(exchange.getRequestMethod() + " " + exchange.getRequestURI().getRawPath() + " " + status);
            byte[] body = !get ? ONLY_GET : page == null ? NOTHING : page;
            exchange.getResponseHeaders().set("Content-Type",
                    status == 200 && path.endsWith(".narinfo") ? "application/x-nix-narinfo" : "text/plain");
            exchange.getResponseHeaders().set("Cache-Control", "max-age=3600");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, head ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
