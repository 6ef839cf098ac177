// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.Optional;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * The peers with whom nothing but inventories is exchanged: they are counted apart, and no subscriber is told of them. Part of the
 * {@link Swarm} actor, on its thread.
 */
final class LightPeers {
    private static final Refusal DUPLICATE = new Refusal(GoodbyeReason.DUPLICATE, "another connection stays");

    private final PeerTable table;
    private final PeerTable full;
    private final NamedPeers named;
    private final int sessionsPerAddress;
    private final int most;

    /** Why a connection does not stay. */
    record Refusal(GoodbyeReason reason, String detail) {}

    /** @param full those with whom there are full sessions */
    LightPeers(PeerId self, PeerTable full, NamedPeers named, int sessionsPerAddress, int most) {
        this.table = new PeerTable(self);
        this.full = full;
        this.named = named;
        this.sessionsPerAddress = sessionsPerAddress;
        this.most = most;
    }

    /** How many there may be: as many as the user wants, or as there is memory for. */
    static int most(NodeConfig config, MemoryShares memory) {
        return Math.min(config.network().maxLight(),
                ConnectionMemory.mostLight(memory.of(MemoryShares.Holder.LIGHT_SESSIONS)));
    }

    /** Whether a message belongs into a light session. */
    static boolean mayBeSaid(SwarmMessage message) {
        return switch (message) {
            case SwarmMessage.OfInventory _,SwarmMessage.Ping _,SwarmMessage.Pong _,SwarmMessage.Goodbye _ -> true;
            case SwarmMessage.Numbered _,SwarmMessage.Have _,SwarmMessage.Hello _ -> false;
            case SwarmMessage.Peers _,SwarmMessage.DialBack _,SwarmMessage.DialledBack _ -> false;
        };
    }

    PeerTable table() {
        return table;
    }

    /** How many more there may be. */
    int free() {
        return Math.max(0, most - table.size());
    }

    /**
     * Why a connection does not stay that is for a light session, or for a full one with a peer with whom there is a light one; empty
     * when it does, instead of an earlier one of the same peer.
     *
     * @param hasPlace whether there is a place for a full one
     */
    Optional<Refusal> refusal(PeerConnection connection, boolean hasPlace) {
        boolean light = connection.isLight();
        PeerConnection earlier = table.connection(connection.peer());
        boolean earlierStays = earlier != null && (light || !earlier.isLight())
                && !(earlier.isLight() == light && table.replaces(connection, earlier));
        if (earlierStays || (light && full.contains(connection.peer()))) {
            return Optional.of(DUPLICATE);
        }
        if (!light) {
            // With neither it would have less than before.
            return hasPlace ? Optional.empty() : full("no room for another peer");
        }
        if (earlier != null) {
            return Optional.empty();
        }
        if (table.isCrowded(connection, named, sessionsPerAddress)) {
            return full("no room for another peer from this address");
        }
        return free() > 0 ? Optional.empty() : full("no room for another light session");
    }

    private static Optional<Refusal> full(String detail) {
        return Optional.of(new Refusal(GoodbyeReason.FULL, detail));
    }
}
