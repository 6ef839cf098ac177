// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;

/**
 * The first page and the first blocks, which one peer is asked for by the same frame as whether it has the NAR: a small NAR
 * comes within one round trip. Only one peer at a time is asked so, since blocks that come from two come once too often. Part
 * of the {@link Download} actor, on its thread.
 *
 * <p>What comes is held, a few blocks at most, until the manifest under which the peer offers the NAR is the one that is
 * followed; then it is owed by the peer like any other block. Of every other manifest it is thrown away.
 */
final class HeadStart {
    private final ActorRef<Download.Command> self;
    private final NarHash nar;
    private final BlockBudget.Share budget;
    private @Nullable Asked asked;

    /** What the one peer was asked. */
    private static final class Asked {
        private final PeerId peer;
        private final ActorRef<PeerSession.Command> session;
        private final long nanos;
        private final Map<Integer, CompletableFuture<PeerSession.BlockReply>> blocks = new LinkedHashMap<>();
        private boolean owesPage = true;
        private @Nullable Sha256 root;
        private PeerSession.@Nullable ManifestReply page;

        private Asked(PeerId peer, ActorRef<PeerSession.Command> session, long nanos) {
            this.peer = peer;
            this.session = session;
            this.nanos = nanos;
        }
    }

    /**
     * @param self takes the page when it comes, as {@link PeerEvent.FirstPage}, and is told of blocks that come for nothing
     * @param budget what blocks are taken from; whoever a block is handed over to gives it back
     */
    HeadStart(ActorRef<Download.Command> self, NarHash nar, BlockBudget.Share budget) {
        this.self = self;
        this.nar = nar;
        this.budget = budget;
    }

    /**
     * What a peer is asked for besides whether it has the NAR; nothing while another one is at it.
     *
     * @param questions of the session
     * @param most how many blocks from the first on, 0 to {@link SwarmMessage.Query#MAX_BLOCKS}; fewer when memory is short
     */
    Optional<PeerSession.First> ask(PeerId peer, ActorRef<PeerSession.Command> session, BlockQuestions questions,
            int most, long nanos) {
        if (asked != null) {
            return Optional.empty();
        }
        int blocks = budget.takeUpTo(most);
        Asked now = new Asked(peer, session, nanos);
        for (int i = 0; i < blocks; i++) {
            now.blocks.put(i, questions.ask(i));
        }
        asked = now;
        return Optional.of(new PeerSession.First(blocks,
                page -> self.tell(new PeerEvent.FirstPage(peer, session, page)), answers(Map.copyOf(now.blocks))));
    }

    private static Consumer<PeerSession.BlockReply> answers(
            Map<Integer, CompletableFuture<PeerSession.BlockReply>> blocks) {
        return reply -> Objects.requireNonNull(blocks.get(reply.index())).complete(reply);
    }

    /** The peer's page came, or will not. */
    void came(PeerEvent.FirstPage page) {
        if (asked != null && asked.peer.equals(page.peer()) && asked.session.equals(page.session()) && asked.owesPage) {
            asked.owesPage = false;
            asked.page = page.reply();
        }
    }

    /** A peer vouches for a root. */
    void offered(PeerId peer, Sha256 root) {
        if (asked != null && asked.peer.equals(peer)) {
            asked.root = root;
        }
    }

    /** Whether the first page is on its way from this peer, or here already. */
    boolean brings(PeerId peer) {
        return asked != null && asked.peer.equals(peer) && (asked.owesPage || asked.page != null);
    }

    /**
     * The page that came, once, as soon as there is use for it.
     *
     * @param isTried whether the manifest of a root is being put together
     */
    Optional<PeerEvent.ManifestPart> page(Predicate<Sha256> isTried, int attempt) {
        if (asked == null) {
            return Optional.empty();
        }
        Sha256 root = asked.root;
        PeerSession.ManifestReply page = asked.page;
        if (root == null || page == null || !isTried.test(root)) {
            return Optional.empty();
        }
        asked.page = null;
        return Optional.of(new PeerEvent.ManifestPart(attempt, asked.peer, root, page));
    }

    /** When a peer was asked, or else what is given. */
    long askedAt(PeerId peer, long otherwise) {
        return asked != null && asked.peer.equals(peer) ? asked.nanos : otherwise;
    }

    /** Whoever was asked, if this is its root. */
    Optional<PeerId> peerOf(Sha256 root) {
        return asked != null && asked.root != null && asked.root.equals(root)
                ? Optional.of(asked.peer)
                : Optional.empty();
    }

    /** Takes a block that is on its way from the peer, or here. */
    interface Taker {
        /**
         * Takes it, or leaves it.
         *
         * @param nanos when it was asked for
         * @return whether it is wanted
         */
        boolean take(int block, long nanos);
    }

    /** Hands the peer's blocks over to whoever follows its root. What it refused, or nobody wants, stays behind. */
    NavigableMap<Integer, CompletionStage<PeerSession.BlockReply>> handOver(PeerId peer, Taker taker) {
        NavigableMap<Integer, CompletionStage<PeerSession.BlockReply>> taken = new ConcurrentSkipListMap<>();
        if (asked == null || !asked.peer.equals(peer)) {
            return taken;
        }
        for (var each = asked.blocks.entrySet().iterator(); each.hasNext();) {
            var block = each.next();
            if (mayCome(block.getValue()) && taker.take(block.getKey(), asked.nanos)) {
                taken.put(block.getKey(), block.getValue());
                each.remove();
            }
        }
        return taken;
    }

    private static boolean mayCome(CompletableFuture<PeerSession.BlockReply> block) {
        return !block.isDone() || block.join() instanceof PeerSession.BlockReceived;
    }

    /** Has no use for what one peer was asked for, if it was this one. */
    void stop(PeerId peer) {
        if (asked != null && asked.peer.equals(peer)) {
            stop();
        }
    }

    /** Has no use for what is left. What is here, or comes all the same, has come for nothing. */
    void stop() {
        if (asked == null) {
            return;
        }
        ActorRef<PeerSession.Command> session = asked.session;
        asked.blocks.forEach((index, block) -> {
            if (!block.isDone()) {
                session.tell(new PeerSession.CancelBlock(nar, index, this::discarded));
            }
            var _ = block.thenAccept(reply -> {
                budget.giveBack();
                if (reply instanceof PeerSession.BlockReceived received) {
                    discarded(received.payload().rawLength());
                }
            });
        });
        asked = null;
    }

    private void discarded(int bytes) {
        self.tell(new PeerEvent.BlockDiscarded(bytes));
    }
}
