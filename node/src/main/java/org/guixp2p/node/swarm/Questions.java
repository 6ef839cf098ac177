// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.RefusalReason;
import org.guixp2p.protocol.swarm.RequestId;
import org.jspecify.annotations.Nullable;

/** What was asked of one peer and not answered yet. Part of the {@link PeerSession} actor, on its thread. */
final class Questions {
    /** Given up questions whose answers may still come. A peer that never sends them fills no memory. */
    static final int REMEMBERED = 1024;

    private final Map<RequestId, Pending> pending = new HashMap<>();
    private final LinkedHashMap<RequestId, IntConsumer> givenUp = new LinkedHashMap<>();
    private RequestId last;

    Questions() {
        this(new RequestId(1));
    }

    /** @param last the first question has the next id */
    Questions(RequestId last) {
        this.last = last;
    }

    /** A question: when to give it up, and who waits. */
    sealed interface Pending {
        long deadlineNanos();

        /**
         * Whether the peer has a NAR.
         *
         * @param also how many questions the same frame asks besides: their ids follow
         * @param most of how many blocks a NAR may be for them to be answered
         */
        record OfQuery(long deadlineNanos, NarHash nar, int also, int most,
                ActorRef<PeerSession.QueryReply> replyTo) implements Pending {}

        /**
         * For a page.
         *
         * @param waiting is told from any thread
         */
        record OfPage(long deadlineNanos, int page, Consumer<PeerSession.ManifestReply> waiting) implements Pending {}

        /**
         * For a block.
         *
         * @param prefixed whether the answer may refer to the blocks before it
         * @param waiting is told from any thread
         */
        record OfBlock(long deadlineNanos, NarHash nar, int index, boolean prefixed,
                Consumer<PeerSession.BlockReply> waiting) implements Pending {
            /** For a block by itself. */
            OfBlock(long deadlineNanos, NarHash nar, int index, Consumer<PeerSession.BlockReply> waiting) {
                this(deadlineNanos, nar, index, false, waiting);
            }
        }

        /**
         * For a narinfo.
         *
         * @param waiting is told from any thread
         */
        record OfNarinfo(long deadlineNanos, Consumer<Optional<byte[]>> waiting) implements Pending {}

        /** Tells whoever waits that there was no answer. */
        default void fail(String reason) {
            switch (this) {
                case OfQuery query -> query.replyTo().tell(new PeerSession.QueryFailed(reason));
                case OfPage page -> page.waiting().accept(new PeerSession.ManifestFailed(reason));
                case OfBlock block -> block.waiting().accept(new PeerSession.BlockFailed(block.index(), reason));
                case OfNarinfo narinfo -> narinfo.waiting().accept(Optional.empty());
            }
        }

        /** Tells whoever waits that the peer has it not. */
        private void refuse() {
            switch (this) {
                case OfQuery query -> query.replyTo().tell(new PeerSession.NotOffered());
                case OfPage page -> page.waiting()
                        .accept(new PeerSession.ManifestFailed(RefusalReason.NOT_HERE.token()));
                case OfBlock block -> block.waiting()
                        .accept(new PeerSession.BlockRefused(block.index(), RefusalReason.NOT_HERE, 0));
                case OfNarinfo narinfo -> narinfo.waiting().accept(Optional.empty());
            }
        }
    }

    /** Notes a question; its id was not used before on this connection. */
    RequestId ask(Pending question) {
        last = last.plus(1);
        pending.put(last, question);
        return last;
    }

    /** Leaves out ids: no question has them. */
    void skip(int ids) {
        last = last.plus(ids);
    }

    /**
     * The answer to a query says that some of what its frame asked for besides is not there: whoever still waits for that is
     * told.
     *
     * @param from how far the id of the first of them is from the query's own
     */
    void absent(RequestId id, Pending.OfQuery query, int from) {
        for (int distance = from; distance <= query.also(); distance++) {
            Pending question = pending.remove(id.plus(distance));
            if (question != null) {
                question.refuse();
            }
        }
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
