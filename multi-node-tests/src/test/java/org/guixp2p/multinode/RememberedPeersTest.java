// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.testing.Ethernet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes on machines of their own that do not look around on their network, and find each other all the same. */
@Timeout(120)
class RememberedPeersTest extends OnOneNetwork {
    private NodeProcess start(String name, String log, Ethernet.Machine machine, PeerAddress... named)
            throws IOException {
        Path config = world.plan(name).at("0.0.0.0").dialling(named).configFile();
        Files.writeString(config, Files.readString(config) + "lan = off\n");
        return new NodeProcess(config, directory.resolve(log), machine.inside());
    }

    private static PeerAddress at(String host, NodeProcess node) {
        return new PeerAddress(node.address().id(), new HostAndPort(host, node.address().endpoint().port()));
    }

    @Tag("slow")
    @Test
    void whoWasThereIsFoundAgainWithoutBeingNamed() throws Exception {
        Ethernet.Machine machine = ethernet.machine("10.77.0.2/24");
        try (NodeProcess one = start("one", "log1", ethernet.machine("10.77.0.1/24"))) {
            PeerAddress there = at("10.77.0.1", one);
            Path kept = world.home("two").resolve("state/peers");
            try (NodeProcess two = start("two", "log2", machine, there)) {
                two.awaitSaid("peer " + there.id() + " at ");
                long since = System.nanoTime();
                two.terminate();
                two.assertEnds(since, Duration.ofSeconds(10));
            }
            assertTrue(Files.readString(kept).contains(there + " "), Files.readString(kept));
            try (NodeProcess again = start("two", "log3", machine)) {
                again.awaitSaid("peer " + there.id() + " at ");
                assertFalse(again.said().contains("cannot be"), again::said);
            }
        }
    }

    /** Both know the same third one, which has been dialled by both and has dialled nobody. */
    @Test
    @Tag("slow")
    void twoAreToldOfEachOther() throws Exception {
        try (NodeProcess hub = start("hub", "log1", ethernet.machine("10.77.0.1/24"));
                NodeProcess one = start("one", "log2", ethernet.machine("10.77.0.2/24"), at("10.77.0.1", hub));
                NodeProcess two = start("two", "log3", ethernet.machine("10.77.0.3/24"), at("10.77.0.1", hub))) {
            one.awaitSaid("peer " + two.address().id() + " at ");
            two.awaitSaid("peer " + one.address().id() + " at ");
        }
    }

    @Test
    void aDamagedFileIsSetAside() throws Exception {
        Path kept = Files.createDirectories(world.home("one").resolve("state")).resolve("peers");
        Files.writeString(kept, "guix-p2p peers 1\nguixp2p://");
        try (NodeProcess one = start("one", "log1", ethernet.machine("10.77.0.1/24"))) {
            assertTrue(one.said().contains("is damaged"), one::said);
            assertTrue(Files.exists(kept.resolveSibling("peers.damaged")));
        }
    }
}
