// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;

/**
 * An HTTP server on loopback whose every byte a test decides on. It reads requests as soon as they come, so that those
 * which a client sent behind one another are seen before the first of them has an answer.
 */
public final class TestServer implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;
    private static final String RANGE = "Range: ";

    private final ServerSocket listener;
    private final String scheme;
    private final Script script;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> ranges = new CopyOnWriteArrayList<>();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final List<Throwable> mistakes = new CopyOnWriteArrayList<>();

    /** What to do with a connection; it is closed when this returns. */
    public interface Script {
        void serve(Connection connection) throws IOException, InterruptedException;
    }

    /** What to answer to one request. */
    public interface Page {
        void answer(String path, Connection connection) throws IOException, InterruptedException;
    }

    private TestServer(ServerSocketFactory sockets, String scheme, Script script) throws IOException {
        this.listener = sockets.createServerSocket(0, 200, InetAddress.getLoopbackAddress());
        this.scheme = scheme;
        this.script = script;
    }

    public static TestServer start(Script script) throws IOException {
        return start(ServerSocketFactory.getDefault(), "http", script);
    }

    /** A server whose sockets are made elsewhere, for TLS. */
    public static TestServer start(ServerSocketFactory sockets, String scheme, Script script) throws IOException {
        TestServer server = new TestServer(sockets, scheme, script);
        Thread.ofVirtual().name("test-server").start(server::accept);
        return server;
    }

    /** A server that answers requests in order and keeps its connections for as long as the client does. */
    public static TestServer pages(Page page) throws IOException {
        return start(answering(page));
    }

    /** What such a server does. */
    public static Script answering(Page page) {
        return connection -> {
            for (Optional<String> path = connection.request(); path.isPresent(); path = connection.request()) {
                page.answer(path.get(), connection);
            }
        };
    }

    /** A port on which nobody listens any more. */
    public static int deadPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                Connection connection = new Connection(socket);
                connections.add(connection);
                Thread.ofVirtual().start(connection::read);
                Thread.ofVirtual().start(connection::serve);
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    mistakes.add(e);
                }
            }
        }
    }

    public URI uri() {
        return URI.create(scheme + "://127.0.0.1:" + listener.getLocalPort());
    }

    public URI uri(String path) {
        return uri().resolve(path);
    }

    /** The paths that were asked for, in the order of their coming. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** What parts of files were asked for, {@code bytes=5-}, in the order of their coming. */
    public List<String> ranges() {
        return List.copyOf(ranges);
    }

    /** The header lines of each request, in the order of their coming. */
    public List<String> heads() {
        return List.copyOf(heads);
    }

    /** How often anybody connected. */
    public int connected() {
        return connections.size();
    }

    /** Connections that the client has not closed. */
    public long open() {
        return connections.stream().filter(connection -> connection.ended.getCount() > 0).count();
    }

    /** Waits until so many requests have come. */
    public void awaitRequests(int count) {
        Eventually.holds(() -> requests.size() >= count, () -> count + " requests, not " + requests);
    }

    /** Waits until the client has closed all its connections. */
    public void awaitNoneOpen() {
        Eventually.holds(() -> open() == 0, () -> "no connection, not " + open());
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        connections.forEach(Connection::close);
        if (!mistakes.isEmpty()) {
            throw new AssertionError("a test server's script went wrong", mistakes.getFirst());
        }
    }

    /** One client's connection. */
    public final class Connection {
        private final Socket socket;
        private final BlockingQueue<Optional<String>> unanswered = new LinkedBlockingQueue<>();
        private final CountDownLatch ended = new CountDownLatch(1);

        private Connection(Socket socket) {
            this.socket = socket;
        }

        private void read() {
            try (BufferedReader in = new BufferedReader(
                    new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    String[] words = line.split(" ", -1);
                    List<String> head = new ArrayList<>();
                    for (String header = in.readLine(); header != null && !header.isEmpty(); header = in.readLine()) {
                        head.add(header);
                    }
                    if (words.length != 3 || !words[0].equals("GET") || head.stream().noneMatch(
                            header -> header.equalsIgnoreCase("Host: 127.0.0.1:" + listener.getLocalPort()))) {
                        mistakes.add(new IOException("not a request: " + line + " " + head));
                    }
                    head.stream().filter(header -> header.startsWith(RANGE))
                            .forEach(header -> ranges.add(header.substring(RANGE.length())));
                    heads.add(String.join("\n", head));
                    requests.add(words[1]);
                    unanswered.add(Optional.of(words[1]));
                }
            } catch (IOException e) {
                // The client has closed the connection, or the script has.
                unanswered.add(Optional.empty());
            } finally {
                unanswered.add(Optional.empty());
                ended.countDown();
            }
        }

        private void serve() {
            try {
                script.serve(this);
            } catch (IOException e) {
                // A client may go at any time; whether it should have is the test's question.
                ended.countDown();
            } catch (InterruptedException | RuntimeException | AssertionError e) {
                mistakes.add(e);
            } finally {
                close();
            }
        }

        /** Which connection of the server's it is, from 0 on. */
        public int number() {
            return connections.indexOf(this);
        }

        /** The next request's path; none when the client has closed the connection. */
        public Optional<String> request() throws InterruptedException {
            Optional<String> path = unanswered.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return path == null ? Optional.empty() : path;
        }

        public void write(String text) throws IOException {
            write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        public void write(byte[] bytes) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
        }

        /** Answers with a body of known length. */
        public void answer(int status, byte[] body, String... headers) throws IOException {
            write("HTTP/1.1 " + status + " As It Is\r\n" + lines(headers) + "Content-Length: " + body.length
                    + "\r\n\r\n");
            write(body);
        }

        public void answer(int status, String body, String... headers) throws IOException {
            answer(status, body.getBytes(StandardCharsets.UTF_8), headers);
        }

        /** Answers with a body in chunks of at most {@code size} bytes. */
        public void chunked(byte[] body, int size, String... headers) throws IOException {
            write("HTTP/1.1 200 OK\r\n" + lines(headers) + "Transfer-Encoding: chunked\r\n\r\n");
            for (int at = 0; at < body.length; at += size) {
                int length = Math.min(size, body.length - at);
                write(Integer.toHexString(length) + "\r\n");
                write(Arrays.copyOfRange(body, at, at + length));
                write("\r\n");
            }
            write("0\r\n\r\n");
        }

        private static String lines(String... headers) {
            return headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        }

        /** Waits until the client has closed the connection. */
        public void awaitEnd() throws InterruptedException {
            if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the client keeps a connection that it should close");
            }
        }

        /** Ends the connection at once, with a reset. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            close();
        }

        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
