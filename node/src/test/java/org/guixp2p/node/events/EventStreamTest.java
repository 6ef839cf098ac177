// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.api.ApiRoutes;
import org.guixp2p.api.NodeControls;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.api.NodeInsight;
import org.guixp2p.api.NodeView;
import org.guixp2p.api.WriteAccess;
import org.guixp2p.node.listen.HttpListener;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events as they happen, over real sockets. */
@Timeout(60)
class EventStreamTest {
    private static final String TOKEN = "a-token-of-a-test";

    private final ActorTestKit kit = ActorTestKit.create();
    private final EventJournal journal = new EventJournal(InstantSource.system(), 100_000, 1L << 30);
    private final List<Stream> open = new ArrayList<>();
    private HttpListener listener;

    @BeforeEach
    void serve() throws Exception {
        // Of a node nothing is asked here but its events.
        NodeView node = (NodeView) Proxy.newProxyInstance(NodeView.class.getClassLoader(),
                new Class<?>[]{NodeView.class}, (proxy, method, arguments) -> journal);
        NodeInsight insight = (NodeInsight) Proxy.newProxyInstance(NodeInsight.class.getClassLoader(),
                new Class<?>[]{NodeInsight.class}, (proxy, method, arguments) -> null);
        NodeControls controls = (NodeControls) Proxy.newProxyInstance(NodeControls.class.getClassLoader(),
                new Class<?>[]{NodeControls.class}, (proxy, method, arguments) -> null);
        listener = HttpListener.answering(kit.system(), new HostAndPort("127.0.0.1", 0),
                new ApiRoutes(node, insight, controls, new WriteAccess(TOKEN, System::nanoTime, new SecureRandom()))
                        .route().flow(kit.system()));
    }

    @AfterEach
    void stop() throws IOException {
        for (Stream stream : open) {
            stream.socket.close();
        }
        listener.close();
        kit.shutdownTestKit();
    }

    /** One that reads when it is asked to. */
    private static final class Stream {
        private final Socket socket = new Socket();
        private final BufferedReader reader;

        private Stream(int port, String path, String headers) throws IOException {
            socket.setReceiveBufferSize(4096);
            socket.connect(new InetSocketAddress("127.0.0.1", port));
            socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: localhost:" + port + "\r\n" + headers
                    + "\r\n").getBytes(StandardCharsets.US_ASCII));
            reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        /** The rest of the next line that begins like this. */
        private String next(String beginning) throws IOException {
            String line = reader.readLine();
            while (line != null && !line.startsWith(beginning)) {
                line = reader.readLine();
            }
            return line == null ? "the end" : line.substring(beginning.length());
        }
    }

    private Stream stream(String query, String headers) throws IOException {
        Stream stream = new Stream(listener.address().getPort(), "/api/events/stream" + query, headers);
        open.add(stream);
        return stream;
    }

    private void remove(String nar) {
        journal.publish(new NodeEvent.SeedRemoved(nar));
    }

    private void awaitListeners(int count) {
        Eventually.holds(() -> journal.listeners() == count, () -> count + " listeners, not " + journal.listeners());
    }

    @Test
    void whatHappenedAndWhatHappensIsSent() throws IOException {
        remove("a");
        Stream stream = stream("", "");
        assertEquals("text/event-stream", stream.next("Content-Type: ").replaceAll(";.*", ""));
        assertEquals("seed-removed", stream.next("event: "));
        awaitListeners(1);
        remove("b");
        assertTrue(stream.next("data: ").contains("\"narHash\":\"a\""));
        String number = stream.next("id: ");
        var event = JsonMapper.builder().build().readTree(stream.next("data: "));
        assertEquals(List.of(number, "seeds", "seed-removed", "b"), List.of(event.get("number").asText(),
                event.get("topic").asText(), event.get("type").asText(), event.get("narHash").asText()));
    }

    @Test
    void aStreamThatWasCutGoesOnWhereItWas() throws IOException {
        remove("a");
        Stream first = stream("", "");
        String last = first.next("id: ");
        first.socket.close();
        remove("b");
        Stream second = stream("?since=1", "Last-Event-ID: " + last + "\r\n");
        assertEquals(Long.parseLong(last) + 1, Long.parseLong(second.next("id: ")));
        assertTrue(second.next("data: ").contains("\"narHash\":\"b\""));
        // The first is not there any more, whenever that is found out.
        Eventually.holds(() -> {
            remove("c");
            return journal.listeners() == 1;
        }, () -> "an end of the first");
    }

    /** A burst of every type at once, which is read a moment later. */
    @Test
    void whoIsALittleBehindIsNotDropped() throws IOException {
        Stream stream = stream("?filter=seeds", "");
        awaitListeners(1);
        for (int i = 0; i < 4000; i++) {
            remove("n" + i);
        }
        for (int i = 0; i < 4000; i++) {
            assertTrue(stream.next("data: ").contains("\"n" + i + '"'));
        }
    }

    @Test
    void whereSomethingIsForgottenThatIsSentFirst() throws IOException {
        remove("a");
        Stream stream = stream("", "Last-Event-ID: 5\r\n");
        assertEquals("gap", stream.next("event: "));
        assertEquals("seed-removed", stream.next("event: "));
    }

    @Test
    void onlyWhatIsWantedIsSent() throws IOException {
        Stream stream = stream("?filter=transfers,seed-added", "");
        awaitListeners(1);
        remove("a");
        journal.publish(new NodeEvent.SeedAdded("b", 1));
        assertEquals("seed-added", stream.next("event: "));
    }

    /** Whoever does not read is hung up on, and nobody waits for him. */
    @Test
    void aReaderWhoDoesNotReadIsDropped() throws IOException {
        Stream deaf = stream("", "");
        Stream reading = stream("?filter=seeds", "");
        awaitListeners(2);
        int told = 0;
        while (journal.listeners() == 2 && told < 200_000) {
            journal.publish(new NodeEvent.PeerLost("p", "a", "x".repeat(NodeEvent.MOST_TEXT)));
            told++;
        }
        assertEquals(1, journal.listeners(), "after " + told);
        remove("a");
        assertEquals("seed-removed", reading.next("event: "));
        // The connection is at its end, in the middle of a chunk or not.
        String rest;
        try {
            rest = deaf.next("nothing begins like this");
        } catch (IOException e) {
            rest = "the end";
        }
        assertEquals("the end", rest);
    }

    @Test
    void thereAreNoMoreReadersThanThereMayBe() throws IOException {
        fill(12, "");
        assertEquals("503 Service Unavailable", stream("", "").next("HTTP/1.1 "));
        open.getFirst().socket.close();
        Eventually.holds(() -> {
            remove("a");
            return journal.listeners() == 11;
        }, () -> "an end of the first");
        // That it is told nothing any more is seen a moment before its place is free.
        Eventually.holds(this::isAnswered, () -> "room for another");
    }

    private void fill(int readers, String headers) throws IOException {
        int before = journal.listeners();
        for (int i = 1; i <= readers; i++) {
            var _ = stream("", headers);
            awaitListeners(before + i);
        }
    }

    /** Other users of the machine are strangers: they do not shut out the user of the node. */
    @Test
    void whoMayChangeSomethingFindsRoomWhereStrangersFindNone() throws Exception {
        fill(12, "");
        assertEquals("503 Service Unavailable",
                stream("", "Authorization: Bearer another\r\n").next("HTTP/1.1 "));
        try (HttpClient http = HttpClient.newHttpClient()) {
            URI uri = URI.create("ws://127.0.0.1:" + listener.address().getPort() + "/ws");
            assertThrows(ExecutionException.class, () -> http.newWebSocketBuilder()
                    .subprotocols("guix-p2p", "guix-p2p.token.another").buildAsync(uri, new Frames())
                    .get(20, TimeUnit.SECONDS));
            Frames frames = new Frames();
            WebSocket socket = Eventually.get(http.newWebSocketBuilder()
                    .subprotocols("guix-p2p", "guix-p2p.token." + TOKEN).buildAsync(uri, frames));
            assertEquals("guix-p2p", socket.getSubprotocol(), "the token is not sent back");
            awaitListeners(13);
            remove("a");
            assertTrue(String.valueOf(frames.frames.poll(20, TimeUnit.SECONDS)).contains("\"narHash\":\"a\""));
            String shown = "Authorization: Bearer " + TOKEN + "\r\n";
            fill(3, shown);
            assertEquals("503 Service Unavailable", stream("", shown).next("HTTP/1.1 "));
            socket.abort();
        }
    }

    /** Where there are few others, they may be all of them. */
    @Test
    void whoMayChangeSomethingHasAllPlaces() throws IOException {
        fill(16, "Authorization: Bearer " + TOKEN + "\r\n");
        assertEquals("503 Service Unavailable", stream("", "").next("HTTP/1.1 "));
    }

    private boolean isAnswered() {
        try {
            return stream("", "").next("HTTP/1.1 ").equals("200 OK");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Frames implements WebSocket.Listener {
        private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            frames.add(data.toString());
            socket.request(1);
            return null;
        }
    }

    @Test
    void framesOfAWebSocketHaveTheSame() throws Exception {
        remove("a");
        Frames frames = new Frames();
        try (HttpClient http = HttpClient.newHttpClient()) {
            WebSocket socket = Eventually.get(http.newWebSocketBuilder().buildAsync(
                    URI.create("ws://127.0.0.1:" + listener.address().getPort() + "/ws?since=5"), frames));
            assertEquals("{\"type\":\"gap\"}", frames.frames.poll(20, TimeUnit.SECONDS));
            assertTrue(String.valueOf(frames.frames.poll(20, TimeUnit.SECONDS)).contains("\"narHash\":\"a\""));
            awaitListeners(1);
            // What the reader says does no harm.
            Eventually.get(socket.sendText("hello", true));
            // Nor does what has no end: it is read as it comes.
            for (int i = 0; i < 300; i++) {
                Eventually.get(socket.sendText("x".repeat(1 << 16), false));
            }
            remove("b");
            assertTrue(String.valueOf(frames.frames.poll(20, TimeUnit.SECONDS)).contains("\"narHash\":\"b\""));
            socket.abort();
            awaitListeners(0);
        }
    }

    /** A page from elsewhere could open one without asking. */
    @Test
    void aSocketOfAPageFromElsewhereIsRefused() throws IOException {
        Stream stream = new Stream(listener.address().getPort(), "/ws",
                "Origin: http://attacker.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
        open.add(stream);
        assertEquals("403 Forbidden", stream.next("HTTP/1.1 "));
    }
}
