// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.protocol.swarm.BlockBits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A download turns away from its peers: their links are not filled with what nobody waits for. */
class GivenUpPeersTest {
    @TempDir
    private Path directory;

    /** Whoever tells of blocks that there are not, under the root that is followed, wants to see what happens. */
    @Test
    void newsOfBlocksBeyondTheLastEndsTheConnection() throws IOException {
        try (ProbedDownload download = new ProbedDownload(directory, SubstitutePolicy.P2P_FIRST, SharedItem.LONG)) {
            var peer = download.peer(1);
            download.allKnown();
            var listener = peer.next(PeerSession.Follow.class).listener();
            var beyond = new PeerSession.Told(peer.id, download.manifest.root(), BlockBits.of(0, new byte[]{1}));
            listener.tell(beyond);
            peer.vouch();
            // What is told before a root is followed may be of another NAR; when this is looked at, it is followed.
            peer.next(PeerSession.CountBytes.class);
            download.swarm.expectNoMessage(Duration.ZERO);
            listener.tell(beyond);
            assertEquals(Offence.MALFORMED,
                    download.swarm.expectMessageClass(Swarm.Misbehaved.class, ProbedDownload.PATIENCE).offence());
        }
    }

    @Test
    void whatTheyOweIsCancelledWhenServersTakeOver() throws IOException {
        try (ProbedDownload download = new ProbedDownload(directory, SubstitutePolicy.P2P_FIRST,
                Duration.ofSeconds(1))) {
            var peer = download.peer(1);
            download.allKnown();
            PeerSession.First first = peer.vouch();
            assertEquals(4, first.blocks());
            Set<Integer> cancelled = new TreeSet<>();
            while (cancelled.size() < first.blocks()) {
                cancelled.add(peer.next(PeerSession.CancelBlock.class).index());
            }
            assertEquals(Set.of(0, 1, 2, 3), cancelled);
        }
    }
}
