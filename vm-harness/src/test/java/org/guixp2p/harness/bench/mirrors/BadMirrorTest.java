// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.mirrors;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import org.guixp2p.harness.bench.mirrors.BadMirror.Kind;
import org.junit.jupiter.api.Test;

/** What whoever connects to a dead server sees. */
class BadMirrorTest {
    private static final int MILLIS = 300;

    private static BadMirror open(Kind kind) throws IOException {
        return BadMirror.dead(kind).orElseThrow();
    }

    private static Socket connect(BadMirror mirror) throws IOException {
        URI uri = URI.create(mirror.urls().getFirst());
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), MILLIS);
        return socket;
    }

    @Test
    void oneRefusesConnections() throws IOException {
        try (BadMirror mirror = open(Kind.REFUSES)) {
            assertThrows(ConnectException.class, () -> connect(mirror));
        }
    }

    @Test
    void ofOneNothingIsHeard() throws IOException {
        try (BadMirror mirror = open(Kind.DROPS)) {
            assertThrows(SocketTimeoutException.class, () -> connect(mirror));
        }
    }

    @Test
    void oneTakesConnectionsAndSaysNothing() throws IOException {
        try (BadMirror mirror = open(Kind.SILENT); Socket socket = connect(mirror)) {
            socket.setSoTimeout(MILLIS);
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
            assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
        }
    }

    @Test
    void orThereIsNone() throws IOException {
        try (BadMirror mirror = open(Kind.NONE)) {
            assertEquals(List.of(), mirror.urls());
        }
    }
}
