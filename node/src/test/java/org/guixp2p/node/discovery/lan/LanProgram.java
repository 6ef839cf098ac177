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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceInfo;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * A peer on a network nearby: {@code NUMBER PORT [GATEWAY]}. It says whom it meets ({@code met PEER ADDRESS}) and which substitute
 * servers come and go ({@code appeared URL}, {@code disappeared URL}), announces its own at {@code GATEWAY}, if it has one, and does as
 * it is told by lines on its standard input: {@code who} lists who is there, {@code lie ID} announces what is no peer and then one that
 * is, {@code flood} sends more records than anybody needs, {@code servers ADDRESS FIRST-PORT COUNT TEXT-BYTES} announces servers that
 * are not there, {@code stop} leaves.
 */
final class LanProgram implements LanServers.Watcher {
    private final PeerId self;
    private final LanPeers peers;
    private final Lan lan;

    private LanProgram(int number, int port, Optional<HostAndPort> gateway) {
        self = peer(number);
        peers = new LanPeers(self, System::nanoTime);
        List<LanService> services = new ArrayList<>(List.of(
                new PeersNearby(self, address -> port, peers, (peer, there) -> say("met " + peer + " " + there)),
                new ServersNearby(new LanServers(this, System::nanoTime))));
        gateway.map(GatewayNearby::new).ifPresent(services::add);
        lan = Lan.open(self.toString().substring(0, 20), services);
    }

    @Override
    public void appeared(ServerUrl server) {
        say("appeared " + server);
    }

    @Override
    public void disappeared(ServerUrl server) {
        say("disappeared " + server);
    }

    static PeerId peer(int number) {
        return new PeerId(Sha256.hash(("peer" + number).getBytes(StandardCharsets.US_ASCII)));
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    public static void main(String... args) throws IOException {
        LanProgram program = new LanProgram(Integer.parseInt(args[0]), Integer.parseInt(args[1]),
                args.length > 2 ? Optional.of(HostAndPort.parse(args[2])) : Optional.empty());
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
            case "servers" -> servers(words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]),
                    Integer.parseInt(words[4]));
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
        LanInterface here = LanInterface.up(List.of(""), (_, _) -> true).keySet().iterator().next();
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
        dns.registerService(ServiceInfo.create(PeersNearby.TYPE, name, port, 0, 0, text));
    }

    /** Each of a name of its own, in a packet of its own: PTR, SRV, TXT and A (RFC 6763). */
    private static void servers(String address, int port, int count, int textBytes) throws IOException {
        byte[] type = name("_guix_publish", "_tcp", "local");
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, NetworkInterface.getByName("eth0"));
            for (int i = 0; i < count; i++) {
                String label = "s" + port + "-" + i;
                byte[] instance = name(label, "_guix_publish", "_tcp", "local");
                byte[] host = name(label, "local");
                ByteBuffer text = ByteBuffer.allocate(Math.max(1, textBytes));
                while (text.remaining() > 1) {
                    int length = Math.min(255, text.remaining() - 1);
                    text.put((byte) length).position(text.position() + length);
                }
                ByteBuffer out = ByteBuffer.allocate(8192).putShort((short) 0).putShort((short) 0x8400)
                        .putShort((short) 0).putShort((short) 4).putShort((short) 0).putShort((short) 0);
                record(out, type, 12, instance);
                ByteBuffer srv = ByteBuffer.allocate(6 + host.length).putInt(0).putShort((short) (port + i)).put(host);
                record(out, instance, 33, srv.array());
                record(out, instance, 16, text.array());
                record(out, host, 1, InetAddress.ofLiteral(address).getAddress());
                socket.send(new DatagramPacket(out.array(), out.position(), InetAddress.ofLiteral("224.0.0.251"),
                        5353));
            }
        }
        say("served");
    }

    private static byte[] name(String... labels) {
        ByteBuffer out = ByteBuffer.allocate(256);
        for (String label : labels) {
            out.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
        }
        return Arrays.copyOf(out.array(), out.position() + 1);
    }

    private static void record(ByteBuffer out, byte[] owner, int type, byte[] data) {
        out.put(owner).putShort((short) type).putShort((short) 1).putInt(3600).putShort((short) data.length).put(data);
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
