// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers that have to do with two roots of one NAR. */
class TwoRootsTest {
    private static final BlockBits ALL = BlockBits.of(0, new byte[]{(byte) (0xff << (8 - ProbedDownload.BLOCKS))});

    private static final int BLOCK = 3;

    @TempDir
    private Path directory;

    private final Manifest other = ProbedDownload.manifest(2);

    private ProbedDownload download() throws IOException {
        return new ProbedDownload(directory, SubstitutePolicy.P2P_ONLY, SharedItem.LONG);
    }

    @Test
    void whoeverHasNotTheManifestThatItRelaysUnderStillStandsForItsOwn() throws IOException {
        try (ProbedDownload download = download()) {
            Sha256 own = download.manifest.root();
            download.peer(1).offer(other.root(), new Holding.Complete());
            var peer = download.peer(2);
            peer.next(PeerSession.Follow.class).listener().tell(new PeerSession.Told(peer.id, other.root(), ALL));
            peer.offer(own, new Holding.Complete());
            Map<Sha256, ActorRef<PeerSession.ManifestReply>> pages = new HashMap<>();
            while (pages.size() < 2) {
                PeerSession.FetchManifest page = peer.next(PeerSession.FetchManifest.class);
                pages.put(page.root(), page.replyTo());
            }
            Objects.requireNonNull(pages.get(other.root())).tell(new PeerSession.ManifestFailed("not here yet", 0));
            assertEquals(other.root(), peer.next(PeerSession.FetchManifest.class).root(), "a little later");
            Objects.requireNonNull(pages.get(own)).tell(new PeerSession.PageReceived(download.manifest.page(0)));
            assertEquals(own, peer.next(PeerSession.FetchBlock.class).root());
        }
    }

    @Test
    void whatARelayOwesGoesBackWhenItAnswersThatItFollowsAnotherRoot() throws IOException {
        try (ProbedDownload download = download()) {
            var seeder = download.peer(1);
            seeder.vouch();
            // Counted is what comes under a manifest that is followed.
            seeder.next(PeerSession.CountBytes.class);
            var relay = download.peer(2);
            relay.offer(download.manifest.root(), new Holding.Relay(ALL));
            // Whoever has all is asked whether it vouches by now.
            relay.offer(other.root(), new Holding.Relay(ALL));
            relay.next(PeerSession.CancelBlock.class);
        }
    }

    /** A relay whose lane was closed has another one, which owes the same block. */
    private record Reopened(ProbedDownload.Peer relay, PeerSession.FetchBlock old) {}

    private Reopened reopened(ProbedDownload download) {
        Sha256 own = download.manifest.root();
        BlockBits third = BlockBits.of(0, new byte[]{1 << (Byte.SIZE - 1 - BLOCK)});
        var seeder = download.peer(1);
        seeder.vouch();
        seeder.next(PeerSession.CountBytes.class);
        var relay = download.peer(2);
        var listener = relay.next(PeerSession.Follow.class).listener();
        relay.tells(listener, own, third);
        PeerSession.FetchBlock old = relay.next(PeerSession.FetchBlock.class);
        relay.tells(listener, other.root(), third);
        relay.next(PeerSession.CancelBlock.class);
        relay.tells(listener, own, third);
        assertEquals(old.index(), relay.next(PeerSession.FetchBlock.class).index());
        return new Reopened(relay, old);
    }

    /** Otherwise it would be asked for again within 0.1 s. */
    @Test
    void whatDoesNotComeOfAClosedLaneIsStillOwedByTheNextOne() throws IOException {
        try (ProbedDownload download = download()) {
            Reopened lanes = reopened(download);
            lanes.old.reply().accept(new PeerSession.BlockFailed(BLOCK, "no longer wanted"));
            for (int quarterSeconds = 0; quarterSeconds < 4; quarterSeconds++) {
                assertTrue(lanes.relay.until(PeerSession.CountBytes.class).stream()
                        .noneMatch(PeerSession.FetchBlock.class::isInstance));
            }
        }
    }

    @Test
    void whatComesOfAClosedLaneIsNotWantedOfTheNextOne() throws IOException {
        try (ProbedDownload download = download()) {
            Reopened lanes = reopened(download);
            lanes.old.reply().accept(new PeerSession.BlockReceived(BLOCK,
                    BlockPayload.raw(ProbedDownload.block(BLOCK))));
            assertEquals(BLOCK, lanes.relay.next(PeerSession.CancelBlock.class).index());
        }
    }
}
