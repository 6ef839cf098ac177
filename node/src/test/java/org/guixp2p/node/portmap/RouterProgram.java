// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.portmap.NatPmp;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * Has the machine's router map a port, by one protocol: {@code PROTOCOL PORT}. It says where others connect ({@code at ADDRESS}), and gives
 * it up when its standard input ends.
 */
final class RouterProgram {
    private RouterProgram() {}

    public static void main(String... args) throws IOException {
        SecureRandom random = new SecureRandom();
        MappingKeeper keeper = new MappingKeeper(Integer.parseInt(args[1]), true, Route::find,
                route -> List.of(protocol(args[0], route, random)), InstantSource.system());
        try (PortMapping _ = PortMapping.start(keeper, RouterProgram::say, InstantSource.system(),
                Duration.ofSeconds(30))) {
            while (System.in.read() >= 0) {
                // Not yet.
            }
        }
        System.exit(0);
    }

    private static void say(Optional<HostAndPort> external) {
        System.out.println("at " + external.map(HostAndPort::toString).orElse("nowhere"));
        System.out.flush();
    }

    private static RouterProtocol protocol(String name, Route route, SecureRandom random) {
        InetSocketAddress router = new InetSocketAddress(route.router(), NatPmp.PORT);
        return switch (name) {
            case "PCP" -> new PcpClient(router, random);
            case "NAT-PMP" -> new NatPmpClient(router);
            case "UPnP" -> new IgdClient(route, random);
            default -> throw new IllegalArgumentException(name);
        };
    }
}
