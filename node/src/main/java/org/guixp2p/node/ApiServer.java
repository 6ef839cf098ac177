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
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * Where the REST API is answered.
 *
 * @param address where it listens
 */
record ApiServer(ServerBinding binding, HostAndPort address) {
    static ApiServer start(ActorSystem<?> system, LiveView view, Insight insight, HostAndPort address)
            throws StartException {
        try {
            ServerBinding binding = Http.get(system).newServerAt(address.host(), address.port())
                    .bind(new ApiRoutes(view, insight).route()).toCompletableFuture().get();
            InetSocketAddress bound = binding.localAddress();
            return new ApiServer(binding, HostAndPort.of(bound.getAddress(), bound.getPort()));
        } catch (ExecutionException e) {
            throw StartException.of("api_bind: cannot listen at " + address, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }

    /** Takes no more questions. */
    void stop() throws InterruptedException, ExecutionException, TimeoutException {
        binding.unbind().toCompletableFuture().get(1, TimeUnit.SECONDS);
    }
}
