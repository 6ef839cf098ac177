// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.node.config.Share;
import org.guixp2p.protocol.swarm.HostAndPort;

/** Where an {@link Endpoint} accepts connections. */
final class ListeningSockets {
    private static final int BACKLOG = 64;

    private final List<ServerSocket> sockets;

    /** Of sockets that listen already. */
    ListeningSockets(List<ServerSocket> sockets) {
        this.sockets = List.copyOf(sockets);
    }

    /** @throws IOException in one line for people: an address is in use or not this machine's */
    static List<ServerSocket> open(List<HostAndPort> addresses) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (HostAndPort address : addresses) {
                sockets.add(listen(address));
            }
            return sockets;
        } catch (IOException e) {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
            throw e;
        }
    }

    private static ServerSocket listen(HostAndPort address) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReceiveBufferSize(1 << 20);
            socket.bind(new InetSocketAddress(InetAddress.getByName(address.host()), address.port()), BACKLOG);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw new IOException("listen_address: cannot listen at " + address + ": " + e.getMessage(), e);
        }
    }

    List<ServerSocket> all() {
        return sockets;
    }

    /** With the ports that the system chose. */
    List<HostAndPort> addresses() {
        return sockets.stream().map(socket -> HostAndPort.of(socket.getInetAddress(), socket.getLocalPort())).toList();
    }

    /** The port on which peers on a network nearby may connect to this address of this machine; 0 when they may not. */
    int portNearby(Share share, InetAddress own) {
        return sockets.stream()
                .filter(socket -> Reach.allows(share, own)
                        && (socket.getInetAddress().isAnyLocalAddress() || socket.getInetAddress().equals(own)))
                .findFirst().map(ServerSocket::getLocalPort).orElse(0);
    }
}
