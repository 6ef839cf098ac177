// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import org.guixp2p.protocol.FormatException;

/** A question to a router by UDP, asked again and again until there is an answer or it is too late (RFC 6886, section 3.1). */
final class UdpQuestion implements AutoCloseable {
    /** How long the first answer may take; each time twice as long. */
    private static final Duration FIRST = Duration.ofMillis(250);
    private static final int TRIES = 4;
    /** How many datagrams are looked at that are no answers: whoever sends more of them has his way. */
    private static final int MOST_WRONG = 64;

    private final DatagramSocket socket;
    private final String who;

    /** Says what a datagram means. */
    interface Reader<T> {
        /**
         * What an answer says.
         *
         * @throws FormatException when it is no answer to the question, and another one may come
         */
        T read(byte[] datagram) throws FormatException;
    }

    /** @param router from where alone answers come */
    UdpQuestion(InetSocketAddress router) throws IOException {
        socket = new DatagramSocket();
        who = "the router at " + router.getAddress().getHostAddress();
        try {
            socket.connect(router);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** This machine's address, as the router sees it. */
    InetAddress own() {
        return socket.getLocalAddress();
    }

    /**
     * Asks.
     *
     * @param most longest answer that is looked at, in bytes
     * @throws IOException when there is no answer
     */
    <T> T ask(byte[] question, int most, Reader<T> reader) throws IOException {
        byte[] buffer = new byte[most + 1];
        int wrong = 0;
        String last = "";
        Duration patience = FIRST;
        for (int tries = 0; tries < TRIES && wrong < MOST_WRONG; tries++) {
            long deadline = System.nanoTime() + patience.toNanos();
            patience = patience.multipliedBy(2);
            try {
                socket.send(new DatagramPacket(question, question.length));
                while (wrong < MOST_WRONG) {
                    byte[] datagram = receive(buffer, deadline);
                    try {
                        return reader.read(datagram);
                    } catch (FormatException e) {
                        wrong++;
                        last = ": " + e.getMessage();
                    }
                }
            } catch (PortUnreachableException e) {
                throw new IOException(who + " does not speak it", e);
            } catch (SocketTimeoutException e) {
                // It, or its answer, was lost.
            }
        }
        throw new IOException(who + " does not answer" + last);
    }

    private byte[] receive(byte[] buffer, long deadline) throws IOException {
        long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (left <= 0) {
            throw new SocketTimeoutException();
        }
        socket.setSoTimeout(Math.toIntExact(left));
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        return Arrays.copyOf(buffer, packet.getLength());
    }

    @Override
    public void close() {
        socket.close();
    }
}
