// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.guixp2p.node.config.DhtMode;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.protocol.portmap.NatPmp;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps this node's port mapped on the router, on a virtual thread, until it is closed. For use on any thread. */
public final class PortMapping implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PortMapping.class);
    /** What the router has to hear that it is over, and half of it until a question that was asked is dropped for that. */
    private static final Duration TO_RELEASE = Duration.ofSeconds(1);
    /** A machine that slept is noticed within this. */
    private static final Duration LOOKS = Duration.ofSeconds(30);

    private final MappingKeeper keeper;
    private final Consumer<Optional<HostAndPort>> listener;
    private final InstantSource clock;
    private final Duration looks;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private final Thread releasing = Thread.ofVirtual().name("port-unmapping").unstarted(this::release);
    private volatile Optional<State> state = Optional.empty();
    /** Whether the listener has heard of that. */
    private boolean told;

    /**
     * A port that is mapped.
     *
     * @param external where others connect
     * @param protocol by which the router was asked
     */
    public record State(HostAndPort external, String protocol) {}

    private PortMapping(MappingKeeper keeper, Consumer<Optional<HostAndPort>> listener, InstantSource clock,
            Duration looks) {
        this.keeper = keeper;
        this.listener = listener;
        this.clock = clock;
        this.looks = looks;
        this.thread = Thread.ofVirtual().name("port-mapping").start(this::run);
    }

    /**
     * Begins, if the configuration wants it: where the world is to connect by IPv4, and nobody says that it can already.
     *
     * @param listening where the node accepts peers
     * @param listener hears where others can connect from outside: when the router was asked for the first time, whatever came of it,
     *     and whenever that changes
     */
    public static Optional<PortMapping> start(NodeConfig config, List<HostAndPort> listening,
            Consumer<Optional<HostAndPort>> listener) {
        if (!config.mapsPort()) {
            return Optional.empty();
        }
        SecureRandom random = new SecureRandom();
        return listening.stream().filter(PortMapping::isOfUse).findFirst().map(bound -> start(
                new MappingKeeper(bound.port(), config.dhtMode() != DhtMode.OFF,
                        () -> Route.find().filter(route -> takes(bound, route.own())),
                        route -> protocols(route, random), InstantSource.system()),
                listener, InstantSource.system(), LOOKS));
    }

    /**
     * Begins.
     *
     * @param clock that sleep of the machine does not stop
     * @param looks how often it is looked at
     */
    static PortMapping start(MappingKeeper keeper, Consumer<Optional<HostAndPort>> listener, InstantSource clock,
            Duration looks) {
        return new PortMapping(keeper, listener, clock, looks);
    }

    private static List<RouterProtocol> protocols(Route route, SecureRandom random) {
        InetSocketAddress router = new InetSocketAddress(route.router(), NatPmp.PORT);
        return List.of(new PcpClient(router, random), new NatPmpClient(router), new IgdClient(route, random));
    }

    /** Loopback is out of any router's reach. */
    private static boolean isOfUse(HostAndPort bound) {
        InetAddress address = InetAddress.ofLiteral(bound.host());
        boolean four = address.isAnyLocalAddress() || address.getAddress().length == 4;
        return bound.port() > 0 && four && !address.isLoopbackAddress();
    }

    private static boolean takes(HostAndPort bound, InetAddress own) {
        InetAddress address = InetAddress.ofLiteral(bound.host());
        return address.isAnyLocalAddress() || address.equals(own);
    }

    private void run() {
        try {
            while (closing.getCount() > 0) {
                await(round());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration round() {
        try {
            Duration pause;
            try {
                pause = keeper.round();
            } finally {
                tell();
            }
            return pause;
        } catch (RuntimeException e) {
            LOG.warn("port mapping failed, and is tried again", e);
            return MappingKeeper.FIRST_PAUSE;
        }
    }

    /** For the next round: by the clock of day, which goes on while the machine sleeps, or if that is set back by the other one. */
    private void await(Duration time) throws InterruptedException {
        Instant due = clock.instant().plus(time);
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0 && clock.instant().isBefore(due); left = end - System.nanoTime()) {
            if (closing.await(Math.min(left, looks.toNanos()), TimeUnit.NANOSECONDS)) {
                return;
            }
        }
    }

    private void tell() {
        if (closing.getCount() == 0) {
            return;
        }
        Optional<HostAndPort> external = keeper.external();
        told &= external.equals(state.map(State::external));
        state = external.map(at -> new State(at, keeper.protocol().orElse("")));
        if (!told) {
            listener.accept(external);
            told = true;
        }
    }

    /** What is mapped; nothing when nothing is. */
    public Optional<State> state() {
        return state;
    }

    /** Begins to give it up, and does not wait for that. */
    public synchronized void stop() {
        closing.countDown();
        if (releasing.getState() == Thread.State.NEW) {
            releasing.start();
        }
    }

    private void release() {
        Duration half = TO_RELEASE.dividedBy(2);
        try {
            if (!thread.join(half)) {
                thread.interrupt();
                if (!thread.join(half)) {
                    return;
                }
            }
            keeper.release();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("the port stays mapped for now", e);
        }
    }

    /** Gives it up, and waits until the router has heard that, or does not answer. */
    @Override
    public void close() {
        stop();
        try {
            if (!releasing.join(TO_RELEASE)) {
                releasing.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
