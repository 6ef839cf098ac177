// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.Optional;
import java.util.function.Consumer;
import org.guixp2p.protocol.swarm.SwarmMessage;

/** Gives one peer the signed narinfos that it asks for. Part of the {@link PeerSession} actor, on its thread. */
final class NarinfoAnswers {
    /** Being read at a time: each is a file, and a signature to verify. Beyond, it is as if there were none. */
    static final int MOST = 64;

    private final Offers offers;
    private final PeerConnection connection;
    private final Consumer<Runnable> onActor;
    private int reading;

    NarinfoAnswers(Offers offers, PeerConnection connection, Consumer<Runnable> onActor) {
        this.offers = offers;
        this.connection = connection;
        this.onActor = onActor;
    }

    void answer(SwarmMessage.NarinfoRequest request) {
        if (reading >= MOST) {
            connection.send(new SwarmMessage.NoNarinfo(request.id()));
            return;
        }
        reading++;
        offers.narinfo(request.item()).exceptionally(failure -> Optional.empty())
                .thenAccept(found -> onActor.accept(() -> {
                    reading--;
                    connection.send(found.<SwarmMessage>map(text -> new SwarmMessage.SignedNarinfo(request.id(), text))
                            .orElseGet(() -> new SwarmMessage.NoNarinfo(request.id())));
                }));
    }
}
