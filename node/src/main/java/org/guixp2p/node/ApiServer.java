// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.net.InetSocketAddress;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.guixp2p.api.ApiRoutes;
import org.guixp2p.api.WriteAccess;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * Where the REST API is answered.
 *
 * @param address where it listens
 */
record ApiServer(ServerBinding binding, HostAndPort address, WriteAccess access) {
    static ApiServer start(ActorSystem<?> system, LiveView view, Insight insight, LiveControls controls,
            WriteAccess access, HostAndPort address) throws StartException {
        try {
            ServerBinding binding = Http.get(system).newServerAt(address.host(), address.port())
                    .bind(new ApiRoutes(view, insight, controls, access).route()).toCompletableFuture().get();
            InetSocketAddress bound = binding.localAddress();
            return new ApiServer(binding, HostAndPort.of(bound.getAddress(), bound.getPort()), access);
        } catch (ExecutionException e) {
            throw StartException.of("api_bind: cannot listen at " + address, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }

    /** A new link for a browser on this machine, which lets it change things: it holds once, and for two minutes. */
    String link() {
        // Only names of the loopback interface are answered.
        HostAndPort local = binding.localAddress().getAddress().isAnyLocalAddress()
                ? new HostAndPort("localhost", address.port())
                : address;
        // Browsers send what is behind the # to nobody.
        return "http://" + local + "/#link=" + access.newCode();
    }

    /** Takes no more questions. */
    void stop() throws InterruptedException, ExecutionException, TimeoutException {
        binding.unbind().toCompletableFuture().get(1, TimeUnit.SECONDS);
    }
}
