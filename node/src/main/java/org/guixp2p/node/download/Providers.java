// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.jspecify.annotations.Nullable;

/**
 * The peers that one download knows: asks each once whether it has the NAR, and has those who say so vouch in the election.
 * Part of the {@link Download} actor, on its thread.
 */
final class Providers {
    /** Blocks of a NAR of which a good part comes at once. */
    static final int SMALL = 16;
    /** Identities are free: of so many who left it is remembered that they were caught out. */
    static final int MOST_BLAMED = 128;

    private final ActorContext<Download.Command> context;
    private final NarRequest request;
    private final DownloadContext node;
    private final RootElection<Sha256, PeerId> election;
    private final HeadStart headStart;
    private final RelaySide relays;
    private final BooleanSupplier ahead;
    /** Those that have given most come first. */
    private final Map<PeerId, Peer> known = new LinkedHashMap<>();
    /** The last ones that were caught out and are gone: what a peer has sent may be judged later, and it may come back. */
    private final Set<PeerId> blamedGone = new LinkedHashSet<>();
    private boolean allKnown;
    /** Whether anybody ever said that it has the NAR, or was caught out: then it is not that nobody was found. */
    private boolean everAny;

    /** A peer that is connected. */
    static final class Peer {
        final ActorRef<PeerSession.Command> session;
        final String addressGroup;
        final int slots;
        final BlockQuestions questions = new BlockQuestions();
        private boolean asked;
        private boolean mayWait;
        private boolean answered;
        private boolean blamed;

        private Peer(Swarm.PeerUp up, boolean blamed) {
            this.session = up.session();
            this.addressGroup = up.addressGroup();
            this.slots = up.slots();
            this.blamed = blamed;
        }
    }

    /** @param ahead whether nobody has asked for the NAR so far */
    Providers(ActorContext<Download.Command> context, NarRequest request, DownloadContext node,
            RootElection<Sha256, PeerId> election, HeadStart headStart, RelaySide relays, BooleanSupplier ahead) {
        this.context = context;
        this.request = request;
        this.node = node;
        this.election = election;
        this.headStart = headStart;
        this.relays = relays;
        this.ahead = ahead;
    }

    void up(Swarm.PeerUp up) {
        known.computeIfAbsent(up.peer(), id -> new Peer(up, blamedGone.remove(id)));
    }

    void down(PeerId id) {
        Peer gone = known.remove(id);
        if (gone != null) {
            gone.questions.over();
            if (gone.blamed) {
                remember(id);
            }
        }
    }

    /** Nobody's answers are waited for any more. */
    void stop() {
        known.values().forEach(peer -> peer.questions.over());
    }

    /** Whoever was connected at the beginning is known. */
    void allKnown() {
        allKnown = true;
    }

    /** Whether nobody is left who may yet say that it has the NAR, but for those who will connect. */
    boolean allAnswered() {
        return allKnown && known.values().stream().allMatch(peer -> peer.answered || peer.blamed);
    }

    /** Whether a peer may yet say that it has the NAR. */
    boolean mayYetAnswer(PeerId id) {
        Peer peer = known.get(id);
        return peer == null ? !allKnown : !peer.answered && !peer.blamed;
    }

    @Nullable
    Peer find(PeerId id) {
        return known.get(id);
    }

    List<PeerId> ids() {
        return List.copyOf(known.keySet());
    }

    boolean isBlamed(PeerId id) {
        Peer peer = known.get(id);
        return peer == null ? blamedGone.contains(id) : peer.blamed;
    }

    /** A peer that was caught out is not asked again, nor listened to. False when it was caught before. */
    boolean blame(PeerId id) {
        everAny = true;
        if (isBlamed(id)) {
            return false;
        }
        Peer peer = known.get(id);
        if (peer == null) {
            remember(id);
        } else {
            peer.blamed = true;
        }
        return true;
    }

    private void remember(PeerId id) {
        blamedGone.add(id);
        if (blamedGone.size() > MOST_BLAMED) {
            // The swarm refuses it for long.
            blamedGone.remove(blamedGone.iterator().next());
        }
    }

    /**
     * Asks a peer, unless it was asked already.
     *
     * @param nanos now, as of the beginning of the download
     */
    void ask(PeerId id, Attempt attempt, long nanos) {
        Peer peer = known.get(id);
        if (peer != null && !peer.asked && !peer.blamed) {
            peer.asked = true;
            ask(id, peer, first(id, peer, attempt, nanos));
        }
    }

    /** Asks a peer once more: what it had in part it may have in whole. */
    void askAgain(PeerId id) {
        Peer peer = known.get(id);
        if (peer != null && !peer.blamed) {
            ask(id, peer, Optional.empty());
        }
    }

    private void ask(PeerId id, Peer peer, Optional<PeerSession.First> first) {
        boolean mayWait = ahead.getAsBoolean() && new BlockLayout(request.size()).count() <= 1;
        peer.mayWait |= mayWait;
        context.ask(PeerSession.QueryReply.class, peer.session,
                node.config().transfers().requestTimeout().plusSeconds(1),
                reply -> new PeerSession.Query(request.hash(), first, mayWait, reply),
                (reply, timeout) -> new PeerEvent.QueryAnswered(id, peer.session,
                        reply == null ? new PeerSession.QueryFailed("no answer in time") : reply));
    }

    /** Somebody may wait for the NAR by now: then no question waits to be asked with others. */
    void hurry() {
        if (ahead.getAsBoolean()) {
            return;
        }
        known.values().stream().filter(peer -> peer.mayWait).forEach(peer -> {
            peer.mayWait = false;
            peer.session.tell(new PeerSession.Hurry(true));
        });
    }

    /** Only while nobody is known to have it, and blocks only where none is there, since they are asked for from the first on. */
    private Optional<PeerSession.First> first(PeerId id, Peer peer, Attempt attempt, long nanos) {
        boolean nothingThere = attempt.scheduler().doneCount() == 0 && attempt.earlier().isEmpty();
        // Many may begin at once, and all ask for the same: of a large NAR no more than gets the reader going.
        int some = attempt.layout().count() <= SMALL ? SwarmMessage.Query.MAX_BLOCKS : 1;
        int most = nothingThere ? some : 0;
        int blocks = Math.min(most, Math.min(peer.slots, attempt.layout().count()));
        return attempt.manifest().isEmpty() && election.best().isEmpty()
                ? headStart.ask(id, peer.session, peer.questions, blocks, nanos)
                : Optional.empty();
    }

    void answered(PeerEvent.QueryAnswered answer) {
        Peer peer = known.get(answer.peer());
        if (peer == null || !peer.session.equals(answer.session())) {
            return;
        }
        peer.answered = true;
        if (answer.reply() instanceof PeerSession.NotOffered
                && node.inventories().missed(answer.peer(), request.hash())) {
            context.getLog().info("peer {} does not have what it says too often: no more is made of that",
                    answer.peer());
        }
        if (!peer.blamed && answer.reply() instanceof PeerSession.Offered offered
                && offered.narSize().equals(request.size()) && note(answer.peer(), peer, offered)) {
            headStart.offered(answer.peer(), offered.root());
        } else {
            headStart.stop(answer.peer());
        }
    }

    /** Notes what a peer offers; whether it vouches for it. What relays offer is nobody's word for a root. */
    private boolean note(PeerId id, Peer peer, PeerSession.Offered offered) {
        return switch (offered.holding()) {
            case Holding.Complete _ -> {
                everAny = true;
                yield election.vouch(id, peer.addressGroup, offered.root());
            }
            case Holding.Relay relay -> {
                relays.claims().told(id, offered.root(), relay.blocks());
                yield false;
            }
        };
    }

    /** Those who vouch for a root. */
    Set<PeerId> vouchersFor(Sha256 root) {
        return Set.copyOf(election.vouchersFor(root));
    }

    /** Whether a peer vouches for the root that is followed, or else for the best one. */
    boolean isVoucher(PeerId id, Attempt attempt) {
        return root(attempt).filter(root -> election.vouchersFor(root).contains(id)).isPresent();
    }

    private Optional<Sha256> root(Attempt attempt) {
        return attempt.manifest().map(Manifest::root).or(election::best);
    }

    /** How many peers stand for the root that is followed, or else for the best one. */
    int count(Attempt attempt) {
        return root(attempt).map(root -> election.vouchersFor(root).size()).orElse(0);
    }

    /** What is wrong when there are not enough of them. */
    Verdict.Exhausted tooFew(Attempt attempt) {
        int providers = count(attempt);
        int least = node.config().substitutes().minProviders();
        return providers == 0
                ? nobody()
                : new Verdict.Exhausted(providers < least ? PeersOver.TOO_FEW : PeersOver.FAILED,
                        providers + " of at least " + least + " providers");
    }

    private Verdict.Exhausted nobody() {
        return everAny
                ? new Verdict.Exhausted(PeersOver.FAILED, "those who had it do not give it any more")
                : new Verdict.Exhausted(PeersOver.NO_PROVIDER, "no connected peer has it");
    }
}
