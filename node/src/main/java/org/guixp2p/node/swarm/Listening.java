// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * Hands what one peer tells of its blocks to the downloads that follow it. What nobody follows is thrown away, and a peer
 * that tells more than an honest one could is found out. Part of the {@link PeerSession} actor, on its thread.
 */
final class Listening {
    /** What a frame of news weighs besides its bits: somebody has to look at it. */
    private static final int FRAME = 256;
    /** Some hundred NARs at once, whose blocks come ten times a second, tell less. */
    private static final long WEIGHT_PER_SECOND = 1 << 20;
    /** The bit fields of a few NARs of a TiB, all at once. */
    private static final long MOST_WEIGHT = 4 << 20;
    private static final double NANOS = 1e9;

    private final PeerId peer;
    private final Ticker ticker;
    private final Map<NarHash, List<ActorRef<PeerSession.Told>>> listeners = new HashMap<>();
    private double weight;
    private long lastNanos;

    Listening(PeerId peer, Ticker ticker) {
        this.peer = peer;
        this.ticker = ticker;
        this.lastNanos = ticker.nanos();
    }

    void follow(PeerSession.Follow follow) {
        listeners.computeIfAbsent(follow.nar(), nar -> new ArrayList<>(1)).add(follow.listener());
    }

    void unfollow(PeerSession.Unfollow unfollow) {
        listeners.computeIfPresent(unfollow.nar(), (nar, all) -> {
            all.remove(unfollow.listener());
            return all.isEmpty() ? null : all;
        });
    }

    /** Whether the peer may go on. */
    boolean told(SwarmMessage.Have have) {
        long now = ticker.nanos();
        weight = Math.max(0, weight - (now - lastNanos) * WEIGHT_PER_SECOND / NANOS);
        lastNanos = now;
        weight += FRAME + have.blocks().width() / (double) Byte.SIZE;
        if (weight > MOST_WEIGHT) {
            return false;
        }
        PeerSession.Told told = new PeerSession.Told(peer, have.root(), have.blocks());
        listeners.getOrDefault(have.nar(), List.of()).forEach(listener -> listener.tell(told));
        return true;
    }
}
