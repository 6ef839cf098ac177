// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Those who fetch the NAR of a download at the same time: what they say that they have so far, which part of the rest falls to
 * this node, and what this node has for them. Part of the {@link Download} actor, on its thread.
 */
final class RelaySide {
    private static final long SHARED_NANOS = 200_000_000;

    private final NarRequest request;
    private final PeerId self;
    private final RelayClaims claims;
    private final Relaying relaying;
    private final ActorRef<PeerSession.Told> listener;
    private final Map<PeerId, ActorRef<PeerSession.Command>> followed = new HashMap<>();
    /** Who took part when the blocks were shared out. */
    private List<PeerId> sharers = List.of();
    private long sharedNanos;

    RelaySide(ActorContext<Download.Command> context, NarRequest request, DownloadContext node, int blocks) {
        this.request = request;
        this.self = node.self();
        this.claims = new RelayClaims(blocks);
        this.relaying = new Relaying(request, node);
        this.listener = context.messageAdapter(PeerSession.Told.class, PeerEvent.Told::new);
    }

    /** What we have. */
    Relaying relaying() {
        return relaying;
    }

    /** What they have. */
    RelayClaims claims() {
        return claims;
    }

    void up(Swarm.PeerUp up) {
        followed.put(up.peer(), up.session());
        up.session().tell(new PeerSession.Follow(request.hash(), listener));
    }

    void down(PeerId peer) {
        followed.remove(peer);
        claims.gone(peer);
    }

    /** A relay's lane, if it has one, is asked for what it says to have. */
    void note(PeerId peer, Sha256 root, BlockBits window, Attempt attempt) {
        if (attempt.follows(root)) {
            int end = Math.min(window.from() + window.width(), attempt.layout().count());
            for (int block = window.from(); block < end; block++) {
                attempt.scheduler().relayHas(peer, block, window.contains(block));
            }
        }
    }

    /** A relay has the whole by now. */
    void completed(PeerId peer, Attempt attempt) {
        for (int block = 0; block < attempt.layout().count(); block++) {
            attempt.scheduler().relayHas(peer, block, true);
        }
    }

    /** The blocks that a relay has of an attempt. */
    BitSet blocks(PeerId peer) {
        return claims.blocks(peer);
    }

    /** Shares out anew what is to be asked of those who have all, when others have come or gone. */
    void share(Attempt attempt, Set<PeerId> vouchers, long nanos) {
        attempt.manifest().ifPresent(manifest -> {
            List<PeerId> now = claims.fetchersUnder(manifest.root()).stream().filter(peer -> !vouchers.contains(peer))
                    .toList();
            // It costs something, and whoever comes and goes all the time is not worth it.
            if (!now.equals(sharers) && (sharers.isEmpty() || nanos - sharedNanos >= SHARED_NANOS)) {
                sharers = now;
                sharedNanos = nanos;
                attempt.scheduler().share(Shares.of(self, now, attempt.layout().count()));
            }
        });
    }

    /** Nothing is shared out yet of a new attempt. */
    void renew() {
        relaying.stop();
        sharers = List.of();
    }

    /** Nobody is listened to, and nothing offered, any more. */
    void stop() {
        relaying.stop();
        followed.values().forEach(session -> session.tell(new PeerSession.Unfollow(request.hash(), listener)));
        followed.clear();
    }
}
