// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** By whom a network is joined: nodes that the user named, whose names are resolved whenever they are needed. */
final class Routers {
    private static final Logger LOG = LoggerFactory.getLogger(Routers.class);

    private final List<HostAndPort> names;
    private final AddressFamily family;
    private final Map<HostAndPort, List<InetSocketAddress>> known = new LinkedHashMap<>();
    /** Those whose failure was told already. */
    private final Set<HostAndPort> failing = new HashSet<>();

    /**
     * What a name stands for.
     *
     * @param addresses of the family; none when there are none, or {@code failure} says why nothing is known
     */
    record Resolved(HostAndPort name, List<InetSocketAddress> addresses, String failure) {
        Resolved {
            addresses = List.copyOf(addresses);
        }
    }

    Routers(List<HostAndPort> names, AddressFamily family) {
        this.names = List.copyOf(names);
        this.family = family;
    }

    /** Asks for all names, each on a thread of its own, and tells of each there. */
    void resolve(Consumer<Resolved> told) {
        names.forEach(name -> Thread.ofVirtual().name("dht-resolve").start(() -> told.accept(resolved(name))));
    }

    private Resolved resolved(HostAndPort name) {
        try {
            List<InetSocketAddress> addresses = Arrays.stream(InetAddress.getAllByName(name.host()))
                    .filter(address -> AddressFamily.of(address) == family)
                    .map(address -> new InetSocketAddress(address, name.port())).toList();
            return new Resolved(name, addresses, "");
        } catch (UnknownHostException e) {
            return new Resolved(name, List.of(), "no such host: " + e.getMessage());
        }
    }

    /**
     * A name was resolved, or not: then it is told once, and what it stood for before still counts.
     *
     * @return all addresses that are known
     */
    List<InetSocketAddress> with(Resolved resolved) {
        if (resolved.failure.isEmpty()) {
            failing.remove(resolved.name);
            known.put(resolved.name, resolved.addresses);
        } else if (failing.add(resolved.name)) {
            LOG.warn("dht: {} is not there to join by, and tried again as long as nobody else is: {}", resolved.name,
                    resolved.failure);
        }
        return known.values().stream().flatMap(List::stream).distinct().toList();
    }
}
