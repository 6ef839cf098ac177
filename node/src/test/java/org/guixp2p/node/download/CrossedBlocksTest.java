// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Blocks move from a peer that has all, and is slow, to relays that have them by now. Where cancels come too late for that,
 * it stops; of what comes for nothing for another reason it goes on.
 */
class CrossedBlocksTest {
    private static final int BYTES = BlockLayout.BLOCK_BYTES;

    @TempDir
    private Path directory;

    private final Manifest other = ProbedDownload.manifest(2);

    private ProbedDownload download() throws IOException {
        return new ProbedDownload(directory, SubstitutePolicy.P2P_ONLY, SharedItem.LONG);
    }

    /** A relay that has one block, which the seeder owes: that moves to it. */
    private record Relay(ProbedDownload.Peer peer, PeerSession.Follow followed, PeerSession.CancelBlock cancel,
            PeerSession.FetchBlock asked) {
        private static Relay of(ProbedDownload download, int number, Sha256 root, ProbedDownload.Peer seeder,
                int block) {
            var peer = download.peer(number);
            var followed = peer.next(PeerSession.Follow.class);
            peer.tells(followed.listener(), root, bits(block));
            var relay = new Relay(peer, followed, seeder.next(PeerSession.CancelBlock.class),
                    peer.next(PeerSession.FetchBlock.class));
            assertEquals(List.of(block, block), List.of(relay.cancel.index(), relay.asked.index()));
            return relay;
        }

        private void gives() {
            asked.reply().accept(received(asked.index()));
        }

        /** It follows another root; the cancel of what it owes. */
        private PeerSession.CancelBlock turnsTo(Sha256 root) {
            peer.tells(followed.listener(), root, bits(asked.index()));
            return peer.next(PeerSession.CancelBlock.class);
        }
    }

    private static BlockBits bits(int block) {
        return BlockBits.of(0, new byte[]{(byte) (1 << (Byte.SIZE - 1 - block))});
    }

    private static PeerSession.BlockReceived received(int block) {
        return new PeerSession.BlockReceived(block, BlockPayload.raw(ProbedDownload.block(block)));
    }

    private static void assertNothingMoves(ProbedDownload download, int number, ProbedDownload.Peer seeder, int block) {
        var relay = download.peer(number);
        relay.tells(relay.next(PeerSession.Follow.class).listener(), download.manifest.root(), bits(block));
        relay.next(PeerSession.CountBytes.class);
        for (int quarterSeconds = 0; quarterSeconds < 4; quarterSeconds++) {
            assertTrue(seeder.until(PeerSession.CountBytes.class).stream()
                    .noneMatch(PeerSession.CancelBlock.class::isInstance));
        }
    }

    @Test
    void nothingMovesOnceTwoHaveCrossedTheirCancels() throws IOException {
        try (ProbedDownload download = download()) {
            var seeder = download.sendingPeer(1);
            seeder.vouch();
            for (int block = 0; block < 2; block++) {
                Relay.of(download, 2 + block, download.manifest.root(), seeder, block).cancel.crossed().accept(BYTES);
            }
            assertNothingMoves(download, 4, seeder, 2);
            assertEquals(2L * BYTES, download.status().duplicatedBytes());
        }
    }

    /** The cancels find nothing: the answers are here, and written by and by. */
    @Test
    void nothingMovesOnceTwoHaveComeBeforeTheirCancels() throws IOException {
        try (ProbedDownload download = download()) {
            var seeder = download.sendingPeer(1);
            PeerSession.First first = seeder.vouch();
            // Not the first, with which verification begins: it is no NAR.
            for (int block = 1; block < 3; block++) {
                Relay.of(download, 2 + block, download.manifest.root(), seeder, block).gives();
                first.block().accept(received(block));
            }
            Eventually.holds(() -> download.status().duplicatedBytes() == 2L * BYTES, () -> "two that come twice");
            assertNothingMoves(download, 5, seeder, 3);
        }
    }

    @Test
    void blocksMoveOnWhateverComesOfLanesThatWereClosed() throws IOException {
        try (ProbedDownload download = download()) {
            Sha256 root = download.manifest.root();
            var seeder = download.sendingPeer(1);
            seeder.vouch();
            for (int block = 0; block < 2; block++) {
                Relay.of(download, 2 + block, root, seeder, block).turnsTo(other.root()).crossed().accept(BYTES);
            }
            Relay.of(download, 4, root, seeder, 2);
            assertEquals(2L * BYTES, download.status().duplicatedBytes());
        }
    }

    /** It was on its way through a lane when that was closed. */
    @Test
    void blocksMoveOnWhateverIsWrittenOfLanesThatWereClosed() throws IOException {
        try (ProbedDownload download = download()) {
            Sha256 root = download.manifest.root();
            var seeder = download.sendingPeer(1);
            PeerSession.First first = seeder.vouch();
            for (int block = 1; block < 3; block++) {
                Relay relay = Relay.of(download, 2 + block, root, seeder, block);
                relay.turnsTo(other.root());
                first.block().accept(received(block));
                long there = block * (long) BYTES;
                Eventually.holds(() -> download.status().sources().stream().mapToLong(TransferStatus.Source::bytes)
                        .sum() == there, () -> "it is there");
                relay.gives();
                Eventually.holds(() -> download.status().duplicatedBytes() == there, () -> "it comes again");
            }
            Relay.of(download, 5, root, seeder, 3);
        }
    }

    @Test
    void blocksMoveOnWhateverComesOfAnEarlierAttempt() throws IOException {
        try (ProbedDownload download = download()) {
            var wrong = download.sendingPeer(1);
            wrong.vouch();
            var seeder = download.sendingPeer(2);
            seeder.offer(other.root(), new Holding.Complete());
            Map<Integer, PeerSession.CancelBlock> earlier = new HashMap<>();
            List<ProbedDownload.Peer> gone = new ArrayList<>(List.of(wrong));
            for (int block = 0; block < Pace.FIRST_WINDOW; block++) {
                Relay relay = Relay.of(download, 3 + block, download.manifest.root(), wrong, block);
                earlier.put(block, relay.cancel);
                gone.add(relay.peer);
            }
            gone.forEach(ProbedDownload.Peer::leaves);
            seeder.next(PeerSession.FetchManifest.class).replyTo().tell(new PeerSession.PageReceived(other.page(0)));
            TreeSet<Integer> owed = new TreeSet<>();
            while (owed.size() < Pace.FIRST_WINDOW) {
                owed.add(seeder.next(PeerSession.FetchBlock.class).index());
            }
            // The first two of any four were asked for by the earlier attempt too.
            List<Integer> both = owed.stream().limit(2).toList();
            for (int block : both) {
                Relay.of(download, 10 + block, other.root(), seeder, block);
            }
            both.forEach(block -> Objects.requireNonNull(earlier.get(block)).crossed().accept(BYTES));
            Relay.of(download, 9, other.root(), seeder, owed.getLast());
            assertEquals(2L * BYTES, download.status().duplicatedBytes());
            assertEquals(1, download.status().restarts());
        }
    }
}
