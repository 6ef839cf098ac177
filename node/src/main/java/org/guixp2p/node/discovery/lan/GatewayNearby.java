// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import javax.jmdns.ServiceInfo;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * Tells that this node's gateway is there, as {@code guix publish --advertise} does: without a TXT record, and by IPv4, by which alone
 * {@code guix-daemon --discover} looks.
 */
public final class GatewayNearby extends LanService {
    private final HostAndPort gateway;

    /** @param gateway where it listens, by its address */
    public GatewayNearby(HostAndPort gateway) {
        this.gateway = gateway;
    }

    @Override
    String type() {
        return ServersNearby.TYPE;
    }

    @Override
    boolean isUsedAt(InetAddress own) {
        return isToldAt(InetAddress.ofLiteral(gateway.host()), own);
    }

    /**
     * Whether a gateway that listens at {@code bound} is announced at an address of this machine: a private one of IPv4. A wildcard
     * of either family takes connections of both.
     */
    public static boolean isToldAt(InetAddress bound, InetAddress own) {
        return own instanceof Inet4Address && AddressGroup.isLocal(own) && !own.isLoopbackAddress()
                && (bound.isAnyLocalAddress() || bound.equals(own));
    }

    @Override
    Optional<ServiceInfo> announcement(LanInterface there, String name) {
        return Optional.of(ServiceInfo.create(ServersNearby.TYPE, "guix-p2p-" + name, gateway.port(), 0, 0, Map.of()));
    }

    @Override
    Optional<Hearing> hearing() {
        return Optional.empty();
    }
}
