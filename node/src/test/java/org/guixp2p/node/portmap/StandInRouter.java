// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A router on loopback that speaks NAT-PMP, and PCP too unless a test has it otherwise. */
final class StandInRouter implements AutoCloseable {
    final List<String> asked = new CopyOnWriteArrayList<>();
    /** Where it says that it is. */
    volatile InetAddress address = InetAddress.ofLiteral("203.0.113.5");
    volatile boolean speaksPcp = true;
    volatile int lifetime = 3600;
    /** What it adds to the port that is wanted. */
    volatile int shift = 1000;
    /** How many questions it leaves unanswered. */
    volatile int deafFor;
    /** How many datagrams come before each answer that are none. */
    volatile int noise;
    /** With which code it refuses. */
    volatile int code;
    private final DatagramSocket socket;

    StandInRouter() throws IOException {
        socket = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
        Thread.ofVirtual().start(this::serve);
    }

    InetSocketAddress at() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    Route route() {
        return new Route(at().getAddress(), at().getAddress());
    }

    private void serve() {
        byte[] buffer = new byte[2048];
        while (!socket.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                byte[] question = Arrays.copyOf(buffer, packet.getLength());
                byte[] answer = question[0] == 0 ? natPmp(question) : pcp(question);
                if (deafFor > 0) {
                    deafFor--;
                    continue;
                }
                for (int i = 0; i < noise; i++) {
                    byte[] wrong = answer.clone();
                    wrong[1] ^= 1;
                    socket.send(new DatagramPacket(wrong, wrong.length, packet.getSocketAddress()));
                }
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private byte[] natPmp(byte[] question) {
        ByteBuffer answer = ByteBuffer.allocate(16).put((byte) 0).put((byte) (question[1] | 128)).putShort((short) code)
                .putInt(77);
        if (question[1] == 0) {
            asked.add("natpmp address");
            return Arrays.copyOf(answer.put(address.getAddress()).array(), 12);
        }
        ByteBuffer asks = ByteBuffer.wrap(question, 4, 8);
        int port = asks.getShort() & 0xffff;
        int wanted = asks.getShort() & 0xffff;
        int seconds = asks.getInt();
        asked.add("natpmp " + (question[1] == 1 ? "udp" : "tcp") + " " + port + " " + wanted + " " + seconds);
        return answer.putShort((short) port).putShort((short) (seconds == 0 ? 0 : external(port, wanted)))
                .putInt(seconds == 0 ? 0 : lifetime).array();
    }

    private int external(int port, int wanted) {
        return wanted == port ? port + shift : wanted;
    }

    private byte[] pcp(byte[] question) {
        if (!speaksPcp) {
            return ByteBuffer.allocate(8).put((byte) 0).put((byte) (question[1] | 128)).putShort((short) 1).putInt(77)
                    .array();
        }
        ByteBuffer asks = ByteBuffer.wrap(question);
        int seconds = asks.getInt(4);
        int port = asks.getShort(40) & 0xffff;
        int wanted = asks.getShort(42) & 0xffff;
        asked.add("pcp " + (question[36] == 17 ? "udp" : "tcp") + " " + port + " " + wanted + " " + seconds + " "
                + Arrays.hashCode(Arrays.copyOfRange(question, 24, 36)));
        ByteBuffer answer = ByteBuffer.allocate(60).put(question);
        answer.put(1, (byte) (question[1] | 128)).put(3, (byte) code).putInt(4, seconds == 0 ? 0 : lifetime).putInt(8,
                77);
        for (int i = 12; i < 24; i++) {
            answer.put(i, (byte) 0);
        }
        answer.putShort(42, (short) (seconds == 0 ? 0 : external(port, wanted)));
        answer.put(44, new byte[10]).putShort(54, (short) -1).put(56, address.getAddress());
        return answer.array();
    }

    @Override
    public void close() {
        socket.close();
    }
}
