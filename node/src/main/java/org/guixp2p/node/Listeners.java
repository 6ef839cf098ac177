// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.api.WriteAccess;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.node.gateway.Gateway;
import org.guixp2p.node.gateway.GatewayItems;
import org.guixp2p.node.gateway.GatewaySettings;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the node answers others than peers and {@code guix-daemon}, as far as the configuration says so. */
final class Listeners {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private final NodeConfig config;
    private final ActorSystem<?> system;
    private final Consumer<AutoCloseable> opened;

    /** @param opened takes what is to be closed first when the node stops */
    Listeners(NodeConfig config, ActorSystem<?> system, Consumer<AutoCloseable> opened) {
        this.config = config;
        this.system = system;
        this.opened = opened;
    }

    /**
     * The REST API.
     *
     * @param insight is asked for only when there is one
     */
    Optional<ApiServer> api(LiveView view, LiveControls controls, Supplier<Insight> insight)
            throws IOException, StartException {
        if (config.api().isEmpty()) {
            return Optional.empty();
        }
        SecureRandom random = new SecureRandom();
        String token = ApiToken.loadOrCreate(config.files().stateDir(), random);
        ApiServer server = ApiServer.start(system, view, insight.get(), controls,
                new WriteAccess(token, System::nanoTime, random), config.api().get());
        AtomicBoolean stopped = new AtomicBoolean();
        opened.accept(() -> {
            if (stopped.compareAndSet(false, true)) {
                server.stop();
            }
        });
        return Optional.of(server);
    }

    /** The substitute server for others; where it listens. */
    Optional<HostAndPort> gateway(GatewayItems items, GatewaySettings settings, Gateway.Means means)
            throws StartException {
        if (config.gateway().isEmpty()) {
            return Optional.empty();
        }
        GatewayServer server = GatewayServer.start(system, items, settings, means, config.gateway().get());
        opened.accept(server.gateway());
        return Optional.of(server.address());
    }

    /** The socket for the node's user. A node whose limits stay as they are is a node all the same. */
    void control(RateLimits limits, NodeAnswers answers) {
        Path path = ControlServer.beside(config.bridge().socketPath());
        try {
            opened.accept(ControlServer.start(path, limits, answers));
        } catch (IOException e) {
            LOG.warn("limits cannot be changed while the node runs: {}", e.getMessage());
        }
    }
}
