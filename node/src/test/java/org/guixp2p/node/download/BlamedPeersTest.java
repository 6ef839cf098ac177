// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers that a download has caught out. */
class BlamedPeersTest {
    private static final BlockBits ALL = BlockBits.of(0, new byte[]{(byte) (0xff << (8 - ProbedDownload.BLOCKS))});
    private static final BlockBits BEYOND_THE_LAST = BlockBits.of(0, new byte[]{1});

    @TempDir
    private Path directory;

    private final Manifest other = ProbedDownload.manifest(2);

    private ProbedDownload download() throws IOException {
        return download(SubstitutePolicy.P2P_ONLY);
    }

    private ProbedDownload download(SubstitutePolicy policy) throws IOException {
        return new ProbedDownload(directory, policy, SharedItem.LONG);
    }

    private static PeerSession.Offered whole(ProbedDownload download) {
        return new PeerSession.Offered(download.manifest.narSize(), download.manifest.root(), new Holding.Complete());
    }

    /** A peer vouches for one root, and gives a page of another one. */
    private void lie(ProbedDownload download, ProbedDownload.Peer peer, PeerSession.Query asked) {
        asked.replyTo().tell(whole(download));
        asked.first().orElseThrow().page().accept(new PeerSession.PageReceived(other.page(0)));
        assertNamedNext(download, peer);
    }

    private static void assertNamedNext(ProbedDownload download, ProbedDownload.Peer peer) {
        Swarm.Misbehaved told = download.swarm.expectMessageClass(Swarm.Misbehaved.class, ProbedDownload.PATIENCE);
        assertEquals(peer.id, told.peer());
        assertEquals(Offence.MALFORMED, told.offence());
    }

    /** A peer has all, and its manifest is followed: then the others are caught out by a word. */
    private static PeerSession.First followed(ProbedDownload.Peer peer) {
        PeerSession.First first = peer.vouch();
        // Counted is what comes under a manifest that is followed.
        peer.next(PeerSession.CountBytes.class);
        return first;
    }

    private static void catchOut(ProbedDownload download, ProbedDownload.Peer peer) {
        catchOut(download, peer, peer.next(PeerSession.Follow.class).listener());
    }

    private static void catchOut(ProbedDownload download, ProbedDownload.Peer peer,
            ActorRef<PeerSession.Told> listener) {
        peer.tells(listener, download.manifest.root(), BEYOND_THE_LAST);
        assertNamedNext(download, peer);
    }

    private static void catchOutAndLeave(ProbedDownload download, int first, int last) {
        IntStream.rangeClosed(first, last).mapToObj(download::peer).forEach(peer -> {
            catchOut(download, peer);
            peer.leaves();
        });
    }

    @Test
    void whatItWasAskedBeforeIsNotListenedTo() throws IOException {
        try (ProbedDownload download = download()) {
            var liar = download.peer(1);
            var listener = liar.next(PeerSession.Follow.class).listener();
            var first = liar.next(PeerSession.Query.class);
            // Whoever relays all is asked again.
            liar.tells(listener, other.root(), ALL);
            var again = liar.next(PeerSession.Query.class);
            lie(download, liar, first);
            again.replyTo().tell(whole(download));
            var honest = download.peer(2);
            honest.offer(download.manifest.root(), new Holding.Complete()).first()
                    .ifPresent(page -> page.page().accept(new PeerSession.PageReceived(download.manifest.page(0))));
            // Counted is what comes under a manifest that is followed.
            honest.next(PeerSession.CountBytes.class);
            download.stop();
            assertTrue(liar.until(PeerSession.Unfollow.class).stream()
                    .noneMatch(PeerSession.FetchManifest.class::isInstance));
        }
    }

    @Test
    void whoComesBackIsNotAskedAgain() throws IOException {
        try (ProbedDownload download = download()) {
            var liar = download.peer(1);
            lie(download, liar, liar.next(PeerSession.Query.class));
            liar.leaves();
            var back = download.peer(1);
            download.peer(2).vouch();
            download.stop();
            assertTrue(back.until(PeerSession.Unfollow.class).stream().noneMatch(PeerSession.Query.class::isInstance));
        }
    }

    @Test
    void whoComesBackIsNotNamedAgainForWhatItSentBefore() throws IOException {
        try (ProbedDownload download = download()) {
            var liar = download.peer(1);
            var listener = liar.next(PeerSession.Follow.class).listener();
            PeerSession.First first = followed(liar);
            download.site.holdAfter(0);
            first.block().accept(new PeerSession.BlockReceived(0, BlockPayload.raw(ProbedDownload.block(1))));
            download.site.awaitHolding();
            catchOut(download, liar, listener);
            liar.leaves();
            download.peer(1);
            download.site.holdNoMore();
            Eventually.holds(() -> download.status().corruptBlocks() == 1, () -> "a block that was judged");
            catchOut(download, download.peer(2));
        }
    }

    @Test
    void ofThoseWhoLeftTheLastAreRemembered() throws IOException {
        try (ProbedDownload download = download()) {
            followed(download.peer(0));
            catchOutAndLeave(download, 1, Providers.MOST_BLAMED + 1);
            download.peer(1).next(PeerSession.Query.class);
            var second = download.peer(2);
            download.stop();
            assertTrue(
                    second.until(PeerSession.Unfollow.class).stream().noneMatch(PeerSession.Query.class::isInstance));
        }
    }

    @Test
    void whoStaysIsNotForgottenForThoseWhoLeft() throws IOException {
        try (ProbedDownload download = download()) {
            followed(download.peer(0));
            var stays = download.peer(1);
            var listener = stays.next(PeerSession.Follow.class).listener();
            catchOut(download, stays, listener);
            catchOutAndLeave(download, 2, Providers.MOST_BLAMED + 2);
            stays.tells(listener, download.manifest.root(), BEYOND_THE_LAST);
            catchOut(download, download.peer(Providers.MOST_BLAMED + 3));
        }
    }

    /** Nobody else is there. */
    @Test
    void whoComesBackIsNotWaitedForBeforeServersAreAsked() throws IOException {
        try (ProbedDownload download = download(SubstitutePolicy.P2P_FIRST)) {
            var liar = download.peer(1);
            lie(download, liar, liar.next(PeerSession.Query.class));
            liar.leaves();
            download.peer(1);
            download.allKnown();
            Eventually.get(download.serverAsked);
        }
    }
}
