// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * Asks one peer what downloads want to know, and gives them its answers. Every question gets its reply. Part of the
 * {@link PeerSession} actor, on its thread.
 */
final class Asking {
    /** How long a question that may wait does: others of the same closure begin within some milliseconds. */
    static final Duration GATHERING = Duration.ofMillis(10);
    private static final String UNWANTED = "no longer wanted";

    private final PeerConnection connection;
    private final Duration timeout;
    private final Ticker ticker;
    private final Consumer<Runnable> later;
    private final Questions questions = new Questions();
    /** What waits to be asked with others: for the whole of small NARs, and whether the peer has some. */
    private final Map<NarHash, PeerSession.Query> small = new LinkedHashMap<>();
    private final Map<NarHash, PeerSession.Query> plain = new LinkedHashMap<>();

    /**
     * @param timeout of a question
     * @param later runs an action on the session's thread, after {@link #GATHERING}
     */
    Asking(PeerConnection connection, Duration timeout, Consumer<Runnable> later) {
        this.connection = connection;
        this.later = later;
        this.timeout = timeout;
        this.ticker = connection.settings().ticker();
    }

    private long deadline() {
        return ticker.nanos() + timeout.toNanos();
    }

    /**
     * At once, or together with others: pages and blocks of small NARs are asked for in one frame, and so is what else nobody waits
     * for. An earlier version is asked for each by itself.
     */
    void ask(PeerSession.Query query) {
        boolean alike = query.first().isEmpty() || query.first().get().blocks() == 1;
        if (!query.mayWait() || !alike || !connection.hello().features().contains(SwarmMessage.QUERIES)) {
            connection.send(noted(query));
            return;
        }
        boolean isSmall = query.first().isPresent();
        Map<NarHash, PeerSession.Query> gathered = isSmall ? small : plain;
        if (gathered.containsKey(query.nar())) {
            send(gathered, isSmall);
        }
        if (small.isEmpty() && plain.isEmpty()) {
            later.accept(this::flush);
        }
        gathered.put(query.nar(), query);
        if (gathered.size() == SwarmMessage.Queries.MAX_NARS) {
            send(gathered, isSmall);
        }
    }

    /** What waits to be asked with others is asked now. */
    void flush() {
        flush(true);
    }

    /** @param alsoSmall or only whether the peer has some */
    void flush(boolean alsoSmall) {
        if (alsoSmall) {
            send(small, true);
        }
        send(plain, false);
    }

    private void send(Map<NarHash, PeerSession.Query> gathered, boolean areSmall) {
        List<PeerSession.Query> queries = List.copyOf(gathered.values());
        gathered.clear();
        if (queries.size() == 1) {
            connection.send(noted(queries.getFirst()));
        } else if (!queries.isEmpty()) {
            List<RequestId> ids = queries.stream().map(query -> noted(query, areSmall ? 1 : BlockLayout.MAX_BLOCKS,
                    SwarmMessage.Queries.IDS)).toList();
            connection.send(new SwarmMessage.Queries(ids.getFirst(),
                    queries.stream().map(PeerSession.Query::nar).toList(), areSmall));
        }
    }

    private SwarmMessage.Query noted(PeerSession.Query query) {
        int blocks = query.first().map(PeerSession.First::blocks).orElse(0);
        RequestId id = noted(query, BlockLayout.MAX_BLOCKS, 0);
        return new SwarmMessage.Query(id, List.of(query.nar()), query.first().isPresent(), blocks);
    }

    /**
     * Notes a query, and what it asks for besides.
     *
     * @param most of how many blocks a NAR may be for that to be answered
     * @param least how many ids it takes, though it may need fewer
     */
    private RequestId noted(PeerSession.Query query, int most, int least) {
        int blocks = query.first().map(PeerSession.First::blocks).orElse(0);
        int also = query.first().isPresent() ? 1 + blocks : 0;
        RequestId id = questions.ask(new Questions.Pending.OfQuery(deadline(), query.nar(), also, most,
                query.replyTo()));
        query.first().ifPresent(first -> {
            questions.ask(new Questions.Pending.OfPage(deadline(), 0, first.page()));
            for (int i = 0; i < blocks; i++) {
                questions.ask(new Questions.Pending.OfBlock(deadline(), query.nar(), i, first.block()));
            }
        });
        questions.skip(Math.max(0, least - 1 - also));
        return id;
    }

    void ask(PeerSession.FetchManifest fetch) {
        RequestId id = questions.ask(new Questions.Pending.OfPage(deadline(), fetch.page(), fetch.replyTo()::tell));
        connection.send(new SwarmMessage.ManifestRequest(id, fetch.nar(), fetch.root(), fetch.page()));
    }

    void ask(PeerSession.FetchBlock fetch) {
        RequestId id = questions.ask(new Questions.Pending.OfBlock(deadline(), fetch.nar(), fetch.index(),
                fetch.prefixed(), fetch.reply()));
        connection.send(
                new SwarmMessage.BlockRequest(id, fetch.nar(), fetch.root(), fetch.index(), fetch.prefixed()));
    }

    /** An earlier version does not answer, so it is not asked. */
    void ask(PeerSession.AskNarinfo ask) {
        if (!connection.hello().features().contains(SwarmMessage.NARINFO)) {
            ask.reply().accept(Optional.empty());
            return;
        }
        RequestId id = questions.ask(new Questions.Pending.OfNarinfo(deadline(), ask.reply()));
        connection.send(new SwarmMessage.NarinfoRequest(id, ask.item()));
    }

    void cancel(PeerSession.CancelBlock cancel) {
        PeerSession.Query waiting = cancel.index() == 0 ? small.remove(cancel.nar()) : null;
        if (waiting != null) {
            waiting.first().ifPresent(first -> {
                first.page().accept(new PeerSession.ManifestFailed(UNWANTED));
                first.block().accept(new PeerSession.BlockFailed(0, UNWANTED));
            });
            // Whether the peer has it may matter all the same: it may be one of those who must stand for it.
            ask(new PeerSession.Query(waiting.nar(), Optional.empty(), true, waiting.replyTo()));
        }
        giveUp(question -> question instanceof Questions.Pending.OfBlock block && block.index() == cancel.index()
                && block.nar().equals(cancel.nar()), UNWANTED, cancel.crossed());
    }

    /** Waits no longer for what is overdue. */
    void giveUpOverdue() {
        long now = ticker.nanos();
        // A block comes behind those asked for before; over a slow link that takes long, and asking anew takes longer.
        boolean sends = connection.silence() < timeout.toNanos();
        giveUp(question -> question.deadlineNanos() - now < 0
                && !(sends && question instanceof Questions.Pending.OfBlock), "no answer in time", bytes -> {});
    }

    private void giveUp(Predicate<Questions.Pending> which, String reason, IntConsumer crossed) {
        questions.giveUp(which, reason, crossed).forEach(id -> connection.send(new SwarmMessage.Cancel(id)));
    }

    /** The connection is lost: there will be no answer to anything. */
    void lost() {
        flush();
        questions.giveUp(question -> true, "the connection is lost", bytes -> {});
    }

    /**
     * Gives an answer to whoever waits for it.
     *
     * @throws FormatException when nobody had asked for it
     */
    void answered(SwarmMessage.Answer answer) throws FormatException {
        Questions.Pending question = questions.answered(answer.id());
        if (question == null) {
            if (!questions.crossed(answer.id(),
                    answer instanceof SwarmMessage.Block block ? block.payload().rawLength() : 0)) {
                throw new FormatException("an answer to what was not asked");
            }
            return;
        }
        boolean fits = switch (question) {
            case Questions.Pending.OfQuery query -> queryAnswered(query, answer);
            case Questions.Pending.OfPage page -> pageAnswered(page, answer);
            case Questions.Pending.OfBlock block -> blockAnswered(block, answer);
            case Questions.Pending.OfNarinfo narinfo -> narinfoAnswered(narinfo, answer);
        };
        if (!fits) {
            question.fail("it answered something else");
            throw new FormatException("an answer that does not fit its question");
        }
    }

    private boolean queryAnswered(Questions.Pending.OfQuery question, SwarmMessage.Answer answer) {
        if (answer instanceof SwarmMessage.Offer offer && offer.nar().equals(question.nar())) {
            question.replyTo().tell(new PeerSession.Offered(offer.narSize(), offer.root(),
                    offer.holding()));
            int count = new BlockLayout(offer.narSize()).count();
            // Blocks have the ids behind that of the page.
            questions.absent(offer.id(), question, count > question.most() ? 1 : 2 + count);
            return true;
        }
        if (answer instanceof SwarmMessage.NotHere none && none.nar().equals(question.nar())) {
            question.replyTo().tell(new PeerSession.NotOffered());
            questions.absent(none.id(), question, 1);
            return true;
        }
        return false;
    }

    private static boolean narinfoAnswered(Questions.Pending.OfNarinfo question, SwarmMessage.Answer answer) {
        if (answer instanceof SwarmMessage.SignedNarinfo narinfo) {
            question.waiting().accept(Optional.of(narinfo.text()));
            return true;
        }
        if (answer instanceof SwarmMessage.NoNarinfo) {
            question.waiting().accept(Optional.empty());
            return true;
        }
        return false;
    }

    private static boolean pageAnswered(Questions.Pending.OfPage question, SwarmMessage.Answer answer) {
        if (answer instanceof SwarmMessage.ManifestPart part && part.page().number() == question.page()) {
            question.waiting().accept(new PeerSession.PageReceived(part.page()));
            return true;
        }
        if (answer instanceof SwarmMessage.Refused refused) {
            question.waiting().accept(new PeerSession.ManifestFailed(refused.reason().token(),
                    refused.retryAfter().toMillis()));
            return true;
        }
        return false;
    }

    private boolean blockAnswered(Questions.Pending.OfBlock question, SwarmMessage.Answer answer) {
        if (answer instanceof SwarmMessage.Block block && block.index() == question.index()) {
            if (block.payload().encoding() == BlockPayload.Encoding.ZSTD_PREFIXED && !question.prefixed()) {
                return false;
            }
            question.waiting().accept(new PeerSession.BlockReceived(block.index(), block.payload()));
            return true;
        }
        if (answer instanceof SwarmMessage.Refused refused) {
            question.waiting().accept(new PeerSession.BlockRefused(question.index(), refused.reason(),
                    refused.retryAfter().toMillis()));
            return true;
        }
        return false;
    }
}
