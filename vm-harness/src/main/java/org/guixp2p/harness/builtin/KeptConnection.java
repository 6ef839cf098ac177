// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.builtin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a server of HTTP/1.1, opened when it is first needed and kept as long as the server lets it. Questions are
 * pipelined, as Guix's {@code http-multiple-get} does: a thousand are written before the first answer is read, and when the server
 * closes early, what it has left out is asked again over a new connection.
 */
final class KeptConnection implements Closeable {
    private static final int BATCH = 1000;
    private static final int BUFFER = 1 << 16;
    private static final int MAX_LINE = 8192;
    private static final int MAX_HEADERS = 100;
    private static final int HTTP = 80;
    private static final int TIMEOUT_MILLIS = 60_000;

    private final URI server;
    private @Nullable Open open;

    /** What is open. */
    private record Open(Socket socket, InputStream in) {}

    /**
     * An answer.
     *
     * @param length of the body
     * @param body ends with it; what is left of it is skipped
     */
    record Answer(int status, long length, InputStream body) {}

    /** Takes an answer. */
    interface Taker {
        void take(int index, Answer answer) throws IOException;
    }

    KeptConnection(URI server) {
        this.server = server;
    }

    /**
     * Asks for all {@code paths}, and hands on the answers in their order.
     *
     * @throws IOException when there is no answer to one, even over a new connection
     */
    void get(List<String> paths, Taker taker) throws IOException {
        int next = 0;
        boolean fresh = false;
        while (next < paths.size()) {
            fresh |= open == null;
            int before = next;
            next = ask(paths, next, taker);
            if (next == before && fresh) {
                throw new EOFException(server + " hangs up without an answer");
            }
            fresh = false;
        }
    }

    /** Asks for the next batch; returns the index of the first path without an answer. */
    private int ask(List<String> paths, int from, Taker taker) throws IOException {
        List<String> batch = paths.subList(from, Math.min(paths.size(), from + BATCH));
        int next = from;
        try {
            Open to = connected();
            for (String first = begin(to, batch); first != null; first = statusLine(to)) {
                boolean last = answer(first, to.in(), next, taker);
                next++;
                if (last) {
                    break;
                }
                if (next == from + batch.size()) {
                    return next;
                }
            }
            close();
            return next;
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Writes the questions, and reads where the first answer begins; nothing when the server had hung up already. */
    private @Nullable String begin(Open to, List<String> batch) throws IOException {
        try {
            to.socket().getOutputStream().write(requests(batch));
            return line(to.in());
        } catch (SocketException e) {
            return null;
        }
    }

    private static @Nullable String statusLine(Open to) throws IOException {
        try {
            return line(to.in());
        } catch (SocketException e) {
            return null;
        }
    }

    private Open connected() throws IOException {
        if (open == null) {
            Socket socket = new Socket();
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort() < 0 ? HTTP : server.getPort()),
                    TIMEOUT_MILLIS);
            open = new Open(socket, new BufferedInputStream(socket.getInputStream(), BUFFER));
        }
        return open;
    }

    private byte[] requests(List<String> paths) {
        StringBuilder text = new StringBuilder();
        for (String path : paths) {
            text.append("GET ").append(path).append(" HTTP/1.1\r\nHost: ").append(server.getRawAuthority())
                    .append("\r\nUser-Agent: GNU Guile\r\n\r\n");
        }
        return text.toString().getBytes(ISO_8859_1);
    }

    /** Reads an answer; true when the server closes after it. */
    private static boolean answer(String first, InputStream in, int index, Taker taker) throws IOException {
        String[] words = first.split(" ", -1);
        if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("[0-9]{3}")) {
            throw new FormatException("HTTP: no status line: " + FormatException.quote(first));
        }
        Map<String, String> headers = headers(in);
        String length = headers.getOrDefault("content-length", "");
        if (!length.matches("[0-9]{1,15}")) {
            throw new FormatException("HTTP: an answer without its length");
        }
        Body body = new Body(in, Long.parseLong(length));
        taker.take(index, new Answer(Integer.parseInt(words[1]), body.left, body));
        body.skipNBytes(body.left);
        return headers.getOrDefault("connection", "").equalsIgnoreCase("close");
    }

    private static Map<String, String> headers(InputStream in) throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (int count = 0; count < MAX_HEADERS; count++) {
            String line = line(in);
            if (line == null) {
                throw new EOFException("HTTP: the answer ends in its headers");
            }
            if (line.isEmpty()) {
                return headers;
            }
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
            }
        }
        throw new FormatException("HTTP: more than " + MAX_HEADERS + " headers");
    }

    /** The next line; nothing when the server has hung up before it. */
    private static @Nullable String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0 && line.isEmpty()) {
                return null;
            }
            if (next < 0 || line.length() >= MAX_LINE) {
                throw new FormatException("HTTP: a line that does not end");
            }
            line.append((char) next);
        }
        return line.toString().stripTrailing();
    }

    /** Hangs up, if there is a connection; the next question opens one. */
    @Override
    public void close() throws IOException {
        if (open != null) {
            open.socket().close();
            open = null;
        }
    }

    /** So many bytes of the connection. */
    private static final class Body extends InputStream {
        private final InputStream in;
        private long left;

        Body(InputStream in, long length) {
            this.in = in;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = in.read(target, offset, (int) Math.min(left, length));
            if (count < 0) {
                throw new EOFException("HTTP: the body ends too early");
            }
            left -= count;
            return count;
        }
    }
}
