// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.StorePath;

/**
 * Substitute servers that have an unsigned narinfo for whatever they are asked for: every other server the longest that a
 * node reads, and the rest one of 1 MiB.
 */
final class SpamServers implements AutoCloseable {
    private static final String NAME = "-spam";
    /** The longest narinfo that a node reads, in bytes. */
    private static final int MOST_READ = 1 << 18;
    private static final int LONGEST = 1 << 20;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<HttpServer> servers = new ArrayList<>();
    private final AtomicInteger answers = new AtomicInteger();
    private final String rest;

    SpamServers(int count) throws IOException {
        String start = "\nURL: nar/spam\nCompression: none\nNarHash: sha256:" + "0".repeat(52)
                + "\nNarSize: 1000\nReferences:";
        String reference = " " + "a".repeat(32) + "-r";
        rest = start + reference.repeat(LONGEST / reference.length() + 1);
        for (int i = 0; i < count; i++) {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            int length = i % 2 == 0 ? MOST_READ : LONGEST;
            server.createContext("/", exchange -> answer(exchange, length));
            server.start();
            servers.add(server);
        }
    }

    private void answer(HttpExchange exchange, int length) throws IOException {
        String file = exchange.getRequestURI().getPath();
        String hashPart = file.substring(1, file.indexOf('.'));
        String text = "StorePath: /gnu/store/" + hashPart + NAME + rest;
        // Up to the last reference that fits.
        String whole = text.substring(0, text.lastIndexOf(' ', length - 1)) + "\n";
        byte[] body = whole.getBytes(StandardCharsets.US_ASCII);
        try (exchange) {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            answers.incrementAndGet();
        }
    }

    /** How many narinfos were written in all. */
    int answers() {
        return answers.get();
    }

    /** As many paths that they have something to say about, others for each {@code seed}. */
    static List<StorePath> paths(String seed, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Sha256.hash((seed + i).getBytes(StandardCharsets.UTF_8)).bytes())
                .map(hash -> new StorePath(NixBase32.encode(Arrays.copyOf(hash, 20)) + NAME)).toList();
    }

    /** The line of {@code _NIX_OPTIONS} that names them. */
    String option() {
        return servers.stream().map(server -> "http://127.0.0.1:" + server.getAddress().getPort())
                .collect(Collectors.joining(" ", "untrusted-substitute-urls=", "\n"));
    }

    @Override
    public void close() {
        servers.forEach(server -> server.stop(0));
        threads.close();
    }
}
