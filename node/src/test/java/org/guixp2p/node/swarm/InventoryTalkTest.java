// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.Fingerprints;
import org.guixp2p.protocol.swarm.GoodbyeReason;
import org.guixp2p.protocol.swarm.InventoryKey;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

/** What a node and a peer tell each other that they have, over a real connection. */
class InventoryTalkTest extends SwarmFixture {
    private static final Fingerprints NONE = Fingerprints.of();
    private static final InventoryKey KEY = new InventoryKey(1, 2, 1000);

    private static NarHash nar(int number) {
        return new NarHash(Sha256.hash(("nar" + number).getBytes(StandardCharsets.US_ASCII)));
    }

    private interface Talk {
        void with(SwarmNode node, TestPeer peer) throws IOException;
    }

    /** A peer comes that takes inventories, or does not. */
    private void talk(Set<String> features, Talk talk) throws IOException {
        try (SwarmNode node = setup.start(kit);
                TestPeer peer = TestPeer.dial(node, TestPeer.someone(),
                        new SwarmMessage.Hello(1, features, "test peer", 0, 8), SwarmMessage.INVENTORY)) {
            node.up(peer.id());
            talk.with(node, peer);
        }
    }

    private void talk(Talk talk) throws IOException {
        talk(Set.of(SwarmMessage.INVENTORY), talk);
    }

    private static SwarmMessage.InventoryChange added(InventoryKey key, int... numbers) {
        return new SwarmMessage.InventoryChange(NONE, Fingerprints.of(fingerprints(key, numbers)));
    }

    private static long[] fingerprints(InventoryKey key, int... numbers) {
        long[] fingerprints = new long[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            fingerprints[i] = key.fingerprint(nar(numbers[i]));
        }
        return LongStream.of(fingerprints).sorted().toArray();
    }

    /** The next frame that tells of what the node has. */
    private static SwarmMessage told(TestPeer peer) throws IOException {
        SwarmMessage next = peer.next();
        while (next instanceof SwarmMessage.Ping(long nonce)) {
            peer.send(new SwarmMessage.Pong(nonce));
            next = peer.next();
        }
        return assertInstanceOf(SwarmMessage.OfInventory.class, next);
    }

    /** What comes after it has been looked at. */
    private static void assertAlive(TestPeer peer) throws IOException {
        peer.send(new SwarmMessage.Ping(42));
        SwarmMessage next = peer.next();
        while (next != null && !next.equals(new SwarmMessage.Pong(42))) {
            next = peer.next();
        }
        assertNotNull(next, "hung up");
    }

    @Test
    void aPeerIsToldWhatIsThereAndThenWhatChanges() throws IOException {
        talk((node, peer) -> {
            InventoryKey key = assertInstanceOf(SwarmMessage.Inventory.class, told(peer)).key();
            node.inventories.add(nar(1));
            assertEquals(added(key, 1), told(peer));
            node.inventories.add(nar(2));
            node.inventories.add(nar(3));
            node.inventories.remove(nar(1));
            List<SwarmMessage> changes = new ArrayList<>(List.of(told(peer), told(peer)));
            assertEquals(new SwarmMessage.InventoryChange(Fingerprints.of(fingerprints(key, 1)), NONE),
                    changes.getFirst());
            assertEquals(added(key, 2, 3), changes.getLast());
        });
    }

    @Test
    void whoeverDoesNotTakeInventoriesIsToldNothing() throws IOException {
        talk(Set.of(), (node, peer) -> {
            node.inventories.add(nar(1));
            peer.send(new SwarmMessage.Ping(1));
            assertEquals(new SwarmMessage.Pong(1), peer.next());
        });
    }

    @Test
    void whatAPeerTellsIsKeptUntilItGoes() throws IOException {
        talk((node, peer) -> {
            peer.send(new SwarmMessage.Inventory(KEY), added(KEY, 1, 2));
            assertAlive(peer);
            assertEquals(List.of(peer.id()), node.inventories.named(nar(2)));
            peer.send(new SwarmMessage.InventoryChange(Fingerprints.of(fingerprints(KEY, 2)), NONE), added(KEY, 3));
            assertAlive(peer);
            assertEquals(List.of(), node.inventories.named(nar(2)));
            assertEquals(List.of(peer.id()), node.inventories.named(nar(3)));
            peer.close();
            node.down(peer.id());
            assertEquals(List.of(), node.inventories.named(nar(3)));
        });
    }

    @Test
    void whatTakesMoreThanTheShareIsNotKept() throws IOException {
        setup.heap = 16 << 20;
        talk((node, peer) -> {
            InventoryKey large = new InventoryKey(1, 2, InventoryKey.MAX_ITEMS);
            peer.send(new SwarmMessage.Inventory(large), added(large, 1));
            assertAlive(peer);
            assertEquals(List.of(), node.inventories.named(nar(1)));
            peer.send(new SwarmMessage.Inventory(KEY), added(KEY, 1));
            assertAlive(peer);
            assertEquals(List.of(peer.id()), node.inventories.named(nar(1)));
        });
    }

    @Test
    void aChangeOfWhatWasNotBegun() throws IOException {
        talk((node, peer) -> {
            told(peer);
            peer.send(added(KEY, 1));
            assertTrue(peer.expectGoodbye(GoodbyeReason.MALFORMED).contains("was not begun"));
        });
    }

    @Test
    void aChangeThatCannotBe() throws IOException {
        talk((node, peer) -> {
            told(peer);
            peer.send(new SwarmMessage.Inventory(KEY),
                    new SwarmMessage.InventoryChange(Fingerprints.of(fingerprints(KEY, 1)), NONE));
            assertTrue(peer.expectGoodbye(GoodbyeReason.MALFORMED).contains("was not there"));
        });
    }

    /** Frames without anything in them count too. */
    @Test
    void moreFramesThanAnybodyHasToSend() throws IOException {
        setup.ticker = new FakeTicker();
        talk((node, peer) -> {
            told(peer);
            for (int i = 0; i < InventoryTalk.MOST_PAGES; i++) {
                peer.send(new SwarmMessage.Inventory(KEY));
            }
            assertAlive(peer);
            peer.send(new SwarmMessage.Inventory(KEY));
            assertTrue(peer.expectGoodbye(GoodbyeReason.MALFORMED).contains("more than anybody has"));
        });
    }

    @Test
    void moreChangesThanAnybodyHas() throws IOException {
        setup.ticker = new FakeTicker();
        talk((node, peer) -> {
            told(peer);
            InventoryKey large = new InventoryKey(1, 2, 512 * 1024);
            long[] onePerPage = LongStream.range(0, large.pages()).map(page -> page << InventoryKey.PAGE_BITS)
                    .toArray();
            Fingerprints all = Fingerprints.of(onePerPage);
            peer.send(new SwarmMessage.Inventory(large));
            for (int i = 0; i < InventoryTalk.MOST_PAGES / large.pages() - 1; i++) {
                peer.send(i % 2 == 0
                        ? new SwarmMessage.InventoryChange(NONE, all)
                        : new SwarmMessage.InventoryChange(all, NONE));
            }
            assertAlive(peer);
            peer.send(new SwarmMessage.InventoryChange(all, all));
            assertTrue(peer.expectGoodbye(GoodbyeReason.MALFORMED).contains("more than anybody has"));
        });
    }

    /** Two nodes, as they are. */
    @Test
    void nodesTellEachOther() throws IOException {
        try (SwarmNode one = setup.start(kit)) {
            SwarmNode.Setup other = new SwarmNode.Setup();
            other.bootstrap = List.of(one.address());
            try (SwarmNode two = other.start(kit)) {
                one.inventories.add(nar(1));
                two.inventories.add(nar(2));
                Eventually.holds(() -> two.inventories.named(nar(1)).equals(List.of(one.identity.peerId()))
                        && one.inventories.named(nar(2)).equals(List.of(two.identity.peerId())), () -> "inventories");
            }
        }
    }
}
