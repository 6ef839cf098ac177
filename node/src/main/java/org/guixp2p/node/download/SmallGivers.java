// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.reputation.Transfer;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * The connected peers of whom {@link SmallNars} are asked: what they owe, who is asked for the next one, and who is late. Part of the
 * {@link Downloads} actor, on its thread.
 */
final class SmallGivers {
    /** What is answered by then of a question that was asked so much later, a peer could have answered of this one. */
    private static final long OVERTAKEN_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** How long a peer may say nothing, where another one has it, too. */
    private static final Duration SILENCE = Duration.ofSeconds(2);
    /** How many times as long as for its answer a peer has for what it answers with, where servers stand by. */
    private static final int GRACES = 4;

    private final DownloadContext node;
    private final ActorRef<PeerSession.QueryReply> nobody;
    private final BlockBudget.Share budget;
    private final Map<PeerId, SmallGiver> peers = new LinkedHashMap<>();
    /** What was asked for and not answered yet: until then it is memory. */
    private final Set<SmallNar> owed = new LinkedHashSet<>();

    /** Who is asked for the next one, and whether others say that they have it, too. */
    record Choice(PeerId peer, boolean hasOthers) {}

    /** @param nobody takes what peers say of NARs besides: what they give tells */
    SmallGivers(DownloadContext node, ActorRef<PeerSession.QueryReply> nobody) {
        this.node = node;
        this.nobody = nobody;
        this.budget = node.budget().share();
    }

    void up(Swarm.PeerUp up) {
        peers.computeIfAbsent(up.peer(), id -> new SmallGiver(up.session(), System::nanoTime));
    }

    /** A peer is gone; what it owed. */
    List<SmallNar> down(PeerId peer) {
        peers.remove(peer);
        List<SmallNar> lost = owed.stream().filter(each -> each.peer().equals(peer)).toList();
        lost.forEach(this::settle);
        return lost;
    }

    // Who is asked.

    /** Of those who say that they have it the one that owes least; nobody, when there is none, or no memory for a block. */
    Optional<Choice> choose(List<PeerId> named, boolean ahead, long nowNanos) {
        List<PeerId> able = named.stream().filter(id -> find(id).filter(peer -> peer.mayBeAsked(nowNanos)).isPresent())
                .toList();
        if (able.isEmpty() || (ahead && node.budget().isHalfUsed())) {
            return Optional.empty();
        }
        PeerId least = Collections.min(able, Comparator.comparingLong(id -> peer(id).owesBytes()));
        return budget.take(peer(least).owes()) ? Optional.of(new Choice(least, able.size() > 1)) : Optional.empty();
    }

    private Optional<SmallGiver> find(PeerId id) {
        return Optional.ofNullable(peers.get(id));
    }

    private SmallGiver peer(PeerId id) {
        return find(id).orElseThrow();
    }

    /** Whoever was chosen is asked. */
    void ask(SmallNar nar, boolean mayWait, Consumer<PeerSession.BlockReply> reply) {
        SmallGiver peer = peer(nar.peer());
        peer.asked(nar);
        owed.add(nar);
        Consumer<PeerSession.BlockReply> heard = answer -> {
            if (answer instanceof PeerSession.BlockReceived) {
                nar.arrived();
            }
            reply.accept(answer);
        };
        peer.session().tell(new PeerSession.Query(nar.request().hash(), Optional.of(first(nar, peer, heard)), mayWait,
                nobody));
    }

    private static PeerSession.First first(SmallNar nar, SmallGiver peer, Consumer<PeerSession.BlockReply> reply) {
        return new PeerSession.First(1, page -> {
            if (page instanceof PeerSession.PageReceived) {
                nar.answered();
                peer.heard();
            }
        }, reply);
    }

    /** Somebody waits for it by now. */
    void hurry(SmallNar nar) {
        find(nar.peer()).ifPresent(peer -> peer.session().tell(new PeerSession.Hurry(true)));
    }

    /** It is not wanted any more: the session says so before long, and then it is owed no more. */
    void withdraw(SmallNar nar) {
        if (owed.contains(nar)) {
            find(nar.peer()).ifPresent(peer -> peer.session()
                    .tell(new PeerSession.CancelBlock(nar.request().hash(), 0, bytes -> {})));
        }
    }

    // What they owe.

    /** There was an answer, or there will be none. */
    void settle(SmallNar nar) {
        if (owed.remove(nar)) {
            budget.giveBack();
            find(nar.peer()).ifPresent(peer -> peer.settled(nar));
        }
    }

    /** Nobody's answers are waited for any more. */
    void settleAll() {
        List.copyOf(owed).forEach(this::settle);
    }

    /** What was not answered yet, as it is now. */
    List<SmallNar> owed() {
        return List.copyOf(owed);
    }

    boolean owesNothing() {
        return owed.isEmpty();
    }

    // How they do.

    /** One came that was right. */
    void came(SmallNar nar, long nowNanos) {
        find(nar.peer()).ifPresent(peer -> peer.came(nar));
        long millis = TimeUnit.NANOSECONDS.toMillis(nowNanos - nar.askedNanos());
        node.reputation().transferred(nar.peer(), new Transfer(nar.request().size().bytes(), millis, 1, millis, 0, 0));
    }

    /** One did not come. */
    void missed(SmallNar nar, SmallBlock.Fault fault) {
        switch (fault) {
            case NOBODYS -> {
            }
            case BUSY -> find(nar.peer()).ifPresent(SmallGiver::rest);
            case FAILS, LIES -> {
                find(nar.peer())
                        .ifPresent(fault == SmallBlock.Fault.LIES ? SmallGiver::shun : SmallGiver::rest);
                node.reputation().transferred(nar.peer(), new Transfer(0, 0, 0, 0, 1, 0));
            }
        }
    }

    /** One was waited for in vain. */
    void late(SmallNar nar) {
        find(nar.peer()).ifPresent(SmallGiver::rest);
        node.reputation().transferred(nar.peer(), new Transfer(0, 0, 0, 0, 0, 1));
    }

    /** Asks the sessions of those who owe how many bytes of blocks have come. */
    void count(ObjLongConsumer<PeerId> answer) {
        peers.forEach((id, peer) -> {
            if (peer.owes() > 0) {
                peer.session().tell(new PeerSession.CountBytes(bytes -> answer.accept(id, bytes)));
            }
        });
    }

    /** So many have come from a peer. */
    void counted(PeerId id, long bytes) {
        find(id).ifPresent(peer -> peer.sent(bytes));
    }

    /** Whether it is not worth while to wait any longer for one that is owed: by what the peer does, or for whoever reads. */
    boolean isLate(SmallNar nar, long nowNanos) {
        if (nar.hasArrived()) {
            return false;
        }
        SmallGiver peer = peer(nar.peer());
        long waited = nowNanos - nar.askedNanos();
        long stall = node.config().transfers().stallTimeout().toNanos();
        return isSilent(nar, waited, peer.silence(nowNanos)) || peer.hasOvertaken(nar, OVERTAKEN_NANOS)
                || (waited > stall && peer.isStalled(TimeUnit.NANOSECONDS.toMillis(stall)))
                || (nar.isWaitedFor() && nar.hasServers() && isLateForReader(nar, nowNanos, peer.silence(nowNanos)));
    }

    /** Over a slow line the answer comes behind what was asked for before: a peer that says anything is not silent. */
    private boolean isSilent(SmallNar nar, long waited, long silence) {
        Duration most = node.config().transfers().requestTimeout();
        Duration patience = nar.hasOthers() && SILENCE.compareTo(most) < 0 ? SILENCE : most;
        return !nar.isAnswered() && Math.min(waited, silence) > patience.toNanos();
    }

    /** Servers stand by: whoever reads waits no longer than a download would. */
    private boolean isLateForReader(SmallNar nar, long nowNanos, long silence) {
        long grace = node.grace().toNanos();
        long waited = nowNanos - nar.waitedSinceNanos();
        return waited > GRACES * grace || (!nar.isAnswered() && Math.min(waited, silence) > grace);
    }
}
