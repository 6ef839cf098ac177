// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.reputation.PeerRecord;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.RefusalReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers that give what they were asked for, and go, or turn to something else. */
class LeavingPeersTest {
    private static final BlockBits LAST = BlockBits.of(0, new byte[]{1 << (Byte.SIZE - ProbedDownload.BLOCKS)});

    @TempDir
    private Path directory;

    private static long from(TransferStatus status, ProbedDownload.Peer peer) {
        return status.sources().stream().filter(source -> source.name().equals(peer.id.toString()))
                .mapToLong(TransferStatus.Source::bytes).sum();
    }

    private static PeerSession.BlockReceived block(int index) {
        return new PeerSession.BlockReceived(index, BlockPayload.raw(ProbedDownload.block(index)));
    }

    private static void gives(PeerSession.First first) {
        for (int i = 0; i < first.blocks(); i++) {
            first.block().accept(block(i));
        }
    }

    /** With its offer came all that a small NAR has: the page, and the blocks. */
    @Test
    void whatCameAlongWithTheOfferIsKept() throws IOException {
        try (ProbedDownload download = new ProbedDownload(directory, SubstitutePolicy.P2P_ONLY, SharedItem.LONG)) {
            var leaving = download.peer(1);
            PeerSession.First first = leaving.offer(download.manifest.root(), new Holding.Complete()).first()
                    .orElseThrow();
            Eventually.holds(() -> download.status().providers() == 1, () -> "an offer that is known");
            download.tellAtOnce(() -> {
                gives(first);
                first.page().accept(new PeerSession.PageReceived(download.manifest.page(0)));
                leaving.leaves();
            });
            long given = (long) first.blocks() * BlockLayout.BLOCK_BYTES;
            Eventually.holds(() -> from(download.status(), leaving) == given, () -> "what it gave: " + given);
            var other = download.peer(2);
            other.offer(download.manifest.root(), new Holding.Complete());
            Set<Integer> asked = new TreeSet<>();
            while (asked.size() < ProbedDownload.BLOCKS - first.blocks()) {
                PeerSession.FetchBlock ask = other.next(PeerSession.FetchBlock.class);
                asked.add(ask.index());
                ask.reply().accept(block(ask.index()));
            }
            assertEquals(Set.of(4, 5), asked);
            Eventually.holds(() -> download.status().state().equals("done"), () -> download.status().toString());
            assertEquals(0, download.status().duplicatedBytes());
        }
    }

    /** What the first gave is here, though not looked at, since the disk does not get on; the second was asked for the rest. */
    private record Left(ProbedDownload.Peer first, ProbedDownload.Peer second, List<PeerSession.FetchBlock> rest) {
        /** @param given by the first for the number of a block */
        private static Left of(ProbedDownload download, IntFunction<byte[]> given) {
            var first = download.sendingPeer(1);
            PeerSession.First asked = first.vouch();
            var second = download.sendingPeer(2);
            second.offer(download.manifest.root(), new Holding.Complete());
            List<PeerSession.FetchBlock> rest = List.of(second.next(PeerSession.FetchBlock.class),
                    second.next(PeerSession.FetchBlock.class));
            assertEquals(List.of(4, 5), rest.stream().map(PeerSession.FetchBlock::index).toList());
            download.site.holdAfter(0);
            for (int i = 0; i < asked.blocks(); i++) {
                asked.block().accept(new PeerSession.BlockReceived(i, BlockPayload.raw(given.apply(i))));
            }
            download.site.awaitHolding();
            first.leaves();
            Eventually.holds(() -> download.status().providers() == 1, () -> "it is known that it is gone");
            return new Left(first, second, rest);
        }

        private void secondGivesTheRest() {
            rest.forEach(ask -> ask.reply().accept(block(ask.index())));
        }
    }

    @Test
    void whatIsHereIsAskedOfNobodyElse() throws IOException {
        try (ProbedDownload download = new ProbedDownload(directory, SubstitutePolicy.P2P_ONLY, SharedItem.LONG)) {
            Left left = Left.of(download, ProbedDownload::block);
            download.site.holdNoMore();
            Eventually.holds(() -> from(download.status(), left.first) == 4 * BlockLayout.BLOCK_BYTES,
                    () -> download.status().toString());
            left.secondGivesTheRest();
            Eventually.holds(() -> download.status().state().equals("done"), () -> download.status().toString());
            assertEquals(0, download.status().duplicatedBytes());
            assertEquals(0, download.status().requeuedBlocks());
            download.stop();
            assertTrue(left.second.until(PeerSession.Unfollow.class).stream()
                    .noneMatch(PeerSession.FetchBlock.class::isInstance));
        }
    }

    @Test
    void whatIsHereAndWrongIsAskedOfAnother() throws IOException {
        try (ProbedDownload download = new ProbedDownload(directory, SubstitutePolicy.P2P_ONLY, SharedItem.LONG)) {
            Left left = Left.of(download, i -> ProbedDownload.block(i == 2 ? 3 : i));
            download.site.holdNoMore();
            PeerSession.FetchBlock again = left.second.next(PeerSession.FetchBlock.class);
            assertEquals(2, again.index());
            again.reply().accept(block(2));
            left.secondGivesTheRest();
            Eventually.holds(() -> download.status().state().equals("done"), () -> download.status().toString());
            assertEquals(1, download.status().requeuedBlocks());
            assertEquals(1, download.status().corruptBlocks());
            assertEquals(left.first.id,
                    download.swarm.expectMessageClass(Swarm.Misbehaved.class, ProbedDownload.PATIENCE).peer());
        }
    }

    private static void awaitRemembered(ProbedDownload download, ProbedDownload.Peer peer, long bytes) {
        Eventually.holds(() -> download.site.reputation.known(peer.id).bytes() == bytes, () -> bytes + " remembered");
    }

    @Test
    void whatIsHereCountsForIt() throws IOException {
        try (ProbedDownload download = new ProbedDownload(directory, SubstitutePolicy.P2P_ONLY, SharedItem.LONG)) {
            Left left = Left.of(download, ProbedDownload::block);
            download.site.holdNoMore();
            awaitRemembered(download, left.first, 4 * BlockLayout.BLOCK_BYTES);
        }
    }

    /** What it gave over its first connection is not taken for what the second one brings. */
    @Test
    void whatIsHereCountsForTheConnectionThatBroughtIt() throws IOException {
        try (ProbedDownload download = new ProbedDownload(directory, SubstitutePolicy.P2P_ONLY, SharedItem.LONG)) {
            Left left = Left.of(download, ProbedDownload::block);
            var back = download.peer(1);
            back.offer(download.manifest.root(), new Holding.Complete());
            Eventually.holds(() -> download.status().providers() == 2, () -> "it is back");
            download.site.holdNoMore();
            awaitRemembered(download, back, 4 * BlockLayout.BLOCK_BYTES);
            left.secondGivesTheRest();
            Eventually.holds(() -> download.status().state().equals("done"), () -> download.status().toString());
            awaitRemembered(download, left.second, from(download.status(), left.second));
            assertEquals(4 * BlockLayout.BLOCK_BYTES, download.site.reputation.known(back.id).bytes());
        }
    }

    /** The last that was missing is here, though nobody is left who has it: that is no reason to turn to a server. */
    @Test
    void theLastBlocksOfTheLastPeerAreWaitedFor() throws IOException {
        try (ProbedDownload download = new ProbedDownload(directory, SubstitutePolicy.P2P_FIRST, SharedItem.LONG)) {
            var leaving = download.peer(1);
            download.allKnown();
            PeerSession.First first = leaving.vouch();
            gives(first);
            List<PeerSession.FetchBlock> last = List.of(leaving.next(PeerSession.FetchBlock.class),
                    leaving.next(PeerSession.FetchBlock.class));
            download.site.holdAfter(0);
            last.forEach(ask -> ask.reply().accept(block(ask.index())));
            download.site.awaitHolding();
            leaving.leaves();
            Eventually.holds(() -> download.status().providers() == 0, () -> "it is known that it is gone");
            download.site.holdNoMore();
            Eventually.holds(() -> download.status().state().equals("done"), () -> download.status().toString());
            assertFalse(download.serverAsked.isDone());
            assertEquals(download.manifest.narSize().bytes(), from(download.status(), leaving));
        }
    }

    private static void verified(ProbedDownload download, int blocks) {
        Eventually.holds(() -> download.status().verifiedBytes() == (long) blocks * BlockLayout.BLOCK_BYTES,
                () -> blocks + " blocks that are verified");
    }

    /** The seeder has gone, and a relay that has given the last block turns to another root. */
    @Test
    void theLastBlockOfARelayThatTurnsAwayIsWaitedFor() throws IOException {
        try (ProbedDownload download = new ProbedDownload(directory, SubstitutePolicy.P2P_FIRST, SharedItem.LONG)) {
            var seeder = download.sendingPeer(1);
            download.allKnown();
            PeerSession.First first = seeder.vouch();
            var relay = download.sendingPeer(2);
            var listener = relay.next(PeerSession.Follow.class).listener();
            relay.tells(listener, download.manifest.root(), LAST);
            PeerSession.FetchBlock last = relay.next(PeerSession.FetchBlock.class);
            assertEquals(5, last.index());
            gives(first);
            PeerSession.FetchBlock ask = seeder.next(PeerSession.FetchBlock.class);
            assertEquals(4, ask.index());
            ask.reply().accept(block(4));
            verified(download, 5);
            seeder.leaves();
            download.site.holdAfter(0);
            last.reply().accept(block(5));
            download.site.awaitHolding();
            relay.tells(listener, ProbedDownload.manifest(2).root(), LAST);
            assertEquals(0, download.status().providers());
            download.site.holdNoMore();
            Eventually.holds(() -> download.status().state().equals("done"), () -> download.status().toString());
            assertFalse(download.serverAsked.isDone());
            assertEquals(ProbedDownload.block(5).length, from(download.status(), relay));
        }
    }

    @Test
    void theLastBlockOfAPeerThatWithdrawsIsWaitedFor() throws IOException {
        try (ProbedDownload download = new ProbedDownload(directory, SubstitutePolicy.P2P_FIRST, SharedItem.LONG)) {
            var withdraws = download.sendingPeer(1);
            download.allKnown();
            gives(withdraws.vouch());
            PeerSession.FetchBlock withheld = withdraws.next(PeerSession.FetchBlock.class);
            PeerSession.FetchBlock given = withdraws.next(PeerSession.FetchBlock.class);
            verified(download, 4);
            download.site.holdAfter(0);
            given.reply().accept(block(given.index()));
            download.site.awaitHolding();
            withheld.reply().accept(
                    new PeerSession.BlockRefused(withheld.index(), RefusalReason.WITHDRAWN, 0));
            Eventually.holds(() -> download.status().providers() == 0, () -> "it is known that it has it no more");
            var other = download.peer(2);
            other.offer(download.manifest.root(), new Holding.Complete());
            PeerSession.FetchBlock ask = other.next(PeerSession.FetchBlock.class);
            assertEquals(withheld.index(), ask.index());
            ask.reply().accept(block(ask.index()));
            download.site.holdNoMore();
            Eventually.holds(() -> download.status().state().equals("done"), () -> download.status().toString());
            assertFalse(download.serverAsked.isDone());
            assertEquals(1, download.status().requeuedBlocks());
            assertEquals(0, download.status().duplicatedBytes());
            Eventually.holds(() -> download.site.reputation.known(withdraws.id).bytes() > 0,
                    () -> "what it gave is remembered");
            PeerRecord known = download.site.reputation.known(withdraws.id);
            assertEquals(0, known.bad(), () -> known.toString());
        }
    }
}
