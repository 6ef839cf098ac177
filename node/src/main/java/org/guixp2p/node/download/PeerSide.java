// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.RefusalReason;

/**
 * The peers of one download: asks each whether it has the NAR, follows the manifest with the best standing, and keeps a
 * {@link PeerLane} to each peer that stands for it. Part of the {@link Download} actor, on its thread.
 */
final class PeerSide {
    /** Besides one NAR, what of each root may be wrong though the rest is of use under the next. */
    private static final long MAX_WRONG_BYTES = (long) RootElection.MAX_FAILED_ROOTS * BlockLayout.BLOCK_BYTES;
    private static final long RELAY_PATIENCE_MILLIS = 3_000;
    private static final Verdict GO_ON = new Verdict.GoOn();

    private final ActorContext<Download.Command> context;
    private final NarRequest request;
    private final DownloadContext node;
    private final Tally tally;
    private final RootElection<Sha256, PeerId> election = new RootElection<>();
    private final ManifestSearch search;
    private final PeerLanes lanes;
    private final PeerReports reports;
    private final Resumption resumption;
    private final HeadStart headStart;
    private final Providers providers;
    private final RelaySide relays;
    private boolean subscribed;
    private long deadlineMillis;
    private final Headway headway = new Headway();
    private boolean searching;
    private boolean serversWait;
    private long wastedBytes;
    private long requeuedBefore;
    private long hopelessMillis;

    PeerSide(ActorContext<Download.Command> context, NarRequest request, DownloadContext node, Tally tally,
            PeerLanes.Reading reading) {
        this.context = context;
        this.request = request;
        this.node = node;
        this.tally = tally;
        this.search = new ManifestSearch(election, request.size(), node.config().substitutes().minProviders());
        this.lanes = new PeerLanes(context, request, node, reading);
        this.reports = new PeerReports(node.reputation(), this::nowMillis);
        this.resumption = new Resumption(context, request, node, tally);
        this.headStart = new HeadStart(context.getSelf(), request.hash(), lanes.crossed(), lanes.budget());
        this.relays = new RelaySide(context, request, node, new BlockLayout(request.size()).count());
        this.providers = new Providers(context, request, node, election, headStart, relays);
    }

    /**
     * Looks for providers, or goes on with those known.
     *
     * @param others whether servers stand by, so that peers who say nothing are not worth much waiting
     */
    void start(Attempt attempt, boolean others) {
        long now = nowMillis();
        long patience = node.config().transfers().requestTimeout().toMillis();
        deadlineMillis = now + (others ? Math.min(node.grace().toMillis(), patience) : patience);
        headway.made(now);
        searching = false;
        serversWait = others;
        if (!subscribed) {
            subscribed = true;
            node.swarm().tell(new Swarm.Subscribe(context.messageAdapter(Swarm.Event.class, PeerSide::translate)));
        }
        providers.ids().forEach(peer -> providers.ask(peer, attempt, lanes.now()));
        ask(attempt);
    }

    /** Goes on evenly when the clock is set. */
    private long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(lanes.now());
    }

    private static Download.Command translate(Swarm.Event event) {
        return switch (event) {
            case Swarm.PeerUp up -> new PeerEvent.PeerUp(up.peer(), up.addressGroup(), up.slots(), up.session());
            case Swarm.PeerDown down -> new PeerEvent.PeerDown(down.peer());
            case Swarm.Snapshot _ -> new PeerEvent.PeersKnown();
        };
    }

    /** Takes note of an event while peers are not asked for anything. */
    void note(PeerEvent event, Attempt attempt) {
        switch (event) {
            case PeerEvent.PeerUp up -> {
                providers.up(up);
                relays.up(up);
            }
            case PeerEvent.Told told -> relays.claims().told(told.peer(), told.root(), told.blocks());
            case PeerEvent.PeerDown down -> leave(down.peer(), attempt);
            case PeerEvent.PeersKnown _ -> providers.allKnown();
            case PeerEvent.QueryAnswered answer -> answered(answer, attempt);
            case PeerEvent.BlockCrossed crossed -> tally.duplicated(crossed.bytes());
            case PeerEvent.BytesReceived _,PeerEvent.FirstPage _,PeerEvent.ManifestPart _,PeerEvent.LaneResult _,PeerEvent.Wake _,PeerEvent.BlocksFound _ ->
                context.getLog().trace("too late");
        }
    }

    /** Takes an event while peers are asked. */
    Verdict on(PeerEvent event, Attempt attempt) {
        return switch (event) {
            case PeerEvent.PeerUp up -> {
                note(up, attempt);
                providers.ask(up.peer(), attempt, lanes.now());
                yield GO_ON;
            }
            case PeerEvent.PeersKnown _ -> {
                providers.allKnown();
                yield evaluate(attempt);
            }
            case PeerEvent.PeerDown down -> {
                leave(down.peer(), attempt);
                yield evaluate(attempt);
            }
            case PeerEvent.QueryAnswered answer -> {
                answered(answer, attempt);
                noteWhole(answer.peer(), attempt);
                yield evaluate(attempt);
            }
            case PeerEvent.Told told -> told(told, attempt);
            case PeerEvent.BytesReceived received -> {
                headway.received(lanes.newBytes(received, attempt), nowMillis());
                yield GO_ON;
            }
            case PeerEvent.FirstPage page -> {
                headStart.came(page);
                yield evaluate(attempt);
            }
            case PeerEvent.ManifestPart part when part.attempt() == attempt.number() -> manifestPart(part, attempt);
            case PeerEvent.LaneResult result when result.attempt() == attempt.number() -> laneResult(result, attempt);
            case PeerEvent.BlocksFound found when found.attempt() == attempt.number() -> found(found, attempt);
            case PeerEvent.Wake _ -> evaluate(attempt);
            case PeerEvent.BlockCrossed crossed -> {
                note(crossed, attempt);
                yield GO_ON;
            }
            case PeerEvent.ManifestPart _,PeerEvent.LaneResult _,PeerEvent.BlocksFound _ -> GO_ON;
        };
    }

    Verdict tick(Attempt attempt) {
        long now = nowMillis();
        boolean stalled = headway.isStalled(now, node.config().transfers().stallTimeout().toMillis());
        relays.claims().toAsk(lanes.now(), id -> isVoucher(id, attempt)).forEach(providers::askAgain);
        if (attempt.manifest().isPresent()) {
            relays.share(attempt, Set.copyOf(election.vouchersFor(attempt.manifest().get().root())), lanes.now());
            drive(attempt);
            lanes.countBytes();
            if (attempt.scheduler().isHeldBack()) {
                // It is the reader who does not get on.
                headway.made(now);
                return GO_ON;
            }
            if (stalled && !attempt.scheduler().isComplete()) {
                reports.allStalled();
                return new Verdict.Exhausted(
                        "no block came for " + node.config().transfers().stallTimeout().toSeconds() + " s");
            }
            return hope(attempt);
        }
        ask(attempt);
        Optional<Manifest> whole = search.whole(now);
        if (whole.isPresent()) {
            return follow(whole.get(), attempt);
        }
        if (!search.hasCandidates()) {
            return now > deadlineMillis ? new Verdict.Exhausted(providers.tooFew(attempt)) : GO_ON;
        }
        return stalled || (serversWait && search.isOverdue(now))
                ? new Verdict.Exhausted("those who have it do not give its manifest")
                : GO_ON;
    }

    private void answered(PeerEvent.QueryAnswered answer, Attempt attempt) {
        providers.answered(answer);
        if (election.isRefuted(answer.peer())) {
            exclude(answer.peer(), Offence.VOUCHED_WRONGLY, "it vouches for what is not this NAR", attempt);
        }
    }

    /** How many peers stand for the root that is followed, or else for the best one. */
    int providers(Attempt attempt) {
        return providers.count(attempt);
    }

    private Verdict evaluate(Attempt attempt) {
        if (attempt.manifest().isPresent()) {
            addLanes(attempt);
            drive(attempt);
            return hope(attempt);
        }
        ask(attempt);
        Optional<Manifest> whole = search.whole(nowMillis());
        if (whole.isPresent()) {
            return follow(whole.get(), attempt);
        }
        boolean hopeless = !search.hasCandidates() && providers.allAnswered();
        // With servers to turn to there is no point in waiting for peers that may yet connect.
        return hopeless && request.policy() == SubstitutePolicy.P2P_FIRST
                ? new Verdict.Exhausted(providers.tooFew(attempt))
                : GO_ON;
    }

    /** Relays that have nothing new may yet get it, or know already: what they tell is some moments old. */
    private Verdict hope(Attempt attempt) {
        BlockScheduler<PeerId> scheduler = attempt.scheduler();
        if (scheduler.isComplete() || scheduler.hasHope()) {
            hopelessMillis = 0;
            return GO_ON;
        }
        hopelessMillis = hopelessMillis == 0 ? nowMillis() : hopelessMillis;
        return !scheduler.hasSources() || nowMillis() - hopelessMillis >= RELAY_PATIENCE_MILLIS ? lost(attempt) : GO_ON;
    }

    /**
     * Nobody is left who has what is followed. Others may have something else; without them, and without servers to turn to,
     * peers get the stall time to come back.
     */
    private Verdict lost(Attempt attempt) {
        boolean voucher = attempt.manifest().filter(followed -> !election.vouchersFor(followed.root()).isEmpty())
                .isPresent();
        if (!voucher && search.hasCandidates()) {
            return new Verdict.Abandoned("nobody is left who stands for what was followed");
        }
        return request.policy() == SubstitutePolicy.P2P_FIRST
                ? new Verdict.Exhausted("the peers that had it are gone")
                : GO_ON;
    }

    private void leave(PeerId id, Attempt attempt) {
        providers.down(id);
        relays.down(id);
        lanes.lost(id, attempt);
        dismiss(id, attempt);
    }

    // Relays.

    private boolean isVoucher(PeerId id, Attempt attempt) {
        return attempt.manifest().map(Manifest::root).or(election::best)
                .filter(root -> election.vouchersFor(root).contains(id)).isPresent();
    }

    private void noteWhole(PeerId id, Attempt attempt) {
        if (attempt.manifest().isPresent() && isVoucher(id, attempt)) {
            relays.isComplete(id, attempt);
        }
    }

    private Verdict told(PeerEvent.Told told, Attempt attempt) {
        PeerId id = told.peer();
        if (providers.find(id) == null || providers.isBlamed(id)) {
            return GO_ON;
        }
        if (relays.claims().told(id, told.root(), told.blocks())) {
            relays.note(id, told.root(), told.blocks(), attempt);
        } else if (attempt.manifest().map(Manifest::root).filter(told.root()::equals).isPresent()) {
            exclude(id, Offence.MALFORMED, "it tells of blocks beyond the last", attempt);
        }
        return evaluate(attempt);
    }

    /** It has it no more, or not any longer for us. It may offer it to the next download. */
    private void refused(PeerId id, int block, RefusalReason reason, Attempt attempt) {
        if (reason == RefusalReason.NOT_HERE && !isVoucher(id, attempt)) {
            // It may follow another root by now, or have claimed too much: that block it has not.
            attempt.scheduler().relayHas(id, block, false);
            if (!relays.claims().refused(id, block)) {
                return;
            }
            reports.failed(id);
        } else {
            relays.claims().forget(id);
            if (isVoucher(id, attempt)) {
                reports.failed(id);
            }
        }
        context.getLog().info("{}: peer {} does not give it any more: {}", request.path(), id, reason.token());
        dismiss(id, attempt);
    }

    // What is followed.

    /** Asks for pages of manifests as long as none is followed. */
    private void ask(Attempt attempt) {
        long now = nowMillis();
        if (attempt.manifest().isPresent()) {
            return;
        }
        if (!searching && search.hasCandidates()) {
            searching = true;
            headway.made(now);
        }
        for (ManifestSearch.Ask ask : search.next(now)) {
            Providers.Peer peer = providers.find(ask.peer());
            if (peer != null && !(ask.page() == 0 && headStart.brings(ask.peer()))) {
                requestPage(ask, peer, attempt.number());
            }
        }
        headStart.page(search::tries, attempt.number()).ifPresent(context.getSelf()::tell);
    }

    private void requestPage(ManifestSearch.Ask ask, Providers.Peer peer, int number) {
        context.ask(PeerSession.ManifestReply.class, peer.session,
                node.config().transfers().requestTimeout().plusSeconds(1),
                reply -> new PeerSession.FetchManifest(request.hash(), ask.root(), ask.page(), reply),
                (reply, timeout) -> new PeerEvent.ManifestPart(number, ask.peer(), ask.root(),
                        reply == null ? new PeerSession.ManifestFailed("no answer in time", 0) : reply));
    }

    private Verdict manifestPart(PeerEvent.ManifestPart part, Attempt attempt) {
        if (attempt.manifest().isPresent()) {
            return GO_ON;
        }
        long now = nowMillis();
        switch (part.reply()) {
            case PeerSession.PageReceived received -> {
                try {
                    Optional<Manifest> whole = search.received(part.peer(), part.root(), received.page(), now);
                    headway.made(now);
                    if (whole.isPresent()) {
                        return follow(whole.get(), attempt);
                    }
                } catch (FormatException e) {
                    exclude(part.peer(), Offence.MALFORMED, String.valueOf(e.getMessage()), attempt);
                }
            }
            case PeerSession.ManifestFailed busy when busy.retryAfterMillis() > 0 ->
                search.busy(part.peer(), part.root(), now + busy.retryAfterMillis());
            // Not its fault, perhaps; but whoever stands for a manifest and does not give it is of no use here.
            case PeerSession.ManifestFailed _ -> {
                search.forget(part.peer());
                headStart.stop(part.peer());
                election.withdraw(part.peer());
            }
        }
        return evaluate(attempt);
    }

    private Verdict follow(Manifest manifest, Attempt attempt) {
        attempt.manifest(manifest);
        relays.relaying().begin(attempt, manifest, lanes.now());
        if (attempt.layout().count() > Providers.SMALL
                && providers.ids().size() > election.vouchersFor(manifest.root()).size()) {
            attempt.scheduler().scatter();
        }
        resumption.begin(attempt, manifest);
        search.clear();
        // Its blocks are on their way: nobody else is asked for them.
        headStart.peerOf(manifest.root()).ifPresent(first -> addLane(first, manifest, attempt));
        headStart.stop();
        addLanes(attempt);
        lanes.drive(attempt);
        return attempt.scheduler().hasSources() ? new Verdict.Fetching() : lost(attempt);
    }

    /** Blocks that match the manifest are as good as if its vouchers had sent them. */
    private Verdict found(PeerEvent.BlocksFound found, Attempt attempt) {
        wastedBytes -= resumption.found(found, attempt);
        found.blocks().stream().forEach(relays.relaying()::add);
        relays.relaying().tell(lanes.now());
        headway.made(nowMillis());
        return evaluate(attempt);
    }

    // Blocks.

    private void drive(Attempt attempt) {
        lanes.drive(attempt);
        for (BlockScheduler.Slow<PeerId> slow : attempt.scheduler().takeSlow()) {
            if (slow.stalled()) {
                reports.stalled(slow.source());
            } else {
                reports.late(slow.source());
            }
        }
    }

    private void addLanes(Attempt attempt) {
        Optional<Manifest> manifest = attempt.manifest();
        if (manifest.isEmpty()) {
            return;
        }
        Set<PeerId> vouchers = Set.copyOf(election.vouchersFor(manifest.get().root()));
        best(vouchers.stream().filter(lanes::hasRoomFor).toList()).forEach(id -> addLane(id, manifest.get(), attempt));
        best(relays.claims().relaysOf(manifest.get().root()).stream()
                .filter(id -> !vouchers.contains(id) && !providers.isBlamed(id) && lanes.hasRoomForRelay(id)).toList())
                .forEach(id -> addLane(id, manifest.get(), attempt));
        relays.share(attempt, vouchers, lanes.now());
    }

    private List<PeerId> best(List<PeerId> peers) {
        return peers.isEmpty() ? peers : node.reputation().rank(peers);
    }

    private void addLane(PeerId id, Manifest manifest, Attempt attempt) {
        Providers.Peer peer = providers.find(id);
        boolean whole = isVoucher(id, attempt);
        if (peer != null && (whole ? lanes.hasRoomFor(id) : lanes.hasRoomForRelay(id))) {
            long now = lanes.now();
            lanes.open(id, peer.session, peer.slots, manifest, attempt, headStart,
                    whole ? Optional.empty() : Optional.of(relays.blocks(id)));
            reports.begin(id, TimeUnit.NANOSECONDS.toMillis(now - headStart.askedAt(id, now)));
        }
    }

    private Verdict laneResult(PeerEvent.LaneResult event, Attempt attempt) {
        PeerId id = event.peer();
        int block = event.result().block();
        BlockScheduler<PeerId> scheduler = attempt.scheduler();
        long now = lanes.now();
        lanes.answered(id, block);
        switch (event.result().outcome()) {
            case PeerLane.Outcome.Stored stored -> {
                stored(id, block, stored.bytes(), attempt);
                scheduler.answered(id, stored.compressed());
            }
            case PeerLane.Outcome.Unreadable _ -> lanes.unreadable(id, block, attempt);
            case PeerLane.Outcome.Busy busy ->
                scheduler.busy(id, block, now + TimeUnit.MILLISECONDS.toNanos(busy.retryAfterMillis()), now);
            case PeerLane.Outcome.Missing missing -> {
                context.getLog().debug("block {} of {} from {}: {}", block, request.path(), id, missing.reason());
                // Otherwise another one was quicker, or was asked instead, and it was told so.
                if (scheduler.failed(id, block, now)) {
                    reports.failed(id);
                }
            }
            case PeerLane.Outcome.Refused refused -> {
                scheduler.failed(id, block, now);
                refused(id, block, refused.reason(), attempt);
            }
            case PeerLane.Outcome.Corrupt _ -> {
                tally.corrupt();
                scheduler.failed(id, block, now);
                exclude(id, Offence.CORRUPT_BLOCK, "block " + block + " does not match the manifest it stands for",
                        attempt);
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
        } else {
            headway.made(nowMillis());
            attempt.usedPeers();
            tally.received(id.toString(), bytes);
            reports.stored(id, bytes);
        }
        relays.relaying().add(block);
        relays.relaying().tell(lanes.now());
        attempt.scheduler().received(id, block, bytes, lanes.now()).forEach(late -> lanes.cancel(late, block));
    }

    /** A peer that is caught out has no further part in this download. */
    private void exclude(PeerId id, Offence offence, String reason, Attempt attempt) {
        if (!providers.blame(id)) {
            return;
        }
        context.getLog().warn("{}: peer {} is asked no more: {}", request.path(), id, reason);
        dismiss(id, attempt);
        node.swarm().tell(new Swarm.Misbehaved(id, offence, reason));
    }

    private void dismiss(PeerId id, Attempt attempt) {
        election.withdraw(id);
        search.forget(id);
        headStart.stop(id);
        lanes.close(id, attempt);
        reports.end(id);
    }

    /** The NAR under the attempt's root was wrong: those who vouched for it are to blame. */
    void blame(Attempt wrong) {
        abandon(wrong);
        wrong.manifest().ifPresent(manifest -> election.fail(manifest.root())
                .forEach(id -> exclude(id, Offence.VOUCHED_WRONGLY, "the NAR it vouched for has another hash", wrong)));
    }

    /** What there is of an attempt is of no use, unless it stands under the next root. */
    void abandon(Attempt attempt) {
        wastedBytes += Math.min(request.size().bytes(),
                attempt.scheduler().doneCount() * (long) BlockLayout.BLOCK_BYTES);
    }

    /** The whole has its NarHash, and came under this attempt's root: whoever vouched for another one lied. */
    void proven(Attempt right) {
        right.ownManifest().ifPresent(manifest -> election.prove(manifest.root())
                .forEach(id -> exclude(id, Offence.VOUCHED_WRONGLY, "the NAR has another root than it vouched for",
                        right)));
    }

    /**
     * Whether another root, or another peer, is worth a try after one was wrong. As long as a first answer would have been
     * waited for, so is the next: a liar may only have been the first to connect.
     */
    boolean worthAsking() {
        return !election.exhausted() && wastedBytes <= request.size().bytes() + MAX_WRONG_BYTES
                && (election.best().isPresent() || nowMillis() <= deadlineMillis);
    }

    long requeued(Attempt current) {
        return requeuedBefore + current.scheduler().requeued();
    }

    /** Ends the lanes of an attempt that is over. */
    void close(Attempt over) {
        requeuedBefore += over.scheduler().requeued();
        relays.renew();
        pause();
    }

    /** Tells those who asked what has come, though nothing comes any more. */
    void tell() {
        relays.relaying().tell(lanes.now());
    }

    /** The whole is offered, and vouched for, or else nothing is. */
    void kept(boolean whole) {
        if (whole) {
            relays.relaying().kept();
        } else {
            relays.relaying().stop();
        }
    }

    /** Has nothing to do with peers any more. */
    void stop() {
        pause();
        relays.stop();
    }

    /** Asks for nothing more; what is known of the peers stays. */
    void pause() {
        search.clear();
        resumption.stop();
        headStart.stop();
        lanes.closeAll();
        reports.endAll();
    }
}
