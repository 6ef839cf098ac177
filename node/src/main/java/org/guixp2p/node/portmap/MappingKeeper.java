// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
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
 * the lifetime, as it may have begun anew and lost it. What cannot be renewed counts until its lifetime is over. Each {@link #round}
 * blocks for as long as routers take; the caller waits between them. One thread.
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
    private final InstantSource clock;
    private Optional<Route> route = Optional.empty();
    private List<RouterProtocol> candidates = List.of();
    private Optional<RouterProtocol> speaks = Optional.empty();
    /** What is over stays: its port is asked for again, and a router that maps for ever has it still. */
    private final Map<Transport, Held> held = new EnumMap<>(Transport.class);
    private Duration pause = FIRST_PAUSE;

    /**
     * A mapping.
     *
     * @param by what made it
     * @param until when it counts unless it is renewed
     */
    private record Held(Mapping mapping, RouterProtocol by, Instant until) {
        HostAndPort external() {
            return HostAndPort.of(mapping.address(), mapping.port());
        }
    }

    /**
     * @param port this machine's
     * @param udp whether UDP is to get through besides TCP
     * @param routes finds the way out
     * @param protocols that may do, the best first
     * @param clock that sleep of the machine does not stop
     */
    MappingKeeper(int port, boolean udp, Supplier<Optional<Route>> routes,
            Function<Route, List<RouterProtocol>> protocols, InstantSource clock) {
        this.port = port;
        this.transports = udp ? List.of(Transport.TCP, Transport.UDP) : List.of(Transport.TCP);
        this.routes = routes;
        this.protocols = protocols;
        this.clock = clock;
    }

    /** Maps, or renews; how long to wait for the next round. */
    Duration round() {
        Optional<Route> now = routes.get();
        if (now.isEmpty()) {
            // Nobody gets through; if it is the same network afterwards, the router has the mappings still.
            held.replaceAll((_, mapping) -> new Held(mapping.mapping(), mapping.by(), Instant.MIN));
            return FIRST_PAUSE;
        }
        if (!now.equals(route)) {
            // Another network: what was mapped there is out of reach.
            route = now;
            candidates = protocols.apply(now.get());
            speaks = Optional.empty();
            held.clear();
            pause = FIRST_PAUSE;
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
        speaks = Optional.empty();
        if (external().isPresent()) {
            return FIRST_PAUSE;
        }
        Duration waits = pause;
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LAST_PAUSE) < 0 ? twice : LAST_PAUSE;
        return waits;
    }

    private void keep(RouterProtocol protocol) throws IOException {
        Mapping tcp = protocol.map(request(Transport.TCP, port));
        if (tcp.port() < FIRST_PORT || !isGlobal(tcp.address()) || tcp.lifetime().isZero()) {
            // What another protocol made is not concerned.
            held.values().removeIf(one -> {
                boolean its = one.by() == protocol;
                if (its) {
                    unmap(protocol, one.mapping());
                }
                return its;
            });
            unmap(protocol, tcp);
            throw new IOException(protocol.name() + ": the router is of no use: it maps to "
                    + HostAndPort.of(tcp.address(), tcp.port()) + " for " + tcp.lifetime().toSeconds() + " s");
        }
        Optional<HostAndPort> before = external();
        hold(tcp, protocol);
        if (!external().equals(before)) {
            LOG.info("the router at {} lets others in at {}, by {}", route.orElseThrow().router().getHostAddress(),
                    HostAndPort.of(tcp.address(), tcp.port()), protocol.name());
        }
        speaks = Optional.of(protocol);
        pause = FIRST_PAUSE;
        for (Transport transport : transports.subList(1, transports.size())) {
            try {
                hold(protocol.map(request(transport, tcp.port())), protocol);
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

    private void hold(Mapping mapping, RouterProtocol by) {
        held.put(mapping.request().transport(), new Held(mapping, by, clock.instant().plus(mapping.lifetime())));
    }

    /** For the port that it had, or else another one. */
    private MappingRequest request(Transport transport, int other) {
        Held had = held.get(transport);
        return new MappingRequest(transport, port, had == null ? other : had.mapping().port(), LIFETIME.toSeconds());
    }

    private Duration next() {
        Duration half = held.values().stream().map(one -> one.mapping().lifetime()).min(Duration::compareTo)
                .orElse(LIFETIME).dividedBy(2);
        return half.compareTo(SOONEST) < 0 ? SOONEST : half.compareTo(LATEST) > 0 ? LATEST : half;
    }

    private void failed(IOException e) {
        if (external().isEmpty() || speaks.isEmpty()) {
            LOG.debug("no port is mapped now: {}", e.getMessage());
        } else {
            LOG.warn("the router does not renew what it maps: {}", e.getMessage());
        }
    }

    private Optional<Held> valid() {
        return Optional.ofNullable(held.get(Transport.TCP)).filter(tcp -> clock.instant().isBefore(tcp.until()));
    }

    /** Where others connect; nothing when they cannot. */
    Optional<HostAndPort> external() {
        return valid().map(Held::external);
    }

    /** By what it was agreed with the router. */
    Optional<String> protocol() {
        return valid().map(tcp -> tcp.by().name());
    }

    /** Gives all up. */
    void release() {
        List<Held> all = List.copyOf(held.values());
        held.clear();
        all.forEach(one -> unmap(one.by(), one.mapping()));
    }

    private static void unmap(RouterProtocol protocol, Mapping mapping) {
        try {
            protocol.unmap(mapping);
        } catch (IOException e) {
            LOG.debug("{} stays mapped for now: {}", mapping.port(), e.getMessage());
        }
    }
}
