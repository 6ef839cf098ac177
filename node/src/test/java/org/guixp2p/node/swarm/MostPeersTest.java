// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.stream.Stream;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.memory.MemoryShares.Holder;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

/** By how many peers memory is divided: as many as may be connected at a time. */
class MostPeersTest {
    private final SwarmNode.Setup setup = new SwarmNode.Setup();
    private final MemoryShares memory = MemoryShares.of(setup.heap);

    private int most() {
        return Places.mostWithNamed(setup.config(), memory);
    }

    private void name(int count) {
        Stream.generate(() -> TestPeer.someone().peerId()).limit(count).forEach(this::name);
    }

    private void name(PeerId id) {
        setup.bootstrap.add(new PeerAddress(id, new HostAndPort("127.0.0.1", 4000 + setup.bootstrap.size())));
    }

    @Test
    void asManyAsTheUserWants() {
        setup.maxPeers = 7;
        assertEquals(7, most());
        name(7);
        assertEquals(7, most(), "who is named has one of the places");
    }

    @Test
    void asManyAsTheUserNames() {
        setup.maxPeers = 2;
        name(5);
        name(setup.bootstrap.getFirst().id());
        assertEquals(5, most(), "some have more than one address");
    }

    @Test
    void asManyAsThereIsMemoryFor() {
        int room = ConnectionMemory.most(memory.of(Holder.CONNECTIONS));
        setup.maxPeers = room + 10;
        assertEquals(room, most());
        setup.maxPeers = 1;
        name(room + 10);
        assertEquals(room, most());
    }

    /** Peers who take what they can leave every other one its own, though the user has named more than are let in otherwise. */
    @Test
    void eachOfThoseWhomTheUserNamedHasItsPart() {
        setup.maxPeers = 1;
        name(40);
        ServingSlots slots = Serving.Shared
                .of(memory, most(), Runnable::run, new InventoryExchange(1 << 20, new Random(1), System::nanoTime))
                .slots();
        for (int peer = 0; peer < 40; peer++) {
            int held = 0;
            while (slots.take(held)) {
                held++;
            }
            assertTrue(held > 0, "peer " + peer + " has none");
        }
    }
}
