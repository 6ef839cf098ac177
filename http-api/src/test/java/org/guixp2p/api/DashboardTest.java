// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The page and its files, asked for over a socket. */
class DashboardTest {
    private static final Pattern REFERENCE = Pattern.compile("(?:src=|href=|from )\"([^\"#]+)\"");
    private static final Map<String, String> TYPES = Map.of("/", "text/html; charset=UTF-8", "js",
            "text/javascript; charset=UTF-8", "css", "text/css; charset=UTF-8", "svg", "image/svg+xml");

    private static ActorTestKit kit;
    private static ServerBinding binding;

    @BeforeAll
    static void serve() throws Exception {
        kit = ActorTestKit.create();
        binding = Http.get(kit.system()).newServerAt("127.0.0.1", 0)
                .bind(new ApiRoutes(new ApiRoutesTest.FixedNode()).route()).toCompletableFuture().get();
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    private static String ask(String method, String path, String headers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), binding.localAddress().getPort());
                OutputStream out = socket.getOutputStream();
                InputStream in = socket.getInputStream()) {
            out.write((method + " " + path + " HTTP/1.1\r\n" + (headers.contains("Host") ? "" : "Host: localhost\r\n")
                    + headers + "Connection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String body(String answer) {
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    private static String header(String answer, String name) {
        return answer.lines().takeWhile(line -> !line.isEmpty()).filter(line -> line.startsWith(name + ": "))
                .map(line -> line.substring(name.length() + 2)).findFirst().orElse("");
    }

    /** Every file that the page leads to, by its path. */
    private static Map<String, String> all() throws IOException {
        Map<String, String> found = new LinkedHashMap<>();
        Deque<String> open = new ArrayDeque<>(List.of("/"));
        while (!open.isEmpty()) {
            String path = open.removeFirst();
            String answer = ask("GET", path, "");
            assertTrue(answer.startsWith("HTTP/1.1 200"), path + " " + answer);
            found.put(path, answer);
            Matcher reference = REFERENCE.matcher(body(answer));
            while (!path.contains("uplot") && reference.find()) {
                String next = java.net.URI.create(path).resolve(reference.group(1)).toString();
                if (!next.startsWith("/api/") && !found.containsKey(next) && !open.contains(next)) {
                    open.addLast(next);
                }
            }
        }
        return found;
    }

    @Test
    void thePageAndAllThatItLeadsToIsHere() throws IOException {
        Map<String, String> all = all();
        assertTrue(all.size() > 35, () -> "only " + all.keySet());
        all.forEach((path, answer) -> {
            assertEquals(TYPES.get(path.equals("/") ? path : path.substring(path.lastIndexOf('.') + 1)),
                    header(answer, "Content-Type"), path);
            assertTrue(header(answer, "Content-Security-Policy").startsWith("default-src 'self'; "), path);
            assertFalse(header(answer, "Content-Security-Policy").contains("unsafe"), path);
            assertEquals("nosniff", header(answer, "X-Content-Type-Options"), path);
            assertEquals("no-cache", header(answer, "Cache-Control"), path);
        });
    }

    @Test
    void nothingComesFromElsewhereAndNoTextBecomesElements() throws IOException {
        all().forEach((path, answer) -> {
            String file = body(answer);
            if (!path.contains("uplot")) {
                String without = file.replace("http://www.w3.org/2000/svg", "");
                assertFalse(Pattern.compile("(src|href|from|url|fetch)[^;\\n]{0,9}[\"'(](https?:)?//").matcher(without)
                        .find(), path);
                assertFalse(Pattern
                        .compile("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new Function")
                        .matcher(file).find(), path);
            }
        });
        String page = body(ask("GET", "/", ""));
        assertFalse(Pattern.compile("<script(?![^>]* src=)|<style| style=| on[a-z]+=").matcher(page).find(), page);
        assertFalse(page.contains("made-up"), page);
    }

    @Test
    void noPathLeadsToAnotherFile() throws IOException {
        for (String path : List.of("/assets", "/assets/", "/index.html", "/assets/index.html", "/assets/nothing.js",
                "/assets/../Dashboard.class", "/assets/%2e%2e/%2e%2e/ApiRoutes.class",
                "/assets/..%2f..%2fApiRoutes.class",
                "/assets/uplot/uPlot.cjs.js", "/assets/panels", "/../../etc/passwd", "/assets/%00app.js",
                "/assets/app.js%00", "/assets/app.js/")) {
            String answer = ask("GET", path, "");
            assertTrue(answer.startsWith("HTTP/1.1 404") || answer.startsWith("HTTP/1.1 400")
                    || path.equals("/assets/app.js/"), path + " " + answer);
        }
    }

    @Test
    void whatIsKnownAlreadyIsNotSentAgain() throws IOException {
        for (String path : List.of("/", "/assets/app.js")) {
            String answer = ask("GET", path, "");
            String same = ask("GET", path, "If-None-Match: " + header(answer, "ETag") + "\r\n");
            assertTrue(same.startsWith("HTTP/1.1 304"), same);
            assertEquals("", body(same));
            assertTrue(ask("GET", path, "If-None-Match: \"other\"\r\n").startsWith("HTTP/1.1 200"));
            String head = ask("HEAD", path, "");
            assertTrue(head.startsWith("HTTP/1.1 200") && body(head).isEmpty(), head);
        }
    }

    @Test
    void pagesFromElsewhereDoNotGetIt() throws IOException {
        assertTrue(ask("GET", "/", "Host: attacker.example\r\n").startsWith("HTTP/1.1 421"));
        assertTrue(ask("GET", "/assets/app.js", "Sec-Fetch-Site: cross-site\r\n").startsWith("HTTP/1.1 403"));
        assertTrue(ask("POST", "/", "").startsWith("HTTP/1.1 405"));
    }
}
