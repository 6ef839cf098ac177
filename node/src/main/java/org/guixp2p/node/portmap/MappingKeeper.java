// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.guixp2p.protocol.portmap.MappingRequest;
import org.guixp2p.protocol.portmap.Transport;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one port mapped for TCP and, if that may be, the same for UDP: by the first protocol that the router speaks, renewed at half of
 * the lifetime, as it may have begun anew and lost it. Each {@link #round} blocks for as long as routers take; the caller waits
 * between them. One thread.
 */
final class MappingKeeper {
    /** As RFC 6886 recommends (section 3.3). */
    static final Duration LIFETIME = Duration.ofHours(2);
    /** From one round to the next, whatever lifetimes a router names. */
    static final Duration SOONEST = Duration.ofSeconds(30);
    static final Duration LATEST = Duration.ofMinutes(10);
    /** After one that failed; each time twice as long. */
    static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
    static final Duration LAST_PAUSE = Duration.ofMinutes(30);

    private static final Logger LOG = LoggerFactory.getLogger(MappingKeeper.class);
    private static final int FIRST_PORT = 1024;

    private final int port;
    private final List<Transport> transports;
    private final Supplier<Optional<Route>> routes;
    private final Function<Route, List<RouterProtocol>> protocols;
    private Optional<Route> route = Optional.empty();
    private List<RouterProtocol> candidates = List.of();
    private Optional<RouterProtocol> speaks = Optional.empty();
    private List<Mapping> held = List.of();
    private Duration pause = FIRST_PAUSE;

    /**
     * @param port this machine's
     * @param udp whether UDP is to get through besides TCP
     * @param routes finds the way out
     * @param protocols that may do, the best first
     */
    MappingKeeper(int port, boolean udp, Supplier<Optional<Route>> routes,
            Function<Route, List<RouterProtocol>> protocols) {
        this.port = port;
        this.transports = udp ? List.of(Transport.TCP, Transport.UDP) : List.of(Transport.TCP);
        this.routes = routes;
        this.protocols = protocols;
    }

    /** Maps, or renews; how long to wait for the next round. */
    Duration round() {
        Optional<Route> now = routes.get();
        if (!now.equals(route)) {
            // Another network: what was mapped there is out of reach.
            route = now;
            candidates = now.map(protocols).orElse(List.of());
            speaks = Optional.empty();
            held = List.of();
            pause = FIRST_PAUSE;
        }
        if (route.isEmpty()) {
            return FIRST_PAUSE;
        }
        for (RouterProtocol protocol : speaks.map(List::of).orElse(candidates)) {
            try {
                keep(protocol);
                return next();
            } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) {
                    return FIRST_PAUSE; // it is to end, and gives up what it has
                }
                failed(e);
            }
        }
        held = List.of();
        speaks = Optional.empty();
        Duration waits = pause;
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LAST_PAUSE) < 0 ? twice : LAST_PAUSE;
        return waits;
    }

    private void keep(RouterProtocol protocol) throws IOException {
        Mapping tcp = protocol.map(request(Transport.TCP));
        if (tcp.port() < FIRST_PORT || !isGlobal(tcp.address()) || tcp.lifetime().isZero()) {
            unmap(protocol, tcp);
            throw new IOException(protocol.name() + ": the router is of no use: it maps to "
                    + HostAndPort.of(tcp.address(), tcp.port()) + " for " + tcp.lifetime().toSeconds() + " s");
        }
        if (held.isEmpty() || !external().equals(Optional.of(HostAndPort.of(tcp.address(), tcp.port())))) {
            LOG.info("the router at {} lets others in at {}, by {}", route.orElseThrow().router().getHostAddress(),
                    HostAndPort.of(tcp.address(), tcp.port()), protocol.name());
        }
        List<Mapping> mapped = new ArrayList<>(List.of(tcp));
        held = List.copyOf(mapped);
        speaks = Optional.of(protocol);
        pause = FIRST_PAUSE;
        for (Transport transport : transports.subList(1, transports.size())) {
            try {
                mapped.add(protocol.map(new MappingRequest(transport, port, tcp.port(), LIFETIME.toSeconds())));
                held = List.copyOf(mapped);
            } catch (IOException e) {
                LOG.debug("{} is not mapped: {}", transport, e.getMessage());
            }
        }
    }

    /** Else another router is in between, and the world does not get as far as this one. */
    private static boolean isGlobal(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean carrier = bytes.length == 4 && bytes[0] == 100 && (bytes[1] & 0xc0) == 64; // RFC 6598
        return !AddressGroup.isLocal(address) && !address.isAnyLocalAddress() && !address.isMulticastAddress()
                && !carrier;
    }

    /** The port that it had, or else the own one. */
    private MappingRequest request(Transport transport) {
        int wanted = held.stream().filter(mapping -> mapping.request().transport() == transport).map(Mapping::port)
                .findFirst().orElse(port);
        return new MappingRequest(transport, port, wanted, LIFETIME.toSeconds());
    }

    private Duration next() {
        Duration half = held.stream().map(Mapping::lifetime).min(Duration::compareTo).orElse(LIFETIME).dividedBy(2);
        return half.compareTo(SOONEST) < 0 ? SOONEST : half.compareTo(LATEST) > 0 ? LATEST : half;
    }

    private void failed(IOException e) {
        if (held.isEmpty()) {
            LOG.debug("no port is mapped: {}", e.getMessage());
        } else {
            LOG.warn("the router does not let others in any more: {}", e.getMessage());
        }
    }

    /** Where others connect; nothing when they cannot. */
    Optional<HostAndPort> external() {
        return held.stream().findFirst().map(mapping -> HostAndPort.of(mapping.address(), mapping.port()));
    }

    /** By what it was agreed with the router. */
    Optional<String> protocol() {
        return held.isEmpty() ? Optional.empty() : speaks.map(RouterProtocol::name);
    }

    /** Gives all up. */
    void release() {
        List<Mapping> mappings = held;
        held = List.of();
        speaks.ifPresent(protocol -> mappings.forEach(mapping -> unmap(protocol, mapping)));
    }

    private static void unmap(RouterProtocol protocol, Mapping mapping) {
        try {
            protocol.unmap(mapping);
        } catch (IOException e) {
            LOG.debug("{} stays mapped for now: {}", mapping.port(), e.getMessage());
        }
    }
}
