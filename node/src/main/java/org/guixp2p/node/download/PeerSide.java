// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestAssembler;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * The peers of one download: asks each whether it has the NAR, follows the manifest with the best standing, and keeps a
 * {@link PeerLane} to each peer that stands for it. Part of the {@link Download} actor, on its thread.
 */
final class PeerSide {
    private static final Duration LONGEST_BLOCK = Duration.ofMinutes(10);
    private final ActorContext<Download.Command> context;
    private final NarRequest request;
    private final DownloadContext node;
    private final Tally tally;
    private final RootElection<Sha256, PeerId> election = new RootElection<>();
    private final Map<PeerId, Peer> known = new HashMap<>();
    private final Set<PeerId> blamed = new HashSet<>();
    private boolean subscribed;
    private boolean allKnown;
    private long deadlineMillis;
    private long progressMillis;
    private @Nullable ManifestAssembler pages;
    private @Nullable PeerId askedForPages;
    private long wastedBytes;
    private long requeuedBefore;

    /** What the download does next. */
    sealed interface Verdict {
        /** Nothing new, or more blocks. */
        record GoOn() implements Verdict {}

        /** Providers were found; blocks come next. */
        record Fetching() implements Verdict {}

        /** Peers cannot help (any more). */
        record Exhausted(String reason) implements Verdict {}

        /** What was followed was wrong. */
        record StartAgain(String reason) implements Verdict {}

        /** This machine's own fault, of which no other source helps. */
        record OwnFault(String reason) implements Verdict {}
    }

    private static final Verdict GO_ON = new Verdict.GoOn();

    private static final class Peer {
        private final ActorRef<PeerSession.Command> session;
        private final String addressGroup;
        private boolean answered;
        private @Nullable Sha256 root;
        private @Nullable PeerLane lane;

        private Peer(ActorRef<PeerSession.Command> session, String addressGroup) {
            this.session = session;
            this.addressGroup = addressGroup;
        }
    }

    PeerSide(ActorContext<Download.Command> context, NarRequest request, DownloadContext node, Tally tally) {
        this.context = context;
        this.request = request;
        this.node = node;
        this.tally = tally;
    }

    /** Looks for providers, or goes on with those known. */
    void start(Attempt attempt) {
        long now = node.clock().millis();
        deadlineMillis = now + node.config().transfers().requestTimeout().toMillis();
        progressMillis = now;
        if (!subscribed) {
            subscribed = true;
            node.swarm().tell(new Swarm.Subscribe(context.messageAdapter(Swarm.Event.class, PeerSide::translate)));
        }
        follow(attempt);
    }

    private static Download.Command translate(Swarm.Event event) {
        return switch (event) {
            case Swarm.PeerUp up -> new Download.PeerUp(up.peer(), up.addressGroup(), up.session());
            case Swarm.PeerDown down -> new Download.PeerDown(down.peer());
            case Swarm.Snapshot _ -> new Download.PeersKnown();
        };
    }

    /** Takes note of an event while peers are not asked for anything. */
    void note(Download.FromPeers event) {
        switch (event) {
            case Download.PeerUp up -> known.putIfAbsent(up.peer(), new Peer(up.session(), up.addressGroup()));
            case Download.PeerDown down -> known.remove(down.peer());
            case Download.PeersKnown _ -> allKnown = true;
            case Download.QueryAnswered _,Download.ManifestPart _,Download.LaneResult _ ->
                context.getLog().trace("too late");
        }
    }

    /** Takes an event while peers are asked. */
    Verdict on(Download.FromPeers event, Attempt attempt) {
        return switch (event) {
            case Download.PeerUp up -> {
                note(up);
                query(up.peer());
                yield GO_ON;
            }
            case Download.PeersKnown _ -> {
                allKnown = true;
                yield evaluate(attempt);
            }
            case Download.PeerDown down -> {
                leave(down.peer(), attempt);
                yield evaluate(attempt);
            }
            case Download.QueryAnswered answer -> {
                answered(answer, attempt);
                yield evaluate(attempt);
            }
            case Download.ManifestPart part when part.attempt() == attempt.number() -> manifestPart(part, attempt);
            case Download.LaneResult result when result.attempt() == attempt.number() -> laneResult(result, attempt);
            case Download.ManifestPart _,Download.LaneResult _ -> GO_ON;
        };
    }

    Verdict tick(Attempt attempt) {
        long now = node.clock().millis();
        if (attempt.manifest().isPresent()) {
            drive(attempt);
            if (now - progressMillis > node.config().transfers().stallTimeout().toMillis()) {
                return new Verdict.Exhausted(
                        "no block came for " + node.config().transfers().stallTimeout().toSeconds() + " s");
            }
        } else if (now > deadlineMillis) {
            return new Verdict.Exhausted(tooFew());
        }
        return GO_ON;
    }

    // Who has it.

    private void query(PeerId id) {
        Peer peer = known.get(id);
        if (peer != null && !peer.answered && !blamed.contains(id)) {
            context.ask(PeerSession.QueryReply.class, peer.session,
                    node.config().transfers().requestTimeout().plusSeconds(1),
                    reply -> new PeerSession.Query(request.hash(), reply),
                    (reply, timeout) -> new Download.QueryAnswered(id,
                            reply == null ? new PeerSession.QueryFailed("no answer in time") : reply));
        }
    }

    private void answered(Download.QueryAnswered answer, Attempt attempt) {
        Peer peer = known.get(answer.peer());
        if (peer == null) {
            return;
        }
        peer.answered = true;
        if (answer.reply() instanceof PeerSession.Offered offered && offered.narSize().equals(request.size())
                && election.vouch(answer.peer(), peer.addressGroup, offered.root())) {
            peer.root = offered.root();
            addLanes(attempt);
        }
    }

    int providers() {
        return (int) known.values().stream().filter(peer -> peer.root != null).count();
    }

    private String tooFew() {
        return providers() == 0
                ? "no connected peer has it"
                : providers() + " of at least " + node.config().substitutes().minProviders() + " providers";
    }

    private Verdict evaluate(Attempt attempt) {
        if (attempt.root().isEmpty()) {
            if (providers() >= node.config().substitutes().minProviders()) {
                follow(attempt);
            }
            boolean hopeless = allKnown && attempt.root().isEmpty()
                    && known.values().stream().allMatch(p -> p.answered);
            // With servers to turn to there is no point in waiting for peers that may yet connect.
            return hopeless && request.policy() == SubstitutePolicy.P2P_FIRST ? new Verdict.Exhausted(tooFew()) : GO_ON;
        }
        if (attempt.manifest().isPresent()) {
            addLanes(attempt);
            drive(attempt);
            return !attempt.scheduler().hasSources() && !attempt.scheduler().isComplete() ? lost() : GO_ON;
        }
        return askedForPages == null ? fetchManifest(attempt) : GO_ON;
    }

    /** Nobody is left who has what is followed. Without servers to turn to, peers get the stall time to come back. */
    private Verdict lost() {
        return request.policy() == SubstitutePolicy.P2P_FIRST
                ? new Verdict.Exhausted("the peers that had it are gone")
                : GO_ON;
    }

    private void leave(PeerId id, Attempt attempt) {
        Peer peer = known.remove(id);
        attempt.scheduler().remove(id);
        election.withdraw(id);
        if (peer != null && peer.lane != null) {
            peer.lane.close();
        }
        if (id.equals(askedForPages)) {
            askedForPages = null;
        }
    }

    // What is followed.

    private void follow(Attempt attempt) {
        if (attempt.root().isEmpty() && providers() >= node.config().substitutes().minProviders()) {
            election.best().ifPresent(root -> {
                attempt.follow(root);
                fetchManifest(attempt);
            });
        }
    }

    /** Asks for the next missing page of the manifest whoever stands for it. */
    private Verdict fetchManifest(Attempt attempt) {
        Sha256 root = attempt.root().orElseThrow();
        ManifestAssembler assembler = pages;
        if (assembler == null) {
            assembler = new ManifestAssembler(root, request.size());
            pages = assembler;
        }
        for (PeerId id : election.vouchersFor(root)) {
            Peer peer = known.get(id);
            if (peer != null) {
                askedForPages = id;
                requestPage(id, peer, root, assembler.firstMissing().orElse(0), attempt.number());
                return GO_ON;
            }
        }
        return election.best().isEmpty()
                ? lost()
                : new Verdict.StartAgain("nobody is left who stands for the manifest");
    }

    private void requestPage(PeerId id, Peer peer, Sha256 root, int page, int number) {
        context.ask(PeerSession.ManifestReply.class, peer.session,
                node.config().transfers().requestTimeout().plusSeconds(1),
                reply -> new PeerSession.FetchManifest(request.hash(), root, page, reply),
                (reply, timeout) -> new Download.ManifestPart(number, id,
                        reply == null ? new PeerSession.ManifestFailed("no answer in time") : reply));
    }

    private Verdict manifestPart(Download.ManifestPart part, Attempt attempt) {
        ManifestAssembler assembler = pages;
        if (assembler == null || !part.peer().equals(askedForPages)) {
            return GO_ON;
        }
        askedForPages = null;
        switch (part.reply()) {
            case PeerSession.PageReceived received -> {
                try {
                    assembler.accept(received.page());
                } catch (FormatException e) {
                    exclude(part.peer(), String.valueOf(e.getMessage()), attempt);
                }
            }
            // Not its fault, perhaps; but whoever stands for a manifest and does not give it is of no use here.
            case PeerSession.ManifestFailed failed -> leave(part.peer(), attempt);
        }
        if (assembler.firstMissing().isPresent()) {
            return fetchManifest(attempt);
        }
        attempt.manifest(assembler.manifest());
        pages = null;
        progressMillis = node.clock().millis();
        addLanes(attempt);
        drive(attempt);
        return attempt.scheduler().hasSources() ? new Verdict.Fetching() : lost();
    }

    // Blocks.

    private void addLanes(Attempt attempt) {
        Optional<Manifest> manifest = attempt.manifest();
        if (manifest.isEmpty()) {
            return;
        }
        long lanes = known.values().stream().filter(peer -> peer.lane != null).count();
        for (PeerId id : election.vouchersFor(attempt.root().orElseThrow())) {
            Peer peer = known.get(id);
            if (peer != null && peer.lane == null && lanes < node.config().transfers().maxPeersPerDownload()) {
                peer.lane = lane(id, peer, manifest.get(), attempt);
                BitSet whole = new BitSet();
                whole.set(0, attempt.layout().count());
                attempt.scheduler().add(id, whole, PeerLane.WINDOW);
                lanes++;
            }
        }
    }

    private PeerLane lane(PeerId id, Peer peer, Manifest manifest, Attempt attempt) {
        int number = attempt.number();
        ActorRef<Download.Command> self = context.getSelf();
        var scheduler = context.getSystem().scheduler();
        // The session answers in any case, and knows best when a block will not come.
        var patience = LONGEST_BLOCK;
        IntFunction<CompletionStage<PeerSession.BlockReply>> fetch = block -> AskPattern.ask(peer.session,
                reply -> new PeerSession.FetchBlock(request.hash(), manifest.root(), block, reply), patience,
                scheduler);
        return new PeerLane(context.getSystem(), manifest, attempt.file(), fetch, node.disk(),
                result -> self.tell(new Download.LaneResult(number, id, result)));
    }

    private void drive(Attempt attempt) {
        long now = node.clock().millis();
        known.forEach((id, peer) -> {
            PeerLane lane = peer.lane;
            if (lane != null) {
                for (OptionalInt block = attempt.scheduler().next(id, now); block
                        .isPresent(); block = attempt.scheduler().next(id, now)) {
                    lane.want(block.getAsInt());
                }
            }
        });
    }

    private Verdict laneResult(Download.LaneResult event, Attempt attempt) {
        PeerId id = event.peer();
        int block = event.result().block();
        BlockScheduler<PeerId> scheduler = attempt.scheduler();
        switch (event.result().outcome()) {
            case PeerLane.Outcome.Stored stored -> stored(id, block, stored.bytes(), attempt);
            case PeerLane.Outcome.Busy busy ->
                scheduler.busy(id, block, node.clock().millis() + busy.retryAfterMillis());
            case PeerLane.Outcome.Missing missing -> {
                context.getLog().debug("block {} of {} from {}: {}", block, request.path(), id, missing.reason());
                scheduler.failed(id, block);
            }
            case PeerLane.Outcome.Corrupt _ -> {
                tally.corrupt();
                scheduler.failed(id, block);
                exclude(id, "block " + block + " does not match the manifest it stands for", attempt);
            }
            case PeerLane.Outcome.DiskFault fault -> {
                return new Verdict.OwnFault("cannot write the partial NAR: " + fault.reason());
            }
        }
        return evaluate(attempt);
    }

    private void stored(PeerId id, int block, int bytes, Attempt attempt) {
        if (attempt.scheduler().isDone(block)) {
            tally.duplicated(bytes);
            return;
        }
        progressMillis = node.clock().millis();
        attempt.usedPeers();
        tally.received(id.toString(), bytes);
        for (PeerId late : attempt.scheduler().received(id, block)) {
            Peer peer = known.get(late);
            if (peer != null) {
                peer.session.tell(new PeerSession.CancelBlock(request.hash(), block));
            }
        }
    }

    /** A peer that is caught out has no further part in this download. */
    private void exclude(PeerId id, String reason, Attempt attempt) {
        context.getLog().warn("{}: peer {} is asked no more: {}", request.path(), id, reason);
        Peer peer = known.get(id);
        blamed.add(id);
        election.withdraw(id);
        attempt.scheduler().remove(id);
        if (peer != null) {
            peer.root = null;
            if (peer.lane != null) {
                peer.lane.close();
                peer.lane = null;
            }
        }
        node.swarm().tell(new Swarm.Misbehaved(id, reason));
    }

    /** The NAR under the attempt's root was wrong: those who vouched for it are to blame. */
    void blame(Attempt wrong) {
        wastedBytes += wrong.scheduler().doneCount() * (long) BlockLayout.BLOCK_BYTES;
        wrong.root().ifPresent(root -> election.fail(root)
                .forEach(id -> exclude(id, "the NAR it vouched for has another hash", wrong)));
    }

    /** Whether another root, or another peer, is worth a try after one was wrong. */
    boolean worthAsking() {
        return !election.exhausted() && wastedBytes <= request.size().bytes() + BlockLayout.BLOCK_BYTES
                && election.best().isPresent();
    }

    long requeued(Attempt current) {
        return requeuedBefore + current.scheduler().requeued();
    }

    /** Ends the lanes of an attempt that is over. */
    void close(Attempt over) {
        requeuedBefore += over.scheduler().requeued();
        pause();
    }

    /** Asks for nothing more; what is known of the peers stays. */
    void pause() {
        pages = null;
        askedForPages = null;
        known.values().forEach(peer -> {
            if (peer.lane != null) {
                peer.lane.close();
                peer.lane = null;
            }
        });
    }
}
