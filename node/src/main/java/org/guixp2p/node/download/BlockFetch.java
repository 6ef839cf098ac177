// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.RefusalReason;

/**
 * Fetches the blocks of the manifest that is followed: who has a {@link PeerLane}, what comes of what lanes answer, and who
 * has no further part in the download. Part of the {@link Download} actor, on its thread.
 */
final class BlockFetch {
    private final ActorContext<Download.Command> context;
    private final NarRequest request;
    private final DownloadContext node;
    private final Tally tally;
    private final Headway headway;
    private final PeerLanes lanes;
    private final Providers providers;
    private final RelaySide relays;
    private final ManifestFetch manifests;
    private final PeerReports reports;

    /** @param headway is told of each block that comes */
    BlockFetch(ActorContext<Download.Command> context, NarRequest request, DownloadContext node, Tally tally,
            Headway headway, PeerLanes lanes, Providers providers, RelaySide relays, ManifestFetch manifests) {
        this.context = context;
        this.request = request;
        this.node = node;
        this.tally = tally;
        this.headway = headway;
        this.lanes = lanes;
        this.providers = providers;
        this.relays = relays;
        this.manifests = manifests;
        this.reports = new PeerReports(node.reputation(), lanes::nowMillis);
    }

    // Whom to ask.

    /** A manifest is followed: blocks that are on their way are asked of nobody else. */
    void begin(Manifest manifest, Attempt attempt) {
        lanes.headStart().peerOf(manifest.root()).ifPresent(first -> addLane(first, manifest, attempt));
        lanes.headStart().stop();
        addLanes(attempt);
        lanes.drive(attempt);
    }

    /** Opens lanes to those who have it and have none, as many as may be. */
    void addLanes(Attempt attempt) {
        attempt.manifest().ifPresent(manifest -> {
            Set<PeerId> vouchers = providers.vouchersFor(manifest.root());
            best(vouchers.stream().filter(id -> !providers.isBlamed(id) && lanes.hasRoomFor(id)).toList())
                    .forEach(id -> addLane(id, manifest, attempt));
            best(relays.claims().relaysOf(manifest.root()).stream()
                    .filter(id -> !vouchers.contains(id) && !providers.isBlamed(id) && lanes.hasRoomForRelay(id))
                    .toList()).forEach(id -> addLane(id, manifest, attempt));
            relays.share(attempt, vouchers, lanes.now());
        });
    }

    private List<PeerId> best(List<PeerId> peers) {
        return peers.isEmpty() ? peers : node.reputation().rank(peers);
    }

    private void addLane(PeerId id, Manifest manifest, Attempt attempt) {
        Providers.Peer peer = providers.find(id);
        boolean whole = providers.isVoucher(id, attempt);
        if (peer != null && (whole ? lanes.hasRoomFor(id) : lanes.hasRoomForRelay(id))) {
            long now = lanes.now();
            int lane = lanes.open(id, peer, manifest, attempt,
                    whole ? Optional.empty() : Optional.of(relays.blocks(id)));
            reports.begin(lane, id, TimeUnit.NANOSECONDS.toMillis(now - lanes.headStart().askedAt(id, now)));
        }
    }

    /** Asks each for as much as it may owe. */
    void drive(Attempt attempt) {
        lanes.drive(attempt);
        tally.requeued(attempt);
        for (BlockScheduler.Slow<PeerId> slow : attempt.scheduler().takeSlow()) {
            lanes.numberOf(slow.source()).ifPresent(slow.stalled() ? reports::stalled : reports::late);
        }
    }

    // What they answer.

    /** Takes what a lane says; what is wrong with this machine, if that is it. */
    Optional<Verdict> answered(PeerEvent.LaneResult event, Attempt attempt) {
        PeerId id = event.peer();
        int block = event.result().block();
        BlockScheduler<PeerId> scheduler = attempt.scheduler();
        long now = lanes.now();
        boolean owed = lanes.answered(event, attempt);
        switch (event.result().outcome()) {
            case PeerLane.Outcome.Stored stored when owed -> {
                stored(event, stored.bytes(), attempt);
                scheduler.received(id, block, stored.bytes(), now).forEach(late -> lanes.cancel(late, block, attempt));
                scheduler.answered(id, stored.compressed());
            }
            // The peer may owe the same block to another lane by now.
            case PeerLane.Outcome.Stored stored -> {
                stored(event, stored.bytes(), attempt);
                scheduler.have(block).forEach(late -> lanes.cancel(late, block, attempt));
            }
            case PeerLane.Outcome.Unreadable _ when owed -> lanes.unreadable(id, block, attempt);
            case PeerLane.Outcome.Busy busy when owed ->
                scheduler.busy(id, block, now + TimeUnit.MILLISECONDS.toNanos(busy.retryAfterMillis()), now);
            case PeerLane.Outcome.Missing missing when owed -> {
                context.getLog().debug("block {} of {} from {}: {}", block, request.path(), id, missing.reason());
                // Otherwise another one was quicker, or was asked instead, and it was told so.
                if (scheduler.failed(id, block, now)) {
                    reports.failed(event.lane());
                }
            }
            case PeerLane.Outcome.Refused refused when owed -> {
                scheduler.failed(id, block, now);
                refused(event, refused.reason(), attempt);
            }
            case PeerLane.Outcome.Unreadable _,PeerLane.Outcome.Busy _,PeerLane.Outcome.Missing _,PeerLane.Outcome.Refused _ ->
                context.getLog().trace("its lane is closed: it went back");
            case PeerLane.Outcome.Corrupt _ -> {
                tally.corrupt(id, block);
                exclude(id, Offence.CORRUPT_BLOCK, "block " + block + " does not match the manifest it stands for",
                        attempt);
            }
            case PeerLane.Outcome.DiskFault fault -> {
                return Optional.of(new Verdict.OwnFault("cannot write the partial NAR: " + fault.reason()));
            }
        }
        if (!owed) {
            endReports();
        }
        return Optional.empty();
    }

    private void stored(PeerEvent.LaneResult event, int bytes, Attempt attempt) {
        int block = event.result().block();
        if (attempt.scheduler().isDone(block)) {
            tally.duplicated(bytes);
        } else {
            headway.made(lanes.nowMillis());
            attempt.usedPeers();
            tally.received(event.peer().toString(), block, bytes);
            reports.stored(event.lane(), bytes);
        }
        relays.relaying().add(block);
        relays.relaying().tell(lanes.now());
    }

    /** It has it no more, or not any longer for us. It may offer it to the next download. */
    private void refused(PeerEvent.LaneResult event, RefusalReason reason, Attempt attempt) {
        PeerId id = event.peer();
        int block = event.result().block();
        if (reason == RefusalReason.NOT_HERE && !providers.isVoucher(id, attempt)) {
            // It may follow another root by now, or have claimed too much: that block it has not.
            attempt.scheduler().relayHas(id, block, false);
            if (!relays.claims().refused(id, block)) {
                return;
            }
            reports.failed(event.lane());
        } else {
            relays.claims().withdrawn(id);
            if (providers.isVoucher(id, attempt)) {
                // Who says so while it gives it is not to blame: the item was collected, or is not given any longer.
                reports.notHere(event.lane());
                tally.lost(id, "it gives it no more: " + reason.token());
            }
        }
        context.getLog().info("{}: peer {} does not give it any more: {}", request.path(), id, reason.token());
        dismiss(id, attempt);
    }

    // Who has no further part.

    /** A peer that is caught out has no further part in this download. */
    void exclude(PeerId id, Offence offence, String reason, Attempt attempt) {
        if (!providers.blame(id)) {
            return;
        }
        context.getLog().warn("{}: peer {} is asked no more: {}", request.path(), id, reason);
        tally.excluded(id, reason);
        dismiss(id, attempt);
        node.swarm().tell(new Swarm.Misbehaved(id, offence, reason));
    }

    /**
     * A relay names a root. When it is another one than what is followed, all it owes would be refused, and it is to be asked
     * no more before it is back.
     */
    void named(PeerId id, Sha256 root, Attempt attempt) {
        if (attempt.manifest().isPresent() && !attempt.follows(root) && !providers.isVoucher(id, attempt)) {
            lanes.close(id, attempt);
            endReports();
        }
    }

    /** A peer stands for nothing any more, and is asked for nothing. */
    void dismiss(PeerId id, Attempt attempt) {
        manifests.forget(id);
        lanes.close(id, attempt);
        endReports();
    }

    /** What came over a lane before it was closed still counts, once it is known to be right. */
    private void endReports() {
        reports.endBut(lanes::mayGive);
    }

    /** No peer gave anything for so long that the download turns elsewhere. */
    void allStalled() {
        lanes.numbers().forEach(reports::stalled);
    }

    /** Asks nobody for anything more. */
    void pause(Attempt attempt) {
        lanes.closeAll(attempt);
        endReports();
    }
}
