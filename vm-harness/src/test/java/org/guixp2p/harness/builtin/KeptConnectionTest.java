// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.builtin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server that reads as many questions as it is told, says what it is told, and hangs up. */
@Timeout(60)
class KeptConnectionTest {
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<String> taken = new ArrayList<>();
    private ServerSocket listener;
    private KeptConnection connection;

    /** One exchange: so many questions, then these bytes; an empty text is no answer. */
    private record Turn(int questions, String answer) {}

    @BeforeEach
    void start() throws IOException {
        listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        connection = new KeptConnection(URI.create("http://127.0.0.1:" + listener.getLocalPort()));
    }

    @AfterEach
    void stop() throws IOException {
        connection.close();
        listener.close();
    }

    /** Serves one connection after the other, each with its turns. */
    private void serve(List<List<Turn>> connections) {
        Queue<List<Turn>> left = new ArrayDeque<>(connections);
        Thread.ofVirtual().start(() -> {
            try {
                while (!left.isEmpty()) {
                    try (Socket socket = listener.accept()) {
                        asked.add("connected");
                        serve(socket, left.remove());
                    }
                }
            } catch (IOException e) {
                asked.add("lost");
            }
        });
    }

    private void serve(Socket socket, List<Turn> turns) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
        for (Turn turn : turns) {
            int questions = 0;
            while (questions < turn.questions()) {
                String line = lines.readLine();
                if (line == null) {
                    return;
                }
                if (line.startsWith("GET ")) {
                    asked.add(line);
                }
                questions += line.isEmpty() ? 1 : 0;
            }
            socket.getOutputStream().write(turn.answer().getBytes(ISO_8859_1));
        }
    }

    private static String answer(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static String lastAnswer(String body) {
        return "HTTP/1.1 404 Not Found\r\ncontent-length: " + body.length() + "\r\nConnection: close\r\n\r\n" + body;
    }

    private void get(String... paths) throws IOException {
        connection.get(List.of(paths), (index, answer) -> taken.add(index + " " + answer.status() + " "
                + new String(answer.body().readAllBytes(), ISO_8859_1)));
    }

    @Test
    void allIsAskedBeforeTheFirstAnswerIsRead() throws Exception {
        serve(List.of(List.of(new Turn(3, answer("a") + answer("b") + answer("c")))));
        get("/1", "/2", "/3");
        assertEquals(List.of("0 200 a", "1 200 b", "2 200 c"), taken);
        assertEquals(List.of("connected", "GET /1 HTTP/1.1", "GET /2 HTTP/1.1", "GET /3 HTTP/1.1"), asked);
    }

    @Test
    void aConnectionIsKeptForTheNextQuestion() throws Exception {
        serve(List.of(List.of(new Turn(1, answer("a")), new Turn(1, answer("b")))));
        get("/1");
        get("/2");
        assertEquals(List.of("connected", "GET /1 HTTP/1.1", "GET /2 HTTP/1.1"), asked);
    }

    @Test
    void nothingIsAskedOfNobody() throws Exception {
        get();
        assertEquals(List.of(), asked);
    }

    @Test
    void whatTheServerLeavesOutIsAskedAgain() throws Exception {
        serve(List.of(List.of(new Turn(3, lastAnswer("a"))), List.of(new Turn(2, answer("b") + answer("c")))));
        get("/1", "/2", "/3");
        assertEquals(List.of("0 404 a", "1 200 b", "2 200 c"), taken);
        assertEquals(2, asked.stream().filter("connected"::equals).count());
    }

    @Test
    void aKeptConnectionThatIsLostIsOpenedAnew() throws Exception {
        serve(List.of(List.of(new Turn(1, answer("a"))), List.of(new Turn(1, answer("b")))));
        get("/1");
        get("/2");
        assertEquals(List.of("0 200 a", "0 200 b"), taken);
    }

    @Test
    void aBodyThatIsNotReadIsSkipped() throws Exception {
        serve(List.of(List.of(new Turn(2, answer("abc") + answer("d")))));
        connection.get(List.of("/1", "/2"),
                (index, answer) -> taken.add(index + (index == 0 ? "" : " " + (char) answer.body().read())));
        assertEquals(List.of("0", "1 d"), taken);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nbody",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody", "HTTP/1.1 200 OK\r\n"})
    void whatIsNoAnswerIsAnError(String answer) {
        serve(List.of(List.of(new Turn(1, answer))));
        assertThrows(IOException.class, () -> get("/1"));
        assertEquals(List.of("connected", "GET /1 HTTP/1.1"), asked);
    }

    @Test
    void aHeadOfManyLinesIsAnError() {
        serve(List.of(List.of(new Turn(1,
                "HTTP/1.1 200 OK\r\n" + "a: b\r\n".repeat(200) + "Content-Length: 1\r\n\r\na"))));
        assertThrows(IOException.class, () -> get("/1"));
    }

    @Test
    void aLineThatIsTooLongIsAnError() {
        serve(List.of(List.of(new Turn(1,
                "HTTP/1.1 200 " + "x".repeat(10_000) + "\r\nContent-Length: 1\r\n\r\na"))));
        assertThrows(IOException.class, () -> get("/1"));
    }
}
