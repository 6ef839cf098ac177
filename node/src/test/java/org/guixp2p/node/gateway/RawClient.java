// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.protocol.swarm.HostAndPort;

/** A client of HTTP/1.1 that sees each byte: whether a body came to its end, or the connection was cut. */
final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int RECEIVED = 1 << 16;

    private final Socket socket;
    private final InputStream in;
    private boolean reset;

    /**
     * An answer.
     *
     * @param headers by their names in lower case
     * @param complete whether the body is as long as was said, or its last chunk came
     */
    record Answer(int status, Map<String, String> headers, byte[] body, boolean complete) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    RawClient(HostAndPort address) throws IOException {
        this(address, "127.0.0.1");
    }

    /** @param from an address of this machine: to a server, each is another client */
    RawClient(HostAndPort address, String from) throws IOException {
        this.socket = new Socket();
        // What is not read soon fills it up.
        socket.setReceiveBufferSize(RECEIVED);
        socket.bind(new InetSocketAddress(from, 0));
        socket.connect(new InetSocketAddress(address.host(), address.port()));
        socket.setSoTimeout(PATIENCE_MILLIS);
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** One question on a connection of its own. */
    static Answer get(HostAndPort address, String path, String... headers) throws IOException {
        try (RawClient client = new RawClient(address)) {
            client.ask("GET", path, headers);
            return client.answer(false);
        }
    }

    void ask(String method, String path, String... headers) throws IOException {
        StringBuilder text = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        send(text.append("\r\n").toString());
    }

    void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** What the server says first. */
    record Head(int status, Map<String, String> headers) {}

    Head head() throws IOException {
        String status = line().orElseThrow(() -> new IOException("the connection was closed"));
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line = line().orElse(""); !line.isEmpty(); line = line().orElse("")) {
            int colon = line.indexOf(':');
            headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
        }
        return new Head(Integer.parseInt(status.split(" ", -1)[1]), headers);
    }

    Answer answer(boolean head) throws IOException {
        Head first = head();
        return head || first.status() == 304
                ? new Answer(first.status(), first.headers(), new byte[0], true)
                : rest(first);
    }

    /** What comes behind a head. */
    Answer rest(Head first) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        boolean complete = first.headers().getOrDefault("transfer-encoding", "").equals("chunked")
                ? chunks(body)
                : copy(body, Long.parseLong(first.headers().get("content-length")));
        return new Answer(first.status(), first.headers(), body.toByteArray(), complete);
    }

    /** So many bytes of a body; fewer when it was cut. */
    byte[] body(long length) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        copy(body, length);
        return body.toByteArray();
    }

    private boolean chunks(ByteArrayOutputStream body) throws IOException {
        while (true) {
            Optional<String> size = line();
            if (size.isEmpty()) {
                return false;
            }
            int length = Integer.parseInt(size.get(), 16);
            if (!copy(body, length) || line().isEmpty()) {
                return false;
            }
            if (length == 0) {
                return true;
            }
        }
    }

    private boolean copy(ByteArrayOutputStream body, long length) throws IOException {
        byte[] some = new byte[1 << 16];
        try {
            for (long left = length; left > 0;) {
                int read = in.read(some, 0, (int) Math.min(some.length, left));
                if (read < 0) {
                    return false;
                }
                body.write(some, 0, read);
                left -= read;
            }
            return true;
        } catch (SocketException e) {
            reset = true;
            return false;
        }
    }

    private Optional<String> line() throws IOException {
        StringBuilder line = new StringBuilder();
        try {
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    return Optional.empty();
                }
                if (c != '\r') {
                    line.append((char) c);
                }
            }
        } catch (SocketException e) {
            reset = true;
            return Optional.empty();
        }
        return Optional.of(line.toString());
    }

    /** Whether what was being read ended by a reset, which nobody takes for the end of an answer. */
    boolean wasReset() {
        return reset;
    }

    /** How many bytes have come and were not read. */
    int available() throws IOException {
        return in.available();
    }

    /** Says that no more questions come. */
    void endQuestions() throws IOException {
        socket.shutdownOutput();
    }

    /** Whether the connection is closed at the server's side, as far as can be seen without reading; it may take two looks. */
    boolean isReset() {
        try {
            send("\r\n");
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** Whether the server hangs up, and sends nothing before. */
    boolean isHungUpOn() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
