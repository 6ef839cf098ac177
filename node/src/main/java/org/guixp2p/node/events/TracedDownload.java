// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.download.DownloadTrace;
import org.guixp2p.node.download.NarRequest;
import org.guixp2p.node.download.PeersOver;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/** How one download goes, as events; in the end all of it as a record. What may be much is bounded. Safe for several threads. */
final class TracedDownload implements DownloadTrace {
    private static final long TOGETHER_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final double NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final String DONE = "done";
    private static final String FAILED = "failed";
    private static final String SERVERS = "servers";
    static final String METADATA = "metadata";
    private static final String VERIFYING = "verifying";
    /** What takes less is not told of. */
    static final long TOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** Phases, turns and troubles that are remembered. */
    static final int MOST = 32;

    private final long number;
    private final NarRequest request;
    private final Instant began;
    private final EventSink events;
    private final LongSupplier nanos;
    private final Consumer<BuildStatus> history;
    private final Consumer<TransferStatus> ended;
    private final String path;
    private final long begunNanos;
    private final List<BuildStatus.Phase> phases = new ArrayList<>();
    private final List<Why.Turn> turns = new ArrayList<>();
    private final List<BuildStatus.Trouble> troubles = new ArrayList<>();
    private final Map<String, Received> received = new LinkedHashMap<>();
    private String phase = "";
    private long phaseNanos;
    private long receivedNanos;
    private long lastReceivedNanos;
    private int attempt;
    private long requeued;
    private boolean recorded;
    /** What has come to nothing since it is at what it is at. */
    private Why.@Nullable Turn over;

    private record Received(long blocks, long bytes) {}

    /**
     * @param history takes the record, once nothing more comes
     * @param ended takes what it was at the end, once nobody reads it any more
     */
    TracedDownload(long number, NarRequest request, Instant began, EventSink events, LongSupplier nanos,
            Consumer<BuildStatus> history, Consumer<TransferStatus> ended) {
        this.number = number;
        this.request = request;
        this.began = began;
        this.events = events;
        this.nanos = nanos;
        this.history = history;
        this.ended = ended;
        this.path = request.path().path();
        this.begunNanos = nanos.getAsLong();
        this.lastReceivedNanos = begunNanos;
        if (request.lookedUp().toNanos() >= TOLD_NANOS) {
            addPhase(METADATA, request.lookedUp().toNanos() / NANOS);
        }
        events.publish(new NodeEvent.DownloadStarted(number, path, request.hash().toString(),
                request.size().bytes()));
    }

    @Override
    public long number() {
        return number;
    }

    private double seconds(long sinceNanos) {
        return (nanos.getAsLong() - sinceNanos) / NANOS;
    }

    @Override
    public synchronized void at(String state) {
        if (state.equals(phase)) {
            return;
        }
        endPhase(state);
        phase = state;
        phaseNanos = nanos.getAsLong();
        switch (state) {
            case DONE -> events.publish(new NodeEvent.DownloadSucceeded(number, path, seconds(begunNanos)));
            // With its reason, once that is known.
            case FAILED -> tellReceived();
            default -> {
                tellTurn();
                events.publish(new NodeEvent.PhaseChanged(number, path, state));
            }
        }
    }

    /** It is at something else because of what has come to nothing. */
    private void tellTurn() {
        Why.Turn before = over;
        over = null;
        if (before != null && before.ofPeers() && phase.equals(SERVERS)) {
            events.publish(new NodeEvent.FellBackToHttp(number, path, before.reason()));
        } else if (before != null && !before.ofPeers() && !phase.equals(SERVERS)) {
            events.publish(new NodeEvent.FellBackToPeers(number, path, before.reason()));
        }
    }

    private void endPhase(String next) {
        tellReceived();
        if (phase.isEmpty() || isOver()) {
            return;
        }
        // Blocks are verified as they come: what is told by itself is what was left of that when the last had come.
        boolean verified = next.equals(DONE) && lastReceivedNanos - phaseNanos > 0
                && nanos.getAsLong() - lastReceivedNanos >= TOLD_NANOS;
        if (verified) {
            addPhase(phase, (lastReceivedNanos - phaseNanos) / NANOS);
            addPhase(VERIFYING, seconds(lastReceivedNanos));
        } else {
            addPhase(phase, seconds(phaseNanos));
        }
    }

    private void addPhase(String name, double seconds) {
        if (phases.size() < MOST) {
            phases.add(new BuildStatus.Phase(name, seconds));
        }
    }

    private boolean isOver() {
        return phase.equals(DONE) || phase.equals(FAILED);
    }

    @Override
    public synchronized void received(String source, long bytes) {
        if (received.size() >= MOST && !received.containsKey(source)) {
            tellReceived();
        }
        // What was on the disk comes all at once.
        lastReceivedNanos = nanos.getAsLong();
        received.merge(source, new Received(Math.ceilDiv(bytes, BlockLayout.BLOCK_BYTES), bytes),
                (before, more) -> new Received(before.blocks() + more.blocks(), before.bytes() + more.bytes()));
        if (nanos.getAsLong() - receivedNanos >= TOGETHER_NANOS) {
            tellReceived();
        }
    }

    private void tellReceived() {
        receivedNanos = nanos.getAsLong();
        received.forEach((source, some) -> events
                .publish(new NodeEvent.BlocksReceived(number, path, source, some.blocks(), some.bytes())));
        received.clear();
    }

    @Override
    public synchronized void requeued(int of, long total) {
        long before = of == attempt ? requeued : 0;
        attempt = of;
        requeued = total;
        if (total > before) {
            events.publish(new NodeEvent.BlocksRequeued(number, path, total - before));
        }
    }

    @Override
    public void corrupt(PeerId peer, int block) {
        events.publish(new NodeEvent.CorruptBlock(number, path, peer.toString(), block));
    }

    @Override
    public synchronized void excluded(PeerId peer, String reason) {
        trouble(peer, reason);
    }

    @Override
    public synchronized void lost(PeerId peer, String reason) {
        trouble(peer, reason);
    }

    /** The first one of each peer: what follows comes of it, as that the connection is lost. */
    private void trouble(PeerId peer, String reason) {
        boolean isKnown = troubles.stream().anyMatch(each -> each.peerId().equals(peer.toString()));
        if (!isKnown && troubles.size() < MOST) {
            troubles.add(new BuildStatus.Trouble(peer.toString(), NodeEvent.cut(reason)));
        }
    }

    @Override
    public void restarted(String reason) {
        events.publish(new NodeEvent.RootChanged(number, path, reason));
    }

    @Override
    public synchronized void peersOver(PeersOver why, String reason) {
        turn(new Why.Turn(Optional.of(why), NodeEvent.cut(reason)));
    }

    @Override
    public synchronized void serversOver(String reason) {
        turn(new Why.Turn(Optional.empty(), NodeEvent.cut(reason)));
    }

    private void turn(Why.Turn turn) {
        over = turn;
        if (turns.size() < MOST) {
            turns.add(turn);
        }
    }

    @Override
    public synchronized void over(TransferStatus status) {
        if (recorded) {
            return;
        }
        recorded = true;
        boolean done = phase.equals(DONE);
        endPhase(FAILED);
        phase = done ? DONE : FAILED;
        if (!done) {
            String failure = status.failure();
            events.publish(new NodeEvent.DownloadFailed(number, path, status.seconds(),
                    failure == null ? "nobody says why" : failure));
        }
        history.accept(Why.build(request, done, began.toString(), phases, turns, troubles, status));
    }

    @Override
    public synchronized void ended(TransferStatus last) {
        // Whoever wanted it may have gone before.
        over(last);
        ended.accept(last);
    }
}
