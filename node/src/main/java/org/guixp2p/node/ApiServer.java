// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.net.InetSocketAddress;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.guixp2p.api.ApiRoutes;
import org.guixp2p.api.WriteAccess;
import org.guixp2p.node.listen.HttpListener;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * Where the REST API is answered.
 *
 * @param address where it listens
 */
record ApiServer(HttpListener listener, HostAndPort address, WriteAccess access) {
    static ApiServer start(ActorSystem<?> system, LiveView view, Insight insight, LiveControls controls,
            WriteAccess access, HostAndPort address) throws StartException {
        try {
            HttpListener listener = HttpListener.answering(system, address,
                    new ApiRoutes(view, insight, controls, access).route().flow(system));
            InetSocketAddress bound = listener.address();
            if (!bound.getAddress().isLoopbackAddress()) {
                system.log().warn(
                        "api_bind: whoever can connect to {} sees what this machine fetches and offers, private items too",
                        address);
            }
            return new ApiServer(listener, HostAndPort.of(bound.getAddress(), bound.getPort()), access);
        } catch (ExecutionException e) {
            throw StartException.of("api_bind: cannot listen at " + address, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }

    /** A new link for a browser on this machine, which lets it change things: it holds once, and for two minutes. */
    String link() {
        // Of the names only this one is answered.
        HostAndPort local = listener.address().getAddress().isAnyLocalAddress()
                ? new HostAndPort("localhost", address.port())
                : address;
        // Browsers send what is behind the # to nobody.
        return "http://" + local + "/#link=" + access.newCode();
    }

    /** Takes no more questions. */
    void stop() {
        listener.close();
    }
}
