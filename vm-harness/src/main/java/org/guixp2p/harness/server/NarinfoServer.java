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
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.guixp2p.protocol.narinfo.Narinfo;

/**
 * Serves narinfos as {@code guix publish} does: {@code GET /HASH.narinfo} and {@code GET /nix-cache-info}; and NARs, if it is
 * given any. Nothing else is there: whoever asks for it gets a 404, and is seen in the log.
 */
public final class NarinfoServer implements AutoCloseable {
    /** Where NARs are that are not compressed. */
    public static final String NARS = "/nar/none/";

    private static final byte[] CACHE_INFO = "StoreDir: /gnu/store\nWantMassQuery: 0\nPriority: 100\n"
            .getBytes(US_ASCII);
    private static final byte[] NOTHING = "there is nothing at this path\n".getBytes(US_ASCII);
    private static final byte[] ONLY_GET = "only GET is answered here\n".getBytes(US_ASCII);

    private final HttpServer server;
    private final ExecutorService threads;
    private final Map<String, byte[]> pages;
    private final Map<String, Path> nars;
    private final Consumer<String> log;

    private NarinfoServer(HttpServer server, Map<String, byte[]> pages, Map<String, Path> nars, Consumer<String> log) {
        this.server = server;
        this.pages = Map.copyOf(pages);
        this.nars = Map.copyOf(nars);
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
        return start(directory, Optional.empty(), address, log);
    }

    /**
     * Serves NARs too.
     *
     * @param nars a directory of files, each of which is served as it is below {@value #NARS}
     */
    public static NarinfoServer start(Path directory, Optional<Path> nars, InetAddress address, Consumer<String> log)
            throws IOException {
        Map<String, Path> served = nars.isPresent() ? narsIn(nars.get()) : Map.of();
        Map<String, byte[]> pages = new HashMap<>();
        pages.put("/nix-cache-info", CACHE_INFO);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.narinfo")) {
            for (Path file : files) {
                byte[] text = Files.readAllBytes(file);
                pages.put("/" + Narinfo.parse(text).path().hashPart() + ".narinfo", text);
            }
        }
        HttpServer http = HttpServer.create(new InetSocketAddress(address, 0), 0);
        NarinfoServer server = new NarinfoServer(http, pages, served, log);
        http.start();
        return server;
    }

    private static Map<String, Path> narsIn(Path directory) throws IOException {
        Map<String, Path> nars = new HashMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(file -> nars.put(NARS + file.getFileName(), file));
        }
        return nars;
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
            Path nar = nars.get(path);
            if (get && nar != null) {
                give(exchange, nar);
                return;
            }
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

    private void give(HttpExchange exchange, Path nar) throws IOException {
        log.accept("GET " + exchange.getRequestURI().getRawPath() + " 200");
        exchange.getResponseHeaders().set("Content-Type", "application/x-nix-archive");
        exchange.sendResponseHeaders(200, Files.size(nar));
        Files.copy(nar, exchange.getResponseBody());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
