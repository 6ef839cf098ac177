// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.RefusalReason;
import org.junit.jupiter.api.Test;

class HeadStartTest {
    private static final PeerId A = new PeerId(Sha256.hash(new byte[]{1}));
    private static final PeerId B = new PeerId(Sha256.hash(new byte[]{2}));
    private static final Sha256 ROOT = Sha256.hash(new byte[]{3});
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[]{4}));
    private static final PeerSession.ManifestReply PAGE = new PeerSession.ManifestFailed("stands for any", 7);

    private final TestInbox<Download.Command> self = TestInbox.create();
    private final TestInbox<PeerSession.Command> session = TestInbox.create();
    private final BlockBudget budget = BlockBudget.ofItsOwn(1000);
    private final BlockQuestions questions = new BlockQuestions();
    private final HeadStart start = new HeadStart(self.getRef(), NAR, budget.share());

    private PeerSession.First ask(PeerId peer, int blocks) {
        return start.ask(peer, session.getRef(), questions, blocks, 5).orElseThrow();
    }

    private static PeerSession.BlockReply block(int index, int bytes) {
        return new PeerSession.BlockReceived(index, BlockPayload.raw(new byte[bytes]));
    }

    private void notAsked(PeerId peer, String why) {
        assertEquals(Optional.empty(), start.ask(peer, session.getRef(), questions, 3, 5), why);
    }

    private PeerEvent.FirstPage arrived() {
        return (PeerEvent.FirstPage) self.receiveMessage();
    }

    @Test
    void onePeerAtATimeIsAsked() {
        assertEquals(3, ask(A, 3).blocks());
        notAsked(B, "another one is");
        start.stop(B);
        notAsked(B, "it is not the one that is given up");
        start.stop(A);
        assertEquals(2, ask(B, 2).blocks());
    }

    @Test
    void aPageWaitsForItsOfferAndForUseAndIsHandedOutOnce() {
        PeerSession.First first = ask(A, 0);
        assertTrue(start.brings(A));
        assertFalse(start.brings(B));
        first.page().accept(PAGE);
        start.came(arrived());
        assertEquals(Optional.empty(), start.page(root -> true, 1), "nobody knows of which root it is");
        start.offered(B, ROOT);
        assertEquals(Optional.empty(), start.page(root -> true, 1));
        start.offered(A, ROOT);
        assertEquals(Optional.empty(), start.page(root -> false, 1), "another root is tried");
        assertTrue(start.brings(A));
        assertEquals(Optional.of(new PeerEvent.ManifestPart(1, A, ROOT, PAGE)), start.page(ROOT::equals, 1));
        assertEquals(Optional.empty(), start.page(ROOT::equals, 1));
        assertFalse(start.brings(A), "it has to be asked for again");
    }

    @Test
    void aPageOfWhoIsNotWaitedForIsIgnored() {
        PeerSession.First first = ask(A, 0);
        start.stop();
        first.page().accept(PAGE);
        PeerEvent.FirstPage late = arrived();
        start.came(late);
        assertFalse(start.brings(A));
        ask(B, 0);
        start.came(late);
        start.offered(B, ROOT);
        assertEquals(Optional.empty(), start.page(root -> true, 1));
    }

    @Test
    void blocksThatCameOrMayComeAreHandedOverAndTheOthersComeForNothing() {
        PeerSession.First first = ask(A, 4);
        start.offered(A, ROOT);
        assertEquals(5, start.askedAt(A, 9));
        assertEquals(9, start.askedAt(B, 9));
        first.block().accept(block(0, 10));
        first.block().accept(new PeerSession.BlockRefused(1, RefusalReason.BUSY, 9));
        first.block().accept(block(3, 30));
        assertEquals(Optional.of(A), start.peerOf(ROOT));
        assertEquals(Optional.empty(), start.peerOf(NAR.digest()));
        assertTrue(start.handOver(B, (index, nanos) -> true).isEmpty());
        var taken = start.handOver(A, (index, nanos) -> {
            assertEquals(5, nanos);
            return index != 3;
        });
        assertEquals(Set.of(0, 2), taken.keySet());
        start.stop();
        assertEquals(new PeerEvent.BlockDiscarded(30), self.receiveMessage(), "nobody wanted it");
        assertFalse(session.hasMessages(), "all else is wanted, or over");
        PeerSession.BlockReply late = block(2, 20);
        first.block().accept(late);
        assertSame(late, List.copyOf(taken.values()).getLast().toCompletableFuture().join());
        assertFalse(self.hasMessages());
    }

    @Test
    void whatIsStillOnItsWayIsCancelledAndCountedWhenItComes() {
        PeerSession.First first = ask(A, 2);
        first.block().accept(block(0, 10));
        start.stop(A);
        var cancel = (PeerSession.CancelBlock) session.receiveMessage();
        assertEquals(1, cancel.index());
        assertFalse(session.hasMessages());
        assertEquals(new PeerEvent.BlockDiscarded(10), self.receiveMessage());
        first.block().accept(block(1, 20));
        assertEquals(new PeerEvent.BlockDiscarded(20), self.receiveMessage(), "it was here before the cancel");
        cancel.crossed().accept(30);
        assertEquals(new PeerEvent.BlockDiscarded(30), self.receiveMessage(), "it crossed that");
    }

    @Test
    void whatWillNotComeIsGivenBack() {
        assertEquals(3, ask(A, 3).blocks());
        assertEquals(3, budget.used());
        questions.over();
        assertEquals(Set.of(), start.handOver(A, (index, nanos) -> true).keySet());
        start.stop(A);
        assertEquals(0, budget.used());
        assertFalse(session.hasMessages(), "there is nothing to cancel");
    }
}
