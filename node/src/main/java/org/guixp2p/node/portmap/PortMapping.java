// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.guixp2p.node.config.DhtMode;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.protocol.portmap.NatPmp;
import org.guixp2p.protocol.swarm.HostAndPort;

/** Keeps this node's port mapped on the router, on a virtual thread, until it is closed. For use on any thread. */
public final class PortMapping implements AutoCloseable {
    /** What the router has to hear that it is over; one that does not answer forgets by itself. */
    private static final Duration TO_RELEASE = Duration.ofMillis(500);

    private final MappingKeeper keeper;
    private final Consumer<Optional<HostAndPort>> listener;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private boolean told;
    private volatile Optional<State> state = Optional.empty();

    /**
     * A port that is mapped.
     *
     * @param external where others connect
     * @param protocol by which the router was asked
     */
    public record State(HostAndPort external, String protocol) {}

    private PortMapping(MappingKeeper keeper, Consumer<Optional<HostAndPort>> listener) {
        this.keeper = keeper;
        this.listener = listener;
        this.thread = Thread.ofVirtual().name("port-mapping").start(this::run);
    }

    /**
     * Begins, if the configuration wants it: where the world is to connect by IPv4, and nobody says that it can already.
     *
     * @param listening where the node accepts peers
     * @param listener hears where others can connect from outside, after the first round and whenever that changes
     */
    public static Optional<PortMapping> start(NodeConfig config, List<HostAndPort> listening,
            Consumer<Optional<HostAndPort>> listener) {
        NodeConfig.Network network = config.network();
        if (!network.portMapping() || config.seeding().share() != Share.WORLD || !network.external().isEmpty()) {
            return Optional.empty();
        }
        SecureRandom random = new SecureRandom();
        return listening.stream().filter(PortMapping::isOfUse).findFirst().map(bound -> start(
                new MappingKeeper(bound.port(), config.dhtMode() != DhtMode.OFF,
                        () -> Route.find().filter(route -> takes(bound, route.own())),
                        route -> protocols(route, random)),
                listener));
    }

    static PortMapping start(MappingKeeper keeper, Consumer<Optional<HostAndPort>> listener) {
        return new PortMapping(keeper, listener);
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
                Duration pause = keeper.round();
                tell();
                if (closing.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell() {
        Optional<State> now = keeper.external()
                .map(external -> new State(external, keeper.protocol().orElse("")));
        boolean changed = !now.map(State::external).equals(state.map(State::external));
        state = now;
        if (changed || !told) {
            told = true;
            listener.accept(now.map(State::external));
        }
    }

    /** What is mapped; nothing when nothing is. */
    public Optional<State> state() {
        return state;
    }

    /** Gives it up. */
    @Override
    public void close() {
        closing.countDown();
        thread.interrupt();
        try {
            var _ = thread.join(TO_RELEASE);
            Thread release = Thread.ofVirtual().name("port-unmapping").start(() -> {
                if (!thread.isAlive()) {
                    keeper.release();
                }
            });
            if (!release.join(TO_RELEASE)) {
                release.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
