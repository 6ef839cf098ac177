// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static java.util.stream.Collectors.joining;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerId;

/** Starts nodes. */
@FunctionalInterface
public interface NodeRuntime {
    /**
     * Starts a node and returns when it serves.
     *
     * @throws StartException when it cannot, for a reason that its user can mend: a port in use, an unwritable directory
     */
    Running start(NodeConfig config, NodeIdentity identity) throws StartException;

    /** A node that was started. */
    interface Running {
        /** How to reach it. */
        Addresses addresses();

        /** Asks the node to finish what is under way, for at most 5 s, and to end. May be called again. */
        void stop();

        /** Completes when the node has ended: after {@link #stop}, or with the failure that ended it. */
        CompletionStage<?> whenEnded();
    }

    /**
     * Where a node that was started is found, with the ports that the system chose.
     *
     * @param swarm where peers connect; empty when nothing is shared
     * @param api where the REST API answers, if it is on
     * @param gateway where any Guix is answered like by a substitute server, if that is on
     */
    record Addresses(PeerId peer, List<HostAndPort> swarm, Optional<HostAndPort> api, Optional<HostAndPort> gateway) {
        public Addresses {
            swarm = List.copyOf(swarm);
        }

        /** The same for JSON: {@code peer_id}, {@code swarm}, {@code api} and {@code gateway}, where they are. */
        public Map<String, Object> members() {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("peer_id", peer.toString());
            members.put("swarm", swarm.stream().map(HostAndPort::toString).toList());
            api.ifPresent(address -> members.put("api", address.toString()));
            gateway.ifPresent(address -> members.put("gateway", address.toString()));
            return members;
        }

        /**
         * One line for programs that started the node: {@code ready peer=ID swarm=HOST:PORT,… api=HOST:PORT}, and {@code
         * gateway=HOST:PORT} where there is one.
         */
        @Override
        public String toString() {
            return "ready peer=" + peer + " swarm=" + swarm.stream().map(HostAndPort::toString).collect(joining(","))
                    + " api=" + api.map(HostAndPort::toString).orElse("off")
                    + gateway.map(address -> " gateway=" + address).orElse("");
        }
    }
}
