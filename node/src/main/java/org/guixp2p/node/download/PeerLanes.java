// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.PeerId;

/** The {@link PeerLane}s of one download, and what each is asked for. Part of the {@link Download} actor, on its thread. */
final class PeerLanes {
    /** A trickle is none. */
    private static final long SIGN_OF_LIFE_BYTES = 4096;
    private static final long SHORTEST_SLEEP_NANOS = 1_000_000;

    private final ActorContext<Download.Command> context;
    private final NarRequest request;
    private final DownloadContext node;
    private final Map<PeerId, Open> lanes = new HashMap<>();
    /** Of lanes that are closed, by number, the blocks that have come and not come to an outcome. */
    private final Map<Integer, Set<Integer>> settling = new HashMap<>();
    /** Blocks that are asked for without a prefix. */
    private final BitSet alone = new BitSet();
    private final BlockBudget.Share budget;
    private final HeadStart headStart;
    private final Reading reading;
    private final long startedNanos = System.nanoTime();
    private WriteGate gate = new WriteGate();
    private Cancellable wake = Cancellable.alreadyCancelled();
    private long wakeNanos;
    private int opened;
    /** Whether somebody was not asked the last time for want of memory. */
    private boolean refused;

    private static final class Open {
        private final int number;
        private final ActorRef<PeerSession.Command> session;
        private final PeerLane lane;
        /** Blocks asked for, that have not come to an outcome. */
        private final Set<Integer> owed = new HashSet<>();
        /** Blocks that are here, likewise. Others write it. */
        private final Set<Integer> here;
        /** As far as counted, and known from when on. */
        private long received = -1;
        private long heard;

        private Open(int number, ActorRef<PeerSession.Command> session, PeerLane lane, Set<Integer> here) {
            this.number = number;
            this.session = session;
            this.lane = lane;
            this.here = here;
        }

        /** Of those the ones that are here. */
        private Set<Integer> given() {
            Set<Integer> given = new HashSet<>(owed);
            given.retainAll(here);
            return given;
        }

        private void want(int block, IntPredicate there) {
            owed.add(block);
            lane.want(block, there);
        }

        private void wantAlone(int block) {
            owed.add(block);
            lane.wantAlone(block);
        }
    }

    /** What those who read the download want of it. */
    interface Reading {
        /** Whether nobody has asked for the NAR so far. */
        boolean isAhead();

        /** Whether somebody waits for the first block that is missing. */
        boolean waits();

        /** Whether what is fetched ahead has blocks to ask for, too. */
        boolean isWorkAhead();

        /** How many bytes from the first on they can do with for now. */
        long wanted();
    }

    PeerLanes(ActorContext<Download.Command> context, NarRequest request, DownloadContext node, Reading reading) {
        this.context = context;
        this.request = request;
        this.node = node;
        this.reading = reading;
        this.budget = node.budget().share();
        this.headStart = new HeadStart(context.getSelf(), request.hash(), budget);
    }

    /** What one peer is asked for before it has a lane. */
    HeadStart headStart() {
        return headStart;
    }

    /** Whether one more may be opened, to a peer that has none. */
    boolean hasRoomFor(PeerId peer) {
        return !lanes.containsKey(peer) && lanes.size() < node.config().transfers().maxPeersPerDownload();
    }

    /** Whether one more may be opened to a relay: a place is kept for somebody who has all. */
    boolean hasRoomForRelay(PeerId peer) {
        return hasRoomFor(peer) && lanes.size() < node.config().transfers().maxPeersPerDownload() - 1;
    }

    /**
     * Opens a lane to a peer that has the NAR; what it was asked for already counts as asked.
     *
     * @param part the blocks that it has; nothing when it has the whole
     * @return the lane's number
     */
    int open(PeerId peer, Providers.Peer known, Manifest manifest, Attempt attempt, Optional<BitSet> part) {
        int attemptNumber = attempt.number();
        int number = ++opened;
        ActorRef<Download.Command> self = context.getSelf();
        part.ifPresentOrElse(has -> attempt.scheduler().addRelay(peer, has, known.slots),
                () -> attempt.scheduler().addComplete(peer, known.slots));
        var begun = headStart.handOver(peer, (block, since) -> attempt.scheduler().asked(peer, block, since));
        Set<Integer> here = ConcurrentHashMap.newKeySet();
        begun.replaceAll((block, answer) -> noted(answer, here));
        List<Integer> blocks = List.copyOf(begun.keySet());
        PeerLane.Fetch fetch = (block, prefixed) -> {
            CompletionStage<PeerSession.BlockReply> asked = begun.remove(block);
            if (asked != null) {
                return asked;
            }
            CompletableFuture<PeerSession.BlockReply> answer = known.questions.ask(block);
            CompletionStage<PeerSession.BlockReply> noted = noted(answer, here);
            known.session.tell(new PeerSession.FetchBlock(request.hash(), manifest.root(), block, prefixed,
                    answer::complete));
            return noted;
        };
        PeerLane lane = new PeerLane(context.getSystem(), manifest, attempt.file(), fetch, gate,
                node.disk(), result -> {
                    budget.giveBack();
                    self.tell(new PeerEvent.LaneResult(attemptNumber, peer, number, result));
                });
        Open open = new Open(number, known.session, lane, here);
        lanes.put(peer, open);
        blocks.forEach(open::wantAlone);
        return number;
    }

    /** An answer of which it is known that it is here before anybody looks at it. */
    private static CompletionStage<PeerSession.BlockReply> noted(CompletionStage<PeerSession.BlockReply> answer,
            Set<Integer> here) {
        return answer.thenApply(reply -> {
            if (reply instanceof PeerSession.BlockReceived) {
                here.add(reply.index());
            }
            return reply;
        });
    }

    /** Asks each peer for as much as it may owe, once it is known what is there. */
    void drive(Attempt attempt) {
        if (attempt.earlier().isPresent()) {
            return;
        }
        long now = now();
        refused = false;
        boolean waits = reading.waits();
        BlockScheduler<PeerId> scheduler = attempt.scheduler();
        scheduler.askBefore(Math.clamp(reading.wanted() / BlockLayout.BLOCK_BYTES, 0, attempt.layout().count()));
        scheduler.spareLinks(reading.isWorkAhead());
        lanes.forEach((peer, open) -> {
            for (Optional<BlockScheduler.Ask<PeerId>> ask = next(scheduler, peer, now, waits); ask
                    .isPresent(); ask = next(scheduler, peer, now, waits)) {
                int block = ask.get().block();
                PeerId slow = ask.get().instead();
                if (slow != null) {
                    cancel(slow, block, attempt);
                }
                want(peer, open, block, scheduler);
            }
        });
        wakeAt(scheduler.nextChange(now), now);
    }

    /** What to ask of a peer, when there is memory for it. */
    private Optional<BlockScheduler.Ask<PeerId>> next(BlockScheduler<PeerId> scheduler, PeerId peer, long now,
            boolean waits) {
        if (!budget.take(scheduler.owed(peer))) {
            refused = true;
            return Optional.empty();
        }
        Optional<BlockScheduler.Ask<PeerId>> ask = scheduler.next(peer, now, waits);
        if (ask.isEmpty()) {
            budget.giveBack();
        }
        return ask;
    }

    /** What does not compress is not worth reading others for. */
    private void want(PeerId peer, Open open, int block, BlockScheduler<PeerId> scheduler) {
        if (alone.get(block) || !scheduler.compresses(peer)) {
            open.wantAlone(block);
        } else {
            open.want(block, scheduler::isDone);
        }
    }

    /** A block that came with a prefix which is not here is asked for by itself. */
    void unreadable(PeerId peer, int block, Attempt attempt) {
        alone.set(block);
        attempt.scheduler().returned(peer, block, now());
    }

    /** A peer that is late, or was busy, is looked at when it is time, though nothing comes from it. */
    private void wakeAt(long at, long now) {
        if (at == Long.MAX_VALUE || (wakeNanos > now && wakeNanos <= at)) {
            return;
        }
        wake.cancel();
        wakeNanos = Math.max(at, now + SHORTEST_SLEEP_NANOS);
        wake = context.scheduleOnce(Duration.ofNanos(wakeNanos - now), context.getSelf(), new PeerEvent.Wake());
    }

    /** Nanoseconds since the download began; goes on evenly when the clock is set. */
    long now() {
        return System.nanoTime() - startedNanos;
    }

    /** As {@link #now}, in milliseconds. */
    long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(now());
    }

    /** Another peer has given the block, or is to give it: this one may spare itself the work. */
    void cancel(PeerId peer, int block, Attempt attempt) {
        Open open = lanes.get(peer);
        if (open != null) {
            int number = attempt.number();
            cancel(open, block, bytes -> new PeerEvent.BlockCrossed(number, block, bytes));
        }
    }

    private void cancel(Open open, int block, IntFunction<PeerEvent> crossed) {
        ActorRef<Download.Command> self = context.getSelf();
        open.session.tell(new PeerSession.CancelBlock(request.hash(), block,
                bytes -> self.tell(crossed.apply(bytes))));
    }

    /**
     * A block came to an outcome.
     *
     * @return whether the lane was waiting for it; false when that was closed meanwhile, though the peer may have another one
     */
    boolean answered(PeerEvent.LaneResult event, Attempt attempt) {
        int block = event.result().block();
        Set<Integer> settles = settling.getOrDefault(event.lane(), Set.of());
        if (settles.contains(block)) {
            settled(event.lane(), settles, block);
            if (!(event.result().outcome() instanceof PeerLane.Outcome.Stored)) {
                attempt.scheduler().cameToNothing(block);
            }
        }
        Open open = lanes.get(event.peer());
        if (open == null || open.number != event.lane()) {
            return false;
        }
        open.here.remove(block);
        return open.owed.remove(block);
    }

    private void settled(int lane, Set<Integer> settles, int block) {
        settles.remove(block);
        if (settles.isEmpty()) {
            settling.remove(lane);
        }
    }

    /** Asks a peer for nothing more; what it owes goes back, but for what is here and yet to be verified. */
    void close(PeerId peer, Attempt attempt) {
        take(peer, attempt).ifPresent(this::close);
    }

    /** As {@link #close}, of a peer that is gone: there is nobody to be told. */
    void lost(PeerId peer, Attempt attempt) {
        take(peer, attempt).ifPresent(open -> open.lane.close());
    }

    private Optional<Open> take(PeerId peer, Attempt attempt) {
        Open open = lanes.remove(peer);
        Set<Integer> given = open == null ? Set.of() : open.given();
        if (open != null && !given.isEmpty()) {
            settling.put(open.number, given);
        }
        attempt.scheduler().remove(peer, given::contains);
        return Optional.ofNullable(open);
    }

    /** The number of a peer's lane, if it has one. */
    OptionalInt numberOf(PeerId peer) {
        Open open = lanes.get(peer);
        return open == null ? OptionalInt.empty() : OptionalInt.of(open.number);
    }

    /** Those of all that are not closed. */
    IntStream numbers() {
        return lanes.values().stream().mapToInt(open -> open.number);
    }

    /** Whether something may yet be stored of a lane. */
    boolean mayGive(int lane) {
        return settling.containsKey(lane) || numbers().anyMatch(number -> number == lane);
    }

    /**
     * Whether it is this node that does not get on: all that peers were asked for is here and is yet to be verified and written, or they
     * are not asked for want of memory. Who is busy owes nothing, and is waited for.
     */
    boolean isHeldUp() {
        boolean waiting = lanes.values().stream().anyMatch(open -> !open.here.containsAll(open.owed));
        return !waiting && !lanes.isEmpty()
                && (refused || lanes.values().stream().anyMatch(open -> !open.owed.isEmpty()));
    }

    /** Whether something may yet be stored of a lane that is closed. It is settled soon: nothing more comes. */
    boolean isSettling() {
        return !settling.isEmpty();
    }

    /** What is owed is not waited for: the peer may spare itself the work, and its link. */
    private void close(Open open) {
        open.owed.forEach(block -> cancel(open, block, PeerEvent.BlockDiscarded::new));
        open.lane.close();
    }

    /** Asks each peer's session how much has come of what it gives. */
    void countBytes() {
        ActorRef<Download.Command> self = context.getSelf();
        lanes.forEach((peer, open) -> open.session.tell(new PeerSession.CountBytes(
                total -> self.tell(new PeerEvent.BytesReceived(peer, open.session, total)))));
    }

    /** How much has come since it was counted last. A peer that sends, however slowly, has not stalled. */
    long newBytes(PeerEvent.BytesReceived counted, Attempt attempt) {
        Open open = lanes.get(counted.peer());
        if (open == null || !open.session.equals(counted.session())) {
            return 0;
        }
        long before = open.received < 0 ? counted.total() : open.received;
        open.received = counted.total();
        if (counted.total() - open.heard >= SIGN_OF_LIFE_BYTES) {
            open.heard = counted.total();
            attempt.scheduler().heard(counted.peer(), now());
        }
        return counted.total() - before;
    }

    /**
     * Asks nobody for anything more; what is owed goes back. What is still under way may not be written over what comes from
     * elsewhere.
     */
    void closeAll(Attempt attempt) {
        gate.close();
        gate = new WriteGate();
        headStart.stop();
        attempt.scheduler().removeAll();
        lanes.values().forEach(this::close);
        lanes.clear();
        settling.clear();
        alone.clear();
        wake.cancel();
        wakeNanos = 0;
    }
}
