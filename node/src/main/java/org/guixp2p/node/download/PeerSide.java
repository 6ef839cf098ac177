// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.Optional;
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

/**
 * The peers of one download: asks each whether it has the NAR, follows the manifest with the best standing, has its blocks
 * fetched, and says when there is no hope of that. Part of the {@link Download} actor, on its thread.
 */
final class PeerSide {
    private static final Verdict GO_ON = new Verdict.GoOn();
    /** After which part of the stall timeout it is counted what comes before a manifest does. */
    private static final int COUNTED_AFTER = 8;

    private final ActorContext<Download.Command> context;
    private final NarRequest request;
    private final DownloadContext node;
    private final Tally tally;
    private final RootElection<Sha256, PeerId> election = new RootElection<>();
    private final Headway headway = new Headway();
    private final PeerLanes lanes;
    private final RelaySide relays;
    private final Providers providers;
    private final ManifestFetch manifests;
    private final BlockFetch blocks;
    private final WrongRoots wrongRoots;
    private final Discovery discovery;
    private final Prospects prospects;
    private boolean subscribed;
    private long deadlineMillis;
    private Optional<ServerSide> standBy = Optional.empty();
    private long requeuedBefore;

    PeerSide(ActorContext<Download.Command> context, NarRequest request, DownloadContext node, Tally tally,
            PeerLanes.Reading reading) {
        this.context = context;
        this.request = request;
        this.node = node;
        this.tally = tally;
        this.lanes = new PeerLanes(context, request, node, reading);
        this.relays = new RelaySide(context, request, node, new BlockLayout(request.size()).count());
        this.providers = new Providers(context, request, node, election, lanes.headStart(), relays,
                reading::isAhead);
        this.manifests = new ManifestFetch(context, request, node, tally, election, providers, relays,
                lanes.headStart(), headway);
        this.blocks = new BlockFetch(context, request, node, tally, headway, lanes, providers, relays, manifests);
        this.wrongRoots = new WrongRoots(election, blocks, request.size().bytes());
        this.discovery = new Discovery(context, request, node, providers);
        this.prospects = new Prospects(request, node.config().transfers().stallTimeout(), headway, lanes, providers,
                manifests, blocks,
                reading);
    }

    /**
     * Looks for providers, or goes on with those known.
     *
     * @param servers that stand by, so that peers who say nothing, or bring little, are not worth much waiting
     */
    Verdict start(Attempt attempt, Optional<ServerSide> servers) {
        long now = lanes.nowMillis();
        long patience = node.config().transfers().requestTimeout().toMillis();
        discovery.begin(now);
        deadlineMillis = now + (servers.isPresent() ? Math.min(node.grace().toMillis(), patience) : patience);
        headway.made(now);
        manifests.start();
        standBy = servers;
        if (!subscribed) {
            subscribed = true;
            node.swarm().tell(new Swarm.Subscribe(context.messageAdapter(Swarm.Event.class, PeerEvent.OfSwarm::new),
                    discovery.askedFirst()));
        }
        providers.ids().forEach(peer -> providers.ask(peer, attempt, lanes.now()));
        manifests.ask(attempt, now);
        if (attempt.manifest().isEmpty()) {
            return GO_ON;
        }
        // Servers had a turn in between. Nobody is asked again for what is known.
        prospects.begin(attempt);
        blocks.addLanes(attempt);
        blocks.drive(attempt);
        return new Verdict.Fetching();
    }

    /** Takes note of an event while peers are not asked for anything. */
    void note(PeerEvent event, Attempt attempt) {
        switch (event) {
            case PeerEvent.OfSwarm(Swarm.PeerUp up) -> {
                providers.up(up);
                relays.up(up);
            }
            case PeerEvent.Told(PeerSession.Told told) -> {
                if (isHeard(told.peer())) {
                    relays.claims().told(told.peer(), told.root(), told.blocks());
                }
            }
            case PeerEvent.OfSwarm(Swarm.PeerDown down) -> leave(down.peer(), attempt);
            case PeerEvent.OfSwarm(Swarm.Snapshot _) -> providers.allKnown();
            case PeerEvent.OfDiscovery found -> discovery.on(found);
            case PeerEvent.QueryAnswered answer -> answered(answer, attempt);
            case PeerEvent.BlockDiscarded discarded -> tally.duplicated(discarded.bytes());
            case PeerEvent.BlockCrossed crossed -> {
                tally.duplicated(crossed.bytes());
                if (crossed.attempt() == attempt.number()) {
                    attempt.scheduler().cameTwice(crossed.block());
                }
            }
            case PeerEvent.BytesReceived _,PeerEvent.FirstPage _,PeerEvent.ManifestPart _,PeerEvent.LaneResult _,PeerEvent.Wake _,PeerEvent.BlocksFound _ ->
                context.getLog().trace("too late");
        }
    }

    /** Takes an event while peers are asked. */
    Verdict on(PeerEvent event, Attempt attempt) {
        return switch (event) {
            case PeerEvent.OfSwarm(Swarm.PeerUp up) -> {
                note(event, attempt);
                providers.ask(up.peer(), attempt, lanes.now());
                yield GO_ON;
            }
            case PeerEvent.OfSwarm(Swarm.Snapshot _),PeerEvent.OfDiscovery _ -> {
                note(event, attempt);
                yield evaluate(attempt);
            }
            case PeerEvent.OfSwarm(Swarm.PeerDown down) -> {
                leave(down.peer(), attempt);
                yield evaluate(attempt);
            }
            case PeerEvent.QueryAnswered answer -> {
                answered(answer, attempt);
                noteRelay(answer, attempt);
                noteWhole(answer.peer(), attempt);
                yield evaluate(attempt);
            }
            case PeerEvent.Told(PeerSession.Told told) -> told(told, attempt);
            case PeerEvent.BytesReceived received -> {
                if (attempt.manifest().isPresent()) {
                    prospects.received(lanes.newBytes(received, attempt));
                } else {
                    manifests.counted(received, lanes.nowMillis());
                }
                yield GO_ON;
            }
            case PeerEvent.FirstPage page -> {
                lanes.headStart().came(page);
                yield evaluate(attempt);
            }
            case PeerEvent.ManifestPart part when part.attempt() == attempt.number() -> manifestPart(part, attempt);
            case PeerEvent.LaneResult result when result.attempt() == attempt.number() ->
                blocks.answered(result, attempt).orElseGet(() -> changed(result.peer(), attempt));
            case PeerEvent.BlocksFound found when found.attempt() == attempt.number() -> found(found, attempt);
            case PeerEvent.Wake _ -> {
                providers.hurry();
                yield evaluate(attempt);
            }
            case PeerEvent.BlockDiscarded _,PeerEvent.BlockCrossed _ -> {
                note(event, attempt);
                yield GO_ON;
            }
            case PeerEvent.ManifestPart _,PeerEvent.LaneResult _,PeerEvent.BlocksFound _ -> GO_ON;
        };
    }

    Verdict tick(Attempt attempt) {
        long now = lanes.nowMillis();
        discovery.consider(attempt, now);
        relays.claims().toAsk(lanes.now(), id -> providers.isVoucher(id, attempt)).forEach(providers::askAgain);
        if (attempt.manifest().isPresent()) {
            relays.share(attempt, providers.vouchersFor(attempt.manifest().get().root()), lanes.now());
            blocks.drive(attempt);
            lanes.countBytes();
            return prospects.look(attempt, standBy);
        }
        Optional<Verdict> followed = followed(attempt, now);
        if (followed.isPresent()) {
            return followed.get();
        }
        if (!manifests.hasCandidates()) {
            return now > deadlineMillis + discovery.patienceMillis(standBy.isPresent())
                    ? providers.tooFew(attempt)
                    : GO_ON;
        }
        if (headway.isStalled(now, node.config().transfers().stallTimeout().toMillis() / COUNTED_AFTER)) {
            manifests.countBytes();
        }
        return prospects.isStalled(now)
                || (standBy.isPresent() && manifests.isExhausted(now))
                        ? new Verdict.Exhausted(PeersOver.FAILED, "those who have it do not give its manifest")
                        : GO_ON;
    }

    private void answered(PeerEvent.QueryAnswered answer, Attempt attempt) {
        providers.answered(answer);
        if (election.isRefuted(answer.peer())) {
            blocks.exclude(answer.peer(), Offence.VOUCHED_WRONGLY, "it vouches for what is not this NAR", attempt);
        }
    }

    /** How many peers stand for the root that is followed, or else for the best one. */
    int providers(Attempt attempt) {
        return providers.count(attempt);
    }

    /**
     * Something came from a peer. As long as it has a lane nobody else can get one by that, and with many peers such events come
     * all the time.
     */
    private Verdict changed(PeerId id, Attempt attempt) {
        if (lanes.numberOf(id).isEmpty()) {
            return evaluate(attempt);
        }
        blocks.drive(attempt);
        return prospects.hope(attempt);
    }

    private Verdict evaluate(Attempt attempt) {
        if (attempt.manifest().isPresent()) {
            blocks.addLanes(attempt);
            blocks.drive(attempt);
            return prospects.hope(attempt);
        }
        Optional<Verdict> followed = followed(attempt, lanes.nowMillis());
        if (followed.isPresent()) {
            return followed.get();
        }
        discovery.consider(attempt, lanes.nowMillis());
        boolean hopeless = !manifests.hasCandidates() && providers.allAnswered() && discovery.isOver();
        // With servers to turn to there is no point in waiting for peers that may yet connect.
        return hopeless && request.policy() == SubstitutePolicy.P2P_FIRST
                ? providers.tooFew(attempt)
                : GO_ON;
    }

    private void leave(PeerId id, Attempt attempt) {
        if (providers.isVoucher(id, attempt)) {
            tally.lost(id, "the connection is lost");
        }
        providers.down(id);
        relays.down(id);
        lanes.lost(id, attempt);
        blocks.dismiss(id, attempt);
    }

    // Relays.

    /** What relays say when they are asked counts like what they tell. */
    private void noteRelay(PeerEvent.QueryAnswered answer, Attempt attempt) {
        if (answer.reply() instanceof PeerSession.Offered offered
                && relays.claims().relays(answer.peer(), offered.root())) {
            blocks.named(answer.peer(), offered.root(), attempt);
        }
    }

    private void noteWhole(PeerId id, Attempt attempt) {
        if (attempt.manifest().isPresent() && providers.isVoucher(id, attempt)) {
            relays.completed(id, attempt);
        }
    }

    /** Not what a session says that is still to end, though its peer is gone. */
    private boolean isHeard(PeerId id) {
        return providers.find(id) != null && !providers.isBlamed(id);
    }

    private Verdict told(PeerSession.Told told, Attempt attempt) {
        PeerId id = told.peer();
        if (!isHeard(id)) {
            return GO_ON;
        }
        if (relays.claims().told(id, told.root(), told.blocks())) {
            blocks.named(id, told.root(), attempt);
            relays.note(id, told.root(), told.blocks(), attempt);
        } else if (attempt.follows(told.root())) {
            blocks.exclude(id, Offence.MALFORMED, "it tells of blocks beyond the last", attempt);
        }
        return changed(id, attempt);
    }

    // What is followed.

    private Verdict manifestPart(PeerEvent.ManifestPart part, Attempt attempt) {
        if (attempt.manifest().isPresent()) {
            return GO_ON;
        }
        try {
            Optional<Manifest> whole = manifests.answered(part, lanes.nowMillis());
            if (whole.isPresent()) {
                return follow(whole.get(), attempt);
            }
        } catch (FormatException e) {
            blocks.exclude(part.peer(), Offence.MALFORMED, String.valueOf(e.getMessage()), attempt);
        }
        return evaluate(attempt);
    }

    /** Asks for what is missing of a manifest; the verdict, when a page came ahead, or one is whole and followed from now on. */
    private Optional<Verdict> followed(Attempt attempt, long nowMillis) {
        manifests.ask(attempt, nowMillis);
        // At once: that its peer is gone may be the next that is heard. There is one such page, so this ends.
        Optional<PeerEvent.ManifestPart> ahead = manifests.ahead(attempt);
        return ahead.isPresent()
                ? ahead.map(page -> manifestPart(page, attempt))
                : manifests.whole(nowMillis).map(whole -> follow(whole, attempt));
    }

    private Verdict follow(Manifest manifest, Attempt attempt) {
        relays.relaying().begin(attempt.file(), manifest, lanes.now());
        manifests.follow(manifest, attempt);
        prospects.begin(attempt);
        blocks.begin(manifest, attempt);
        return attempt.scheduler().hasSources() ? new Verdict.Fetching() : prospects.lost(attempt);
    }

    private Verdict found(PeerEvent.BlocksFound found, Attempt attempt) {
        wrongRoots.reused(manifests.found(found, attempt));
        found.blocks().stream().forEach(relays.relaying()::add);
        relays.relaying().tell(lanes.now());
        headway.made(lanes.nowMillis());
        return evaluate(attempt);
    }

    /** Who answers for roots that prove wrong. */
    WrongRoots wrongRoots() {
        return wrongRoots;
    }

    /**
     * Whether another root, or another peer, is worth a try after one was wrong. As long as a first answer would have been
     * waited for, so is the next: a liar may only have been the first to connect.
     */
    boolean worthAsking() {
        return !wrongRoots.areTooMany() && (election.best().isPresent() || lanes.nowMillis() <= deadlineMillis);
    }

    long requeued(Attempt current) {
        return requeuedBefore + current.scheduler().requeued();
    }

    /** Ends the lanes of an attempt that is over. */
    void close(Attempt over) {
        requeuedBefore += over.scheduler().requeued();
        relays.renew();
        pause(over);
    }

    /** Tells those who asked what has come, though nothing comes any more. */
    void tell() {
        relays.relaying().tell(lanes.now());
    }

    /** Whether those who asked have been told all that has come. */
    boolean haveHeard() {
        return relays.relaying().hasToldAll();
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
    void stop(Attempt attempt) {
        pause(attempt);
        relays.stop();
        providers.stop();
    }

    /** Asks for nothing more; what is known of the peers stays. */
    void pause(Attempt attempt) {
        discovery.stop();
        manifests.pause();
        blocks.pause(attempt);
    }
}
