// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import org.guixp2p.node.config.DhtMode;
import org.guixp2p.node.config.Share;
import org.guixp2p.protocol.swarm.HostAndPort;

/** Where peers are to connect: free, or held by the node. */
final class ListenCheck implements Check {
    @Override
    public String subject() {
        return "listen address";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        if (patient.config().seeding().share() == Share.OFF) {
            return List.of(Finding.ok(subject(), "none is used: share = off"));
        }
        return patient.config().network().listen().stream().map(address -> examine(address, patient)).toList();
    }

    private Finding examine(HostAndPort address, Patient patient) {
        if (patient.node().stream().flatMap(node -> node.listening().stream())
                .anyMatch(bound -> holds(bound, address))) {
            return Finding.ok(subject(), address + " is held by the node");
        }
        try {
            bind(new InetSocketAddress(InetAddress.getByName(address.host()), address.port()),
                    patient.config().dhtMode() != DhtMode.OFF && patient.node().isEmpty());
        } catch (IOException e) {
            return Finding.error(subject(), address + " cannot be listened at, and not for the node: " + e.getMessage(),
                    "set listen_address to a free port of this machine ('ss -ltnp' says who has it)");
        }
        return patient.node().isPresent()
                ? Finding.warning(subject(), address + " is free: the node that runs listens elsewhere",
                        "restart the node")
                : Finding.ok(subject(), address + " is free");
    }

    private static void bind(InetSocketAddress address, boolean dht) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(address);
        }
        if (dht) {
            try {
                new DatagramSocket(address).close();
            } catch (IOException e) {
                throw new IOException("by UDP for the DHT: " + e.getMessage(), e);
            }
        }
    }

    private static boolean holds(HostAndPort bound, HostAndPort wanted) {
        return bound.port() == wanted.port() || wanted.port() == 0;
    }
}
