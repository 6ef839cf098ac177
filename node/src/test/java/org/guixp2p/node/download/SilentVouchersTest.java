// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.Holding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who stands for the NAR does not give its manifest, and servers stand by. */
class SilentVouchersTest {
    private static final BlockBits NONE = BlockBits.of(0, new byte[]{0});

    @TempDir
    private Path directory;

    /** The first one says nothing either. */
    @Test
    void theSecondRelayIsWaitedForBeforeServersAreAsked() throws IOException {
        try (ProbedDownload download = new ProbedDownload(directory, SubstitutePolicy.P2P_FIRST, SharedItem.LONG)) {
            Sha256 root = download.manifest.root();
            var voucher = download.peer(1);
            List<ProbedDownload.Peer> relays = IntStream.of(2, 3).mapToObj(download::peer)
                    .sorted(Comparator.comparing(peer -> peer.id)).toList();
            download.allKnown();
            relays.forEach(relay -> relay.tells(relay.next(PeerSession.Follow.class).listener(), root, NONE));
            voucher.offer(root, new Holding.Complete());
            assertEquals(root, relays.getFirst().next(PeerSession.FetchManifest.class).root());
            relays.getLast().next(PeerSession.FetchManifest.class).replyTo()
                    .tell(new PeerSession.PageReceived(download.manifest.page(0)));
            // Counted is what comes under a manifest that is followed.
            voucher.next(PeerSession.CountBytes.class);
        }
    }
}
