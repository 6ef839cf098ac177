// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Holding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers that give what they were asked for, and go. */
class LeavingPeersTest {
    @TempDir
    private Path directory;

    private static long from(TransferStatus status, ProbedDownload.Peer peer) {
        return status.sources().stream().filter(source -> source.name().equals(peer.id.toString()))
                .mapToLong(TransferStatus.Source::bytes).sum();
    }

    private static PeerSession.BlockReceived block(int index) {
        return new PeerSession.BlockReceived(index, BlockPayload.raw(ProbedDownload.block(index)));
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
                for (int i = 0; i < first.blocks(); i++) {
                    first.block().accept(block(i));
                }
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

    /** The last that was missing is here, though nobody is left who has it: that is no reason to turn to a server. */
    @Test
    void theLastBlocksOfTheLastPeerAreWaitedFor() throws IOException {
        try (ProbedDownload download = new ProbedDownload(directory, SubstitutePolicy.P2P_FIRST, SharedItem.LONG)) {
            var leaving = download.peer(1);
            download.allKnown();
            PeerSession.First first = leaving.vouch();
            for (int i = 0; i < first.blocks(); i++) {
                first.block().accept(block(i));
            }
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
}
