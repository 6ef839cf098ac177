// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.node.gateway.Gateway;
import org.guixp2p.node.gateway.GatewayItems;
import org.guixp2p.node.gateway.GatewaySettings;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * Where any Guix is answered like by a substitute server.
 *
 * @param address where it listens
 */
record GatewayServer(Gateway gateway, HostAndPort address) {
    static GatewayServer start(ActorSystem<?> system, GatewayItems items, GatewaySettings settings, Gateway.Means means,
            HostAndPort address) throws StartException {
        try {
            Gateway.Started started = Gateway.start(system, items, settings, means, address);
            return new GatewayServer(started.gateway(), started.address());
        } catch (ExecutionException e) {
            throw StartException.of("gateway_bind: cannot listen at " + address, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }
}
