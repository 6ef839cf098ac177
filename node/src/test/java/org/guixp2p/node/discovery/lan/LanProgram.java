// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceInfo;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * A peer on a network nearby: {@code NUMBER PORT}. It says whom it meets ({@code met PEER ADDRESS}), and does as it is told by lines
 * on its standard input: {@code who} lists who is there, {@code lie ID} announces what is no peer and then one that is, {@code flood}
 * sends more records than anybody needs, {@code stop} leaves.
 */
final class LanProgram {
    private final PeerId self;
    private final LanPeers peers;
    private final Lan lan;

    private LanProgram(int number, int port) {
        self = peer(number);
        peers = new LanPeers(self, System::nanoTime);
        lan = Lan.open(self, address -> port, peers, (peer, there) -> say("met " + peer + " " + there));
    }

    static PeerId peer(int number) {
        return new PeerId(Sha256.hash(("peer" + number).getBytes(StandardCharsets.US_ASCII)));
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    public static void main(String... args) throws IOException {
        LanProgram program = new LanProgram(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
        while (!program.peers.stillLooking().isPositive()) {
            // It has yet to open a socket.
            Thread.onSpinWait();
        }
        say("ready " + program.self);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                program.obey(line.split(" ", -1));
            }
        } catch (IOException | RuntimeException e) {
            e.printStackTrace();
        }
        // Other threads would keep it alive.
        System.exit(1);
    }

    private void obey(String... words) throws IOException {
        switch (words[0]) {
            case "who" -> say("there " + peers.hints());
            case "lie" -> lie(words[1]);
            case "flood" -> flood();
            case "stop" -> {
                long since = System.nanoTime();
                lan.stop();
                lan.close();
                say("stopped " + (System.nanoTime() - since) / 1_000_000);
                System.exit(0);
            }
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    private static void lie(String victim) throws IOException {
        LanInterface here = LanInterface.up(address -> true).getFirst();
        JmDNS dns = JmDNS.create(here.address(), "liar");
        String id = peer(77).toString();
        announce(dns, "own", 6000, Map.of("v", "1", "id", victim));
        announce(dns, "no-id", 6001, Map.of("v", "1", "id", "0".repeat(52) + "x"));
        announce(dns, "ssh", 22, Map.of("v", "1", "id", id));
        announce(dns, "later", 6002, Map.of("v", "2", "id", id));
        announce(dns, "long", 6003, Map.of("v", "1", "id", id, "a", "x".repeat(200), "b", "x".repeat(200), "c",
                "x".repeat(200)));
        announce(dns, "peer", 6004, LanAnnouncement.text(peer(99)));
        say("lied");
    }

    private static void announce(JmDNS dns, String name, int port, Map<String, String> text) throws IOException {
        dns.registerService(ServiceInfo.create(LanLink.TYPE, name, port, 0, 0, text));
    }

    /** Addresses of hosts that nobody asked for, 40 in a packet (RFC 1035, section 4). */
    private static void flood() throws IOException {
        InetAddress group = InetAddress.ofLiteral("224.0.0.251");
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, NetworkInterface.getByName("eth0"));
            for (int packet = 0; packet < 400; packet++) {
                ByteBuffer out = ByteBuffer.allocate(1400).putShort((short) 0).putShort((short) 0x8400)
                        .putShort((short) 0).putShort((short) 40).putShort((short) 0).putShort((short) 0);
                for (int i = 0; i < 40; i++) {
                    String host = String.format("h%06d", packet * 40 + i);
                    out.put((byte) 7).put(host.getBytes(StandardCharsets.US_ASCII)).put((byte) 5)
                            .put("local".getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
                    out.putShort((short) 1).putShort((short) 1).putInt(3600).putShort((short) 4).putInt(0x0a000001);
                }
                socket.send(new DatagramPacket(out.array(), out.position(), group, 5353));
            }
        }
        say("flooded");
    }
}
