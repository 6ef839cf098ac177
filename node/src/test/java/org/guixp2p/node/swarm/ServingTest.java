// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.FrameDecoder;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

/** What a session gives to a peer whose link takes nothing. All at once, on the thread of the test. */
class ServingTest {
    private static final int ANSWERS = 24;

    private final MemoryOffers offers = new MemoryOffers();
    private final MemoryOffers.Nar nar = offers.add(new byte[2 * BlockLayout.BLOCK_BYTES]);
    private final Serving.Shared shared = Serving.Shared.of(MemoryShares.of(192 << 20), 50, Runnable::run,
            new InventoryExchange(1 << 20, new Random(1), System::nanoTime));

    private static PeerConnection unwritten() throws IOException {
        return new PeerConnection(
                new PeerConnection.Sockets(new Socket(), (SSLSocket) SSLSocketFactory.getDefault().createSocket()),
                new Greeted(TestPeer.someone().publicKey(), TestPeer.hello(), true, false),
                new FrameDecoder(),
                RateLimits.none(), new OutboxRoom(1 << 20, 50), SwarmSettings.STANDARD);
    }

    private SwarmMessage.BlockRequest ask(int id, int index) {
        return new SwarmMessage.BlockRequest(new RequestId(id), nar.hash(), nar.manifest().root(), index);
    }

    /** Whether a block is there, compressed at least so hard. */
    private boolean isPrepared(int index, int level) {
        AtomicBoolean reused = new AtomicBoolean();
        shared.blocks().get(new PreparedBlocks.Key(nar.manifest().root(), index, false), level,
                () -> CompletableFuture.completedFuture(nar.block(index)), () -> reused.set(true));
        return reused.get();
    }

    /** As if they had gone out at once, one ready behind the other, it would look as if the link had time for a higher level. */
    @Test
    void whatIsDroppedSaysNothingOfTheLink() throws IOException {
        try (PeerConnection connection = unwritten()) {
            Serving serving = new Serving(offers, shared, connection, Runnable::run, Runnable::run);
            for (int id = 1; id <= ANSWERS; id++) {
                serving.answer(ask(id, 0));
            }
            assertEquals(ANSWERS, offers.asked());
            for (int id = 1; id <= ANSWERS; id++) {
                serving.cancel(new RequestId(id));
            }
            assertFalse(serving.isBusy());
            serving.answer(ask(ANSWERS + 1, 1));
            int first = new CompressionLevels().level();
            assertTrue(isPrepared(1, first));
            assertFalse(isPrepared(1, first + 1), "it was compressed as if the link were slow");
        }
    }
}
