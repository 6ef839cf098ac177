// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers that a download has caught out. */
class BlamedPeersTest {
    private static final BlockBits ALL = BlockBits.of(0, new byte[]{(byte) (0xff << (8 - ProbedDownload.BLOCKS))});

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
        Swarm.Misbehaved told = download.swarm.expectMessageClass(Swarm.Misbehaved.class, ProbedDownload.PATIENCE);
        assertEquals(peer.id, told.peer());
        assertEquals(Offence.MALFORMED, told.offence());
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

    /** Nor is it named again for what it sent before. */
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
