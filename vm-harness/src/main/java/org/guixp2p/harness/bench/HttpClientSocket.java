// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Locale;
import org.guixp2p.protocol.swarm.HostAndPort;

/** One client's connection, as cheap as it can be: what it takes itself is measured as well. */
public final class HttpClientSocket implements Closeable {
    private static final int PATIENCE_MILLIS = 120_000;
    private static final int OK = 200;
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final String LENGTH = "content-length:";

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    /** What was read and not looked at yet. Java's own takes a lock for each byte. */
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int from;
    private int to;

    /** Takes what comes of a body. */
    public interface Body {
        void take(byte[] bytes, int offset, int length);
    }

    /**
     * Connects.
     *
     * @throws IOException when nobody answers there
     */
    public HttpClientSocket(HostAndPort address) throws IOException {
        socket = new Socket(address.host(), address.port());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /**
     * Asks for {@code path} and reads the answer.
     *
     * @throws IOException when it is not 200, says no length, or is cut off
     */
    public void get(String path, Body body) throws IOException {
        out.write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(ISO_8859_1));
        long left = head();
        while (left > 0) {
            if (from == to && !fill()) {
                throw new IOException(path + ": " + left + " bytes are missing");
            }
            int length = (int) Math.min(to - from, left);
            body.take(buffer, from, length);
            from += length;
            left -= length;
        }
    }

    /** Reads what there is; false at the end. */
    private boolean fill() throws IOException {
        from = 0;
        to = Math.max(0, in.read(buffer));
        return to > 0;
    }

    private long head() throws IOException {
        String status = line();
        long length = -1;
        for (String line = line(); !line.isEmpty(); line = line()) {
            String lower = line.toLowerCase(Locale.ROOT);
            if (lower.startsWith(LENGTH)) {
                length = Long.parseLong(lower.substring(LENGTH.length()).strip());
            }
        }
        if (!status.startsWith("HTTP/1.1 " + OK) || length < 0) {
            throw new IOException("an answer of another kind: " + status);
        }
        return length;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            if (from == to && !fill()) {
                throw new IOException("the connection was closed");
            }
            char c = (char) (buffer[from++] & 0xff);
            if (c == '\n') {
                return line.toString();
            }
            if (c != '\r') {
                line.append(c);
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
