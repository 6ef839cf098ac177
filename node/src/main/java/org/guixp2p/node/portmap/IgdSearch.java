// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.portmap.Ssdp;

/** Searches a network for a gateway of UPnP. */
final class IgdSearch {
    /** Devices wait for up to a second (MX) before they answer. */
    private static final Duration PATIENCE = Duration.ofMillis(2500);
    private static final int MOST_WRONG = 64;

    private final InetSocketAddress group;
    private final Route route;

    /** @param group where devices listen */
    IgdSearch(InetSocketAddress group, Route route) {
        this.group = group;
        this.route = route;
    }

    /**
     * Where the router describes itself: on itself. What other machines say is passed over.
     *
     * @throws IOException when it does not say so in time
     */
    URI find() throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(route.own(), 0))) {
            NetworkInterface network = NetworkInterface.getByInetAddress(route.own());
            if (group.getAddress().isMulticastAddress() && network != null) {
                socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, network);
            }
            for (String target : Ssdp.GATEWAYS) {
                byte[] search = Ssdp.search(target);
                socket.send(new DatagramPacket(search, search.length, group));
            }
            byte[] buffer = new byte[Ssdp.MAX_BYTES + 1];
            for (int wrong = 0; wrong < MOST_WRONG; wrong++) {
                long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
                if (left <= 0) {
                    break;
                }
                socket.setSoTimeout(Math.toIntExact(left));
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                if (packet.getAddress().equals(route.router())) {
                    try {
                        return onRouter(Ssdp.location(Arrays.copyOf(buffer, packet.getLength())));
                    } catch (FormatException e) {
                        // Another device on it, or somebody in its name.
                    }
                }
            }
        } catch (SocketTimeoutException e) {
            throw new IOException("UPnP: the router does not answer", e);
        }
        throw new IOException("UPnP: the router does not answer");
    }

    private URI onRouter(URI location) throws FormatException {
        if (!InetAddress.ofLiteral(String.valueOf(location.getHost())).equals(route.router())) {
            throw new FormatException("UPnP: the router is said to be at " + location.getHost());
        }
        return location;
    }
}
