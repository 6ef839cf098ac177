// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.javadsl.Flow;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpListenerTest {
    private static final String QUESTION = "HEAD /x HTTP/1.1\r\nHost:localhost\r\n\r\n";
    private static final int PATIENCE_MILLIS = 30_000;
    /** More than sockets hold. */
    private static final int LARGE = 32 << 20;

    private final ActorTestKit kit = ActorTestKit.create("listener", ConfigFactory.parseString("""
            pekko.http.server { max-connections = 2, idle-timeout = 1 s }
            """).withFallback(ConfigFactory.load()));
    private final HttpListener listener = listen();

    private HttpListener listen() {
        try {
            return HttpListener.answering(kit.system(), new HostAndPort("127.0.0.1", 0),
                    Flow.of(HttpRequest.class).map(request -> request.getUri().path().equals("/large")
                            ? HttpResponse.create().withEntity(new byte[LARGE])
                            : HttpResponse.create().withStatus(200)));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        listener.close();
        kit.shutdownTestKit();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(listener.address().getAddress(), listener.address().getPort());
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    }

    /** Reads so many heads of answers; as many as came before the end. */
    private static int answers(BufferedReader in, int most) throws IOException {
        int answers = 0;
        try {
            for (String line = ""; answers < most && line != null; line = in.readLine()) {
                answers += line.startsWith("HTTP/1.1 200") ? 1 : 0;
            }
        } catch (SocketException e) {
            // Cut off is as good as ended.
        }
        return answers;
    }

    /** They come in the fewest pieces that a socket makes of them. */
    @Test
    void thousandsOfRequestsAtOnceAreAnswered() throws Exception {
        int count = 20_000;
        try (Socket socket = connect()) {
            Thread asking = Thread.ofVirtual().start(() -> {
                try {
                    send(socket, QUESTION.repeat(count));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertEquals(count, answers(reader(socket), count));
            asking.join();
        }
    }

    @Test
    void moreConnectionsThanMayBeAreClosed() throws Exception {
        try (Socket first = connect(); Socket second = connect()) {
            for (Socket socket : new Socket[]{first, second}) {
                send(socket, QUESTION);
                assertEquals(1, answers(reader(socket), 1));
            }
            try (Socket third = connect()) {
                assertEquals(0, answers(reader(third), 1));
            }
        }
    }

    @Test
    void whoSaysNothingIsHungUpOnAndItsPlaceIsAnothers() throws Exception {
        try (Socket first = connect(); Socket second = connect()) {
            send(first, QUESTION);
            send(second, QUESTION);
            assertEquals(1, answers(reader(first), 2));
            assertEquals(1, answers(reader(second), 2));
            // They are closed here a moment after that is seen there.
            Eventually.holds(this::areTwoAnswered, () -> "places for two others");
        }
    }

    /** It would keep a socket and its answer here for ever. */
    @Test
    void whoAsksNoMoreAndLetsItsAnswerLieIsCutOff() throws Exception {
        try (Socket socket = connect()) {
            send(socket, "GET /large HTTP/1.1\r\nHost:localhost\r\n\r\n");
            socket.shutdownOutput();
            Eventually.holds(() -> listener.connected() == 1, () -> "it is connected");
            Eventually.holds(() -> listener.connected() == 0, () -> "it is cut off");
            assertTrue(bytes(socket.getInputStream()) < LARGE);
        }
    }

    /** Who reads gets all, slowly or not. */
    @Test
    void whoAsksNoMoreGetsAllOfItsAnswer() throws Exception {
        try (Socket socket = connect()) {
            send(socket, "GET /large HTTP/1.1\r\nHost:localhost\r\n\r\n");
            socket.shutdownOutput();
            assertTrue(bytes(socket.getInputStream()) > LARGE);
        }
        Eventually.holds(() -> listener.connected() == 0, () -> "it has gone");
    }

    private static long bytes(InputStream in) throws IOException {
        byte[] some = new byte[1 << 16];
        long count = 0;
        try {
            for (int read = in.read(some); read >= 0; read = in.read(some)) {
                count += read;
            }
        } catch (SocketException e) {
            // Cut off is as good as ended.
        }
        return count;
    }

    private boolean areTwoAnswered() {
        try (Socket first = connect(); Socket second = connect()) {
            send(first, QUESTION);
            send(second, QUESTION);
            return answers(reader(first), 1) + answers(reader(second), 1) == 2;
        } catch (IOException e) {
            return false;
        }
    }
}
