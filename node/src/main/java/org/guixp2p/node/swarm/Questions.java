// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.RequestId;
import org.jspecify.annotations.Nullable;

/** What was asked of one peer and not answered yet. Part of the {@link PeerSession} actor, on its thread. */
final class Questions {
    /** Given up questions whose answers may still come. A peer that never sends them fills no memory. */
    static final int REMEMBERED = 1024;

    private final Map<RequestId, Pending> pending = new HashMap<>();
    private final LinkedHashMap<RequestId, IntConsumer> givenUp = new LinkedHashMap<>();
    private RequestId last = new RequestId(1);

    /** A question: when to give it up, and who waits. */
    sealed interface Pending {
        long deadlineNanos();

        record OfQuery(long deadlineNanos, NarHash nar,
                ActorRef<PeerSession.QueryReply> replyTo) implements Pending {}

        record OfPage(long deadlineNanos, int page, ActorRef<PeerSession.ManifestReply> replyTo) implements Pending {}

        record OfBlock(long deadlineNanos, NarHash nar, int index,
                ActorRef<PeerSession.BlockReply> replyTo) implements Pending {}

        /** Tells whoever waits that there was no answer. */
        default void fail(String reason) {
            switch (this) {
                case OfQuery query -> query.replyTo().tell(new PeerSession.QueryFailed(reason));
                case OfPage page -> page.replyTo().tell(new PeerSession.ManifestFailed(reason));
                case OfBlock block -> block.replyTo().tell(new PeerSession.BlockFailed(block.index(), reason));
            }
        }
    }

    /** Notes a question; its id was not used before on this connection. */
    RequestId ask(Pending question) {
        last = last.plus(1);
        pending.put(last, question);
        return last;
    }

    /** Takes out the question that is answered, if it waits for its answer. */
    @Nullable
    Pending answered(RequestId id) {
        return pending.remove(id);
    }

    /**
     * Whether an answer is to a question that was given up: it crossed our cancel. Each comes once.
     *
     * @param bytes of the block that it brings, if any
     */
    boolean crossed(RequestId id, int bytes) {
        IntConsumer told = givenUp.remove(id);
        if (told != null && bytes > 0) {
            told.accept(bytes);
        }
        return told != null;
    }

    /**
     * Gives questions up, and says so to whoever waits; the ids to cancel.
     *
     * @param crossed told of the bytes of each block that comes all the same
     */
    List<RequestId> giveUp(Predicate<Pending> which, String reason, IntConsumer crossed) {
        List<RequestId> ids = new ArrayList<>();
        for (Iterator<Map.Entry<RequestId, Pending>> all = pending.entrySet().iterator(); all.hasNext();) {
            Map.Entry<RequestId, Pending> question = all.next();
            if (which.test(question.getValue())) {
                all.remove();
                ids.add(question.getKey());
                question.getValue().fail(reason);
            }
        }
        for (RequestId id : ids) {
            if (givenUp.size() >= REMEMBERED) {
                givenUp.pollFirstEntry();
            }
            givenUp.put(id, crossed);
        }
        return ids;
    }
}
