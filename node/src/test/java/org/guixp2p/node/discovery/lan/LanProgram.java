// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceInfo;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * A peer on a network nearby: {@code NUMBER PORT}. It says whom it meets ({@code met PEER ADDRESS}), and does as it is told by lines
 * on its standard input: {@code who} lists who is there, {@code lie ID} announces what is no peer and then one that is, {@code stop}
 * leaves.
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
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            program.obey(line.split(" ", -1));
        }
    }

    private void obey(String... words) throws IOException {
        switch (words[0]) {
            case "who" -> say("there " + peers.hints());
            case "lie" -> lie(words[1]);
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
}
