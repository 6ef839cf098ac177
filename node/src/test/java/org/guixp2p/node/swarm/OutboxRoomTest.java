// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Fingerprints;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.RefusalReason;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

/** All outboxes of a node together. */
class OutboxRoomTest {
    private static final long MEMORY = 4_900_000;
    private static final int PEERS = 50;
    private static final Sha256 ROOT = Sha256.hash(new byte[]{1});
    private static final NarHash NAR = new NarHash(ROOT);
    private static final SwarmMessage ANSWER = new SwarmMessage.NotHere(new RequestId(1), NAR);

    private static final SwarmMessage REFUSED = new SwarmMessage.Refused(new RequestId(1), RefusalReason.BUSY,
            Duration.ofMillis(100));

    private final OutboxRoom room = new OutboxRoom(MEMORY, PEERS);

    private Outbox outbox() {
        return new Outbox(SwarmSettings.STANDARD, room);
    }

    private static boolean add(Outbox outbox, SwarmMessage message) {
        return outbox.add(message, () -> {}, () -> {}) == Outbox.Added.TAKEN;
    }

    @Test
    void onePeerAloneMayLeaveManyAnswersUnread() {
        Outbox outbox = outbox();
        for (int i = 0; i < 2 * 1024; i++) {
            assertTrue(add(outbox, ANSWER), "answer " + i);
        }
    }

    @Test
    void peersThatReadNothingLeaveRoomForOneThatDoes() {
        List<Outbox> greedy = new ArrayList<>();
        for (int i = 0; i < PEERS - 1; i++) {
            Outbox outbox = outbox();
            greedy.add(outbox);
            while (add(outbox, ANSWER)) {
                assertTrue(room.used() <= MEMORY);
            }
        }
        Outbox modest = outbox();
        for (int round = 0; round < 10; round++) {
            // All that it may have asked for is refused at once.
            for (int i = 0; i < PeerSession.SERVING; i++) {
                assertTrue(add(modest, REFUSED), "refusal " + i);
            }
            for (int i = 0; i < PeerSession.SERVING; i++) {
                assertNotNull(modest.poll());
            }
        }
        greedy.forEach(outbox -> outbox.leave(null));
        assertEquals(0, room.used());
    }

    /** A larger heap has more places for peers, and each has its part. */
    @Test
    void whateverNumberOfPeersThereMayBeEachHasItsPart() {
        int peers = 400;
        OutboxRoom larger = new OutboxRoom(MEMORY, peers);
        for (int i = 0; i < peers - 1; i++) {
            OutboxRoom.Part greedy = larger.part();
            while (greedy.take(100)) {
                assertTrue(larger.used() <= MEMORY);
            }
        }
        assertTrue(larger.part().take(MEMORY / 2 / peers));
    }

    /** A relay's offer says of each block whether it is there. */
    @Test
    void anOfferCountsByWhatItTakes() {
        BlockBits bits = BlockBits.of(new BitSet(), 0, 8 * BlockBits.MAX_BYTES);
        NarSize size = new NarSize((8L * BlockBits.MAX_BYTES) << 18);
        Outbox outbox = outbox();
        assertTrue(add(outbox, new SwarmMessage.Offer(new RequestId(1), NAR, size, ROOT, new Holding.Relay(bits))));
        assertTrue(room.used() > BlockBits.MAX_BYTES);
        long before = room.used();
        assertTrue(add(outbox, new SwarmMessage.Have(NAR, ROOT, bits)));
        assertTrue(room.used() - before > BlockBits.MAX_BYTES);
        before = room.used();
        assertTrue(add(outbox,
                new SwarmMessage.InventoryChange(Fingerprints.of(new long[1000]), Fingerprints.of(new long[500]))));
        assertEquals(before, room.used(), "what all are told is in memory once");
        while (outbox.poll() != null) {
            // Until it is empty.
        }
        assertEquals(0, room.used());
    }

    @Test
    void whenOthersLeaveNoRoomThePeerIsNotToBlameAndOurOwnQuestionsGoOut() {
        OutboxRoom full = new OutboxRoom(100, PEERS);
        Outbox outbox = new Outbox(SwarmSettings.STANDARD, full);
        assertEquals(Outbox.Added.NO_ROOM, outbox.add(ANSWER, () -> {}, () -> {}));
        for (SwarmMessage ours : List.of(new SwarmMessage.Query(new RequestId(1), List.of(NAR), false, 0),
                new SwarmMessage.Cancel(new RequestId(1)), new SwarmMessage.Ping(1))) {
            assertEquals(Outbox.Added.TAKEN, outbox.add(ours, () -> {}, () -> {}));
        }
        assertEquals(0, full.used());
        outbox.leave(null);
        assertEquals(0, full.used());
    }

    /** They have their place among what is served. */
    @Test
    void blocksTakeNothingOfIt() {
        Outbox outbox = outbox();
        assertTrue(add(outbox, new SwarmMessage.Block(new RequestId(1), 0, BlockPayload.raw(new byte[1 << 18]))));
        assertEquals(0, room.used());
        outbox.drop(new RequestId(1));
        outbox.leave(null);
        assertEquals(0, room.used());
        assertFalse(room.part().take(MEMORY + 1));
    }
}
