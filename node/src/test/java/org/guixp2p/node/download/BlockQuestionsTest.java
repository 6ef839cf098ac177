// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Holding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session that ends answers nothing that reaches it later: the memory for what it was asked for is for others. */
class BlockQuestionsTest {
    @TempDir
    private Path directory;

    private final BlockQuestions questions = new BlockQuestions();

    @Test
    void anAnswerStandsWhateverComesLater() {
        var answer = questions.ask(3);
        PeerSession.BlockReply reply = new PeerSession.BlockReceived(3, BlockPayload.raw(new byte[1]));
        answer.complete(reply);
        questions.over();
        assertSame(reply, answer.join());
    }

    @Test
    void whatIsOpenAndWhatIsAskedLaterFailsWhenItIsOver() {
        var open = questions.ask(3);
        assertFalse(open.isDone());
        questions.over();
        assertEquals(new PeerSession.BlockFailed(3, "the connection is lost"), Eventually.get(open));
        assertEquals(new PeerSession.BlockFailed(4, "the connection is lost"), Eventually.get(questions.ask(4)));
    }

    private ProbedDownload download(SubstitutePolicy policy, Duration stallTimeout) throws IOException {
        return new ProbedDownload(directory, policy, stallTimeout);
    }

    /** A peer whose lane owes as much as it may at first. */
    private static ProbedDownload.Peer asked(ProbedDownload download) {
        var peer = download.peer(1);
        peer.vouch();
        // Counted is what comes under a manifest that is followed.
        peer.next(PeerSession.CountBytes.class);
        assertEquals(Pace.FIRST_WINDOW, download.site.budget.used());
        return peer;
    }

    /** The sessions of these tests are such as take no question. */
    private static void assertAllGivenBack(ProbedDownload download) {
        Eventually.holds(() -> download.site.budget.used() == 0,
                () -> download.site.budget.used() + " blocks are waited for");
    }

    @Test
    void whatALaneAskedForIsGivenBackWhenItsPeerLeaves() throws IOException {
        try (ProbedDownload download = download(SubstitutePolicy.P2P_ONLY, SharedItem.LONG)) {
            var first = asked(download);
            var second = download.peer(2);
            second.offer(download.manifest.root(), new Holding.Complete());
            second.next(PeerSession.FetchBlock.class);
            second.leaves();
            first.leaves();
            assertAllGivenBack(download);
        }
    }

    @Test
    void whatWasAskedForAlongWithTheOfferIsGivenBackWhenThatDoesNotCome() throws IOException {
        try (ProbedDownload download = download(SubstitutePolicy.P2P_ONLY, SharedItem.LONG)) {
            var peer = download.peer(1);
            assertEquals(4, peer.next(PeerSession.Query.class).first().orElseThrow().blocks());
            assertEquals(4, download.site.budget.used());
            peer.leaves();
            assertAllGivenBack(download);
        }
    }

    /** What was cancelled is answered as little as what was asked for. */
    @Test
    void whatWasCancelledIsGivenBackWhenItsPeerLeaves() throws IOException {
        try (ProbedDownload download = download(SubstitutePolicy.P2P_FIRST, Duration.ofSeconds(1))) {
            var peer = download.peer(1);
            download.allKnown();
            peer.vouch();
            peer.next(PeerSession.CancelBlock.class);
            peer.leaves();
            assertAllGivenBack(download);
        }
    }

    @Test
    void whatIsOpenIsGivenBackWhenNobodyWantsTheNarAnyMore() throws IOException {
        try (ProbedDownload download = download(SubstitutePolicy.P2P_ONLY, SharedItem.LONG)) {
            asked(download);
            download.stop();
            assertAllGivenBack(download);
        }
    }
}
