// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * Says which NARs are here, and has what a question asks for besides answered as if it had been asked by itself: it waits, counts
 * and is refused like all else. Part of {@link Serving}, on the session's thread.
 */
final class QueryAnswers {
    /** NARs being looked up for one peer at a time. */
    private static final int MAX_ASKED = 1024;

    private final Offers offers;
    private final PeerConnection connection;
    private final Consumer<Runnable> onActor;
    private final Telling telling;
    private final Consumer<SwarmMessage.Question> further;
    /** What queries ask for besides, while it is looked whether the NAR is here. */
    private final Set<RequestId> besides = new HashSet<>();
    private int asked;

    /** @param further answers what a query asks for besides */
    QueryAnswers(Offers offers, PeerConnection connection, Consumer<Runnable> onActor, Telling telling,
            Consumer<SwarmMessage.Question> further) {
        this.offers = offers;
        this.connection = connection;
        this.onActor = onActor;
        this.telling = telling;
        this.further = further;
    }

    /** Whether this was yet to be looked at; nobody wants it any more. */
    boolean cancel(RequestId id) {
        return besides.remove(id);
    }

    void stop() {
        besides.clear();
    }

    void answer(SwarmMessage.Query query) {
        answer(query, BlockLayout.MAX_BLOCKS);
    }

    /** Each by itself; pages and blocks of small NARs alone. */
    void answer(SwarmMessage.Queries queries) {
        queries.each().forEach(query -> answer(query, 1));
    }

    /** @param most of how many blocks a NAR may be for what is asked for besides to be given */
    private void answer(SwarmMessage.Query query, int most) {
        for (NarHash nar : query.nars()) {
            if (asked >= MAX_ASKED) {
                connection.send(new SwarmMessage.NotHere(query.id(), nar));
                continue;
            }
            asked++;
            telling.asked(nar);
            idsBesides(query).forEach(besides::add);
            var _ = offers.find(nar).whenComplete((offer, failure) -> onActor.accept(() -> {
                asked--;
                if (failure == null && offer.isPresent()) {
                    offer(query, nar, offer.get(), most);
                    return;
                }
                idsBesides(query).forEach(besides::remove);
                // What is not known now is no no, which would count against this node: the peer waits, and gives up.
                if (failure == null) {
                    connection.send(new SwarmMessage.NotHere(query.id(), nar));
                }
            }));
        }
    }

    private void offer(SwarmMessage.Query query, NarHash nar, Offers.Offer offer, int most) {
        int count = new BlockLayout(offer.size()).count();
        if (offer.complete()) {
            connection.send(
                    new SwarmMessage.Offer(query.id(), nar, offer.size(), offer.root(), new Holding.Complete()));
        } else {
            // As it stands now: what came since it was found may have been told already.
            BitSet has = offers.blocks(nar, offer.root());
            BlockBits first = BlockBits.of(has, 0, Math.max(1, Math.min(count, has.length())));
            connection.send(
                    new SwarmMessage.Offer(query.id(), nar, offer.size(), offer.root(), new Holding.Relay(first)));
            telling.offered(nar, offer.root(), first, has, count);
        }
        if (count <= most) {
            alsoWanted(query, nar, offer, count);
        } else {
            idsBesides(query).forEach(besides::remove);
        }
    }

    private static List<RequestId> idsBesides(SwarmMessage.Query query) {
        List<RequestId> ids = new ArrayList<>();
        if (query.firstPage()) {
            ids.add(query.pageId());
        }
        for (int i = 0; i < query.firstBlocks(); i++) {
            ids.add(query.blockId(i));
        }
        return ids;
    }

    /** The first page and blocks, as if each had been asked for by itself; but for those that were cancelled meanwhile. */
    private void alsoWanted(SwarmMessage.Query query, NarHash nar, Offers.Offer offer, int count) {
        if (query.firstPage() && besides.remove(query.pageId())) {
            further.accept(new SwarmMessage.ManifestRequest(query.pageId(), nar, offer.root(), 0));
        }
        for (int i = 0; i < query.firstBlocks(); i++) {
            if (besides.remove(query.blockId(i)) && i < count) {
                further.accept(new SwarmMessage.BlockRequest(query.blockId(i), nar, offer.root(), i));
            }
        }
    }
}
