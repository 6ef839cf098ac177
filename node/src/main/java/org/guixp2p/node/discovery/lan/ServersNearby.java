// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import javax.jmdns.ServiceInfo;

/** Hears of substitute servers, as {@code guix-daemon --discover} does, by IPv4. */
public final class ServersNearby extends LanService implements LanService.Hearing {
    static final String TYPE = "_guix_publish._tcp.local.";
    /** Of the TXT record, in bytes: there is none by rights. */
    static final int MOST_TEXT = 512;

    private final LanServers servers;

    /** @param servers is told who is there */
    public ServersNearby(LanServers servers) {
        this.servers = servers;
    }

    @Override
    String type() {
        return TYPE;
    }

    @Override
    boolean isUsedAt(InetAddress own) {
        return own instanceof Inet4Address && !own.isLoopbackAddress();
    }

    @Override
    Optional<ServiceInfo> announcement(LanInterface there, String name) {
        return Optional.empty();
    }

    @Override
    Optional<Hearing> hearing() {
        return Optional.of(this);
    }

    @Override
    public void look() {
        // Nobody waits for the first ones.
    }

    @Override
    public void heard(LanPeers.Source source, ServiceInfo info) {
        if (info.getTextBytes().length <= MOST_TEXT) {
            LanServer.of(info.getPort(), List.of(info.getInet4Addresses()), source.heardAt(), ServersNearby::isOwn)
                    .ifPresent(server -> servers.add(source, server));
        }
    }

    /** Whether this machine has that address: what can be had there is here already, this node's gateway too. */
    private static boolean isOwn(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return true;
        }
    }

    @Override
    public void left(LanPeers.Source source) {
        servers.remove(source);
    }

    @Override
    public void leftAll(LanInterface there) {
        servers.removeAll(there);
    }

    @Override
    public void lookAgain(int round) {
        // JmDNS tells of all again.
    }
}
