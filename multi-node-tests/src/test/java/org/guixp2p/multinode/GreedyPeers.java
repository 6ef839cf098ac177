// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/** Peers that ask for as many blocks of a NAR as they may, and read none of them. */
final class GreedyPeers implements AutoCloseable {
    /** More than a node prepares for one peer at a time. */
    private static final int AT_A_TIME = 40;

    private final NarHash nar;
    private final List<BarePeer> peers = new ArrayList<>();
    private final ScheduledExecutorService pinging = Executors.newSingleThreadScheduledExecutor();
    private RequestId next = new RequestId(1);
    private Sha256 root = Sha256.hash(new byte[0]);
    private int blocks;

    GreedyPeers(NarHash nar) {
        this.nar = nar;
    }

    /** So many of them connect to a node that offers the NAR. */
    void come(PeerAddress node, int count) throws IOException, GeneralSecurityException {
        for (int i = 0; i < count; i++) {
            BarePeer peer = new BarePeer(node);
            peers.add(peer);
            SwarmMessage.Offer offer = peer.offer(nar);
            root = offer.root();
            blocks = new BlockLayout(offer.narSize()).count();
        }
    }

    /**
     * Each asks once more: what the kernel took of the blocks before makes way for others.
     *
     * @return how many could
     */
    int askAgain() {
        int asking = 0;
        for (BarePeer peer : peers) {
            try {
                for (int i = 0; i < AT_A_TIME; i++) {
                    peer.send(new SwarmMessage.BlockRequest(next.plus(i), nar, root, i % blocks));
                }
                asking++;
            } catch (IOException e) {
                // The node has hung up on it, as it may: too many refusals wait for it.
            }
        }
        next = next.plus(AT_A_TIME);
        return asking;
    }

    /** From now on they say now and then that they are there. */
    void stayAlive() {
        var _ = pinging.scheduleWithFixedDelay(() -> peers.forEach(peer -> {
            try {
                peer.send(new SwarmMessage.Ping(1));
            } catch (IOException e) {
                // The node has hung up on it, as it may.
            }
        }), 0, 1, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
        pinging.shutdownNow();
        for (BarePeer peer : peers) {
            peer.close();
        }
    }
}
