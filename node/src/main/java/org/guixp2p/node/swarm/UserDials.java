// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Dials peers because the user wants them connected now, whatever came of earlier dials, and says what came of it. Part of the {@link
 * Swarm} actor, on its thread.
 */
final class UserDials {
    /** Addresses that are dialled at a time. */
    static final int MOST = 16;

    private final PeerId self;
    private final Consumer<PeerAddress> dial;
    private final Map<PeerAddress, List<ActorRef<Swarm.Dialled>>> waiting = new HashMap<>();

    /**
     * @param self is not dialled
     * @param dial begins one, which ends with a {@link Swarm.Connected} or {@link Swarm.UserDialFailed}
     */
    UserDials(PeerId self, Consumer<PeerAddress> dial) {
        this.self = self;
        this.dial = dial;
    }

    /**
     * Dials one, unless it is connected.
     *
     * @param isThere whether a peer is connected
     * @param refusal why it may not be
     */
    void dial(Swarm.DialNow wanted, Predicate<PeerId> isThere, Optional<String> refusal) {
        PeerAddress address = wanted.address();
        List<ActorRef<Swarm.Dialled>> others = waiting.get(address);
        if (address.id().equals(self)) {
            fail(wanted, "this is the node itself");
        } else if (isThere.test(address.id())) {
            wanted.replyTo().tell(new Swarm.Dialled(false, Optional.empty()));
        } else if (refusal.isPresent()) {
            fail(wanted, refusal.get());
        } else if (others != null) {
            others.add(wanted.replyTo());
        } else if (waiting.size() >= MOST) {
            fail(wanted, "too many are being dialled");
        } else {
            waiting.put(address, new ArrayList<>(List.of(wanted.replyTo())));
            dial.accept(address);
        }
    }

    private static void fail(Swarm.DialNow wanted, String reason) {
        wanted.replyTo().tell(new Swarm.Dialled(false, Optional.of(reason)));
    }

    /** A dial came to nothing. */
    void failed(PeerAddress address, String reason) {
        List<ActorRef<Swarm.Dialled>> those = waiting.remove(address);
        if (those != null) {
            those.forEach(one -> one.tell(new Swarm.Dialled(false, Optional.of(reason))));
        }
    }

    /** A peer has a session, however it was reached. */
    void came(PeerId peer) {
        end(peer, new Swarm.Dialled(true, Optional.empty()));
    }

    /** A peer's connection was turned away. */
    void turnedAway(PeerId peer, String reason, boolean anotherStays) {
        end(peer, new Swarm.Dialled(false, anotherStays ? Optional.empty() : Optional.of(reason)));
    }

    private void end(PeerId peer, Swarm.Dialled outcome) {
        for (Iterator<Map.Entry<PeerAddress, List<ActorRef<Swarm.Dialled>>>> all = waiting.entrySet().iterator(); all
                .hasNext();) {
            var one = all.next();
            if (one.getKey().id().equals(peer)) {
                all.remove();
                one.getValue().forEach(waiter -> waiter.tell(outcome));
            }
        }
    }
}
