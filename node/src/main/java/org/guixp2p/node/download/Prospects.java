// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.time.Duration;
import java.util.Optional;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Whether the peers whose blocks are under way are worth waiting for: that something comes, that somebody is left to give the rest, and
 * that no server would have had it long before. Part of the {@link PeerSide}, for one thread.
 */
final class Prospects {
    private static final long RELAY_PATIENCE_MILLIS = 3_000;
    /** Peers that bring little are looked at so often before they count as stalled. */
    private static final int WINDOWS = 3;
    /** What has come is counted, and known a moment later: where this machine had no time to look, that may be all there was to wait for. */
    private static final long COUNTED_MILLIS = 250;
    private static final Verdict GO_ON = new Verdict.GoOn();

    private final NarRequest request;
    private final Duration stallTimeout;
    private final Headway headway;
    private final PeerLanes lanes;
    private final Providers providers;
    private final ManifestFetch manifests;
    private final BlockFetch blocks;
    private final PeerLanes.Reading reading;
    private final FasterServers faster;
    private long hopelessMillis;
    private long stalledMillis;

    Prospects(NarRequest request, Duration stallTimeout, Headway headway, PeerLanes lanes, Providers providers,
            ManifestFetch manifests, BlockFetch blocks, PeerLanes.Reading reading) {
        this.request = request;
        this.stallTimeout = stallTimeout;
        this.headway = headway;
        this.lanes = lanes;
        this.providers = providers;
        this.manifests = manifests;
        this.blocks = blocks;
        this.reading = reading;
        this.faster = new FasterServers(window(stallTimeout));
    }

    /** How long sources are looked at before they count as slow. */
    static Duration window(Duration stallTimeout) {
        return stallTimeout.dividedBy(WINDOWS);
    }

    /** Blocks are fetched from now on. */
    void begin(Attempt attempt) {
        hopelessMillis = 0;
        stalledMillis = 0;
        measure(attempt);
    }

    /** What comes is measured from now on. */
    private void measure(Attempt attempt) {
        faster.begin(attempt.scheduler().doneCount(), lanes.nowMillis());
    }

    /** So many bytes of blocks have come. */
    void received(long bytes) {
        headway.received(bytes, lanes.nowMillis());
        faster.received(bytes);
    }

    /** How it stands after a while. */
    Verdict look(Attempt attempt, Optional<ServerSide> servers) {
        long now = lanes.nowMillis();
        if (attempt.scheduler().isHeldBack()) {
            // It is the reader who does not get on.
            headway.made(now);
            measure(attempt);
            return GO_ON;
        }
        if (isStalled(now) && !attempt.scheduler().isComplete()) {
            blocks.allStalled();
            return new Verdict.Exhausted(PeersOver.FAILED, "no block came for " + stallTimeout.toSeconds() + " s");
        }
        Optional<Verdict.Slower> slower = slower(attempt, servers, now);
        return slower.isPresent() ? slower.get() : hope(attempt);
    }

    /** Whether nothing came for so long, and did not turn out to have come meanwhile. */
    boolean isStalled(long now) {
        if (!headway.isStalled(now, stallTimeout.toMillis())) {
            stalledMillis = 0;
            return false;
        }
        stalledMillis = stalledMillis == 0 ? now : stalledMillis;
        return now - stalledMillis >= COUNTED_MILLIS;
    }

    private Optional<Verdict.Slower> slower(Attempt attempt, Optional<ServerSide> servers, long now) {
        if (reading.isAhead() || !reading.waits() || attempt.earlier().isPresent() || lanes.isHeldUp()) {
            // It takes what others leave, nobody waits for it, what lies on the disk is looked through first, or the disk does not keep up.
            measure(attempt);
        }
        int done = attempt.scheduler().doneCount();
        return faster.look(servers.flatMap(ServerSide::expected), done, attempt.layout().count() - done, now);
    }

    /**
     * Whether somebody is left to give the rest. Relays that have nothing new may yet get it, or know already: what they tell is some
     * moments old. And lanes that are closed may have brought what is missing.
     */
    Verdict hope(Attempt attempt) {
        BlockScheduler<PeerId> scheduler = attempt.scheduler();
        if (scheduler.isComplete() || scheduler.hasHope() || lanes.isSettling()) {
            hopelessMillis = 0;
            return GO_ON;
        }
        hopelessMillis = hopelessMillis == 0 ? lanes.nowMillis() : hopelessMillis;
        return !scheduler.hasSources() || lanes.nowMillis() - hopelessMillis >= RELAY_PATIENCE_MILLIS
                ? lost(attempt)
                : GO_ON;
    }

    /**
     * Nobody is left who has what is followed. Others may have something else; without them, and without servers to turn to,
     * peers get the stall time to come back.
     */
    Verdict lost(Attempt attempt) {
        boolean voucher = attempt.manifest().filter(followed -> !providers.vouchersFor(followed.root()).isEmpty())
                .isPresent();
        if (!voucher && manifests.hasCandidates()) {
            return new Verdict.Abandoned("nobody is left who stands for what was followed");
        }
        return request.policy() == SubstitutePolicy.P2P_FIRST
                ? new Verdict.Exhausted(PeersOver.FAILED, "the peers that had it are gone")
                : GO_ON;
    }
}
