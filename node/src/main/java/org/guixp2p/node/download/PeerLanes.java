// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.PeerId;

/** The {@link PeerLane}s of one download, and what each is asked for. Part of the {@link Download} actor, on its thread. */
final class PeerLanes {
    /** The session answers in any case, and knows best when a block will not come. */
    private static final Duration LONGEST_BLOCK = Duration.ofMinutes(10);

    private final ActorContext<Download.Command> context;
    private final NarRequest request;
    private final DownloadContext node;
    private final Map<PeerId, Open> lanes = new HashMap<>();
    private WriteGate gate = new WriteGate();

    private static final class Open {
        private final ActorRef<PeerSession.Command> session;
        private final PeerLane lane;
        /** As far as counted, and known from when on. */
        private long received = -1;

        private Open(ActorRef<PeerSession.Command> session, PeerLane lane) {
            this.session = session;
            this.lane = lane;
        }
    }

    PeerLanes(ActorContext<Download.Command> context, NarRequest request, DownloadContext node) {
        this.context = context;
        this.request = request;
        this.node = node;
    }

    /** Whether one more may be opened, to a peer that has none. */
    boolean hasRoomFor(PeerId peer) {
        return !lanes.containsKey(peer) && lanes.size() < node.config().transfers().maxPeersPerDownload();
    }

    /** Opens a lane to a peer that has the whole NAR. */
    void open(PeerId peer, ActorRef<PeerSession.Command> session, Manifest manifest, Attempt attempt) {
        int number = attempt.number();
        ActorRef<Download.Command> self = context.getSelf();
        var scheduler = context.getSystem().scheduler();
        IntFunction<CompletionStage<PeerSession.BlockReply>> fetch = block -> AskPattern.ask(session,
                reply -> new PeerSession.FetchBlock(request.hash(), manifest.root(), block, reply), LONGEST_BLOCK,
                scheduler);
        lanes.put(peer, new Open(session, new PeerLane(context.getSystem(), manifest, attempt.file(), fetch, gate,
                node.disk(), result -> self.tell(new Download.LaneResult(number, peer, result)))));
        BitSet whole = new BitSet();
        whole.set(0, attempt.layout().count());
        attempt.scheduler().add(peer, whole, PeerLane.WINDOW);
    }

    /** Asks each peer for as much as it may owe. */
    void drive(Attempt attempt) {
        long now = node.clock().millis();
        lanes.forEach((peer, open) -> {
            for (OptionalInt block = attempt.scheduler().next(peer, now); block
                    .isPresent(); block = attempt.scheduler().next(peer, now)) {
                open.lane.want(block.getAsInt());
            }
        });
    }

    /** The block is there: the peer may spare itself the work. */
    void cancel(PeerId peer, int block) {
        Open open = lanes.get(peer);
        if (open != null) {
            open.session.tell(new PeerSession.CancelBlock(request.hash(), block));
        }
    }

    /** Asks a peer for nothing more; what it owes goes back. */
    void close(PeerId peer, Attempt attempt) {
        attempt.scheduler().remove(peer);
        Open open = lanes.remove(peer);
        if (open != null) {
            open.lane.close();
        }
    }

    /** Asks each peer's session how much has come of what it gives. */
    void countBytes() {
        ActorRef<Download.Command> self = context.getSelf();
        lanes.forEach((peer, open) -> open.session.tell(new PeerSession.CountBytes(
                total -> self.tell(new Download.BytesReceived(peer, open.session, total)))));
    }

    /** How much has come since it was counted last. */
    long newBytes(Download.BytesReceived counted) {
        Open open = lanes.get(counted.peer());
        if (open == null || !open.session.equals(counted.session())) {
            return 0;
        }
        long before = open.received < 0 ? counted.total() : open.received;
        open.received = counted.total();
        return counted.total() - before;
    }

    /** Asks nobody for anything more. What is still under way may not be written over what comes from elsewhere. */
    void closeAll() {
        gate.close();
        gate = new WriteGate();
        lanes.values().forEach(open -> open.lane.close());
        lanes.clear();
    }
}
