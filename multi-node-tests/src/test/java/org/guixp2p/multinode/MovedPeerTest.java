// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node is at another address than the one that its friend knows, and says so in the DHT alone. */
@Timeout(240)
@Tag("slow")
class MovedPeerTest extends OnOneNetwork {
    /** @param places so few that none is left for strangers: they would meet where all meet, and tell of each other */
    private NodeProcess start(String name, String log, String host, int places, NodeProcess router,
            PeerAddress... named)
            throws IOException, InterruptedException {
        Path config = world.plan(name).at(host).dialling(named).configFile();
        String routers = router == null ? "" : "\"" + router.address().endpoint() + "\"";
        Files.writeString(config, Files.readString(config)
                + "lan = off\nshare = world\ndht = private\ndht_routers = [" + routers + "]\n"
                + "max_total_peers = " + places + "\nmax_light_sessions = 0\n");
        return new NodeProcess(config, directory.resolve(log), ethernet.machine(host + "/16").inside());
    }

    @Test
    void whoHasMovedIsFoundByItsKey() throws Exception {
        try (NodeProcess router = start("router", "log1", "198.18.1.1", 1, null)) {
            PeerAddress before;
            try (NodeProcess node = start("node", "log2", "198.18.2.1", 1, router)) {
                before = node.address();
                try (NodeProcess friend = start("friend", "log3", "198.18.3.1", 1, router, before)) {
                    friend.awaitSaid("peer " + before.id() + " at /198.18.2.1:");
                    friend.terminate();
                    friend.assertEnds(System.nanoTime(), Duration.ofSeconds(20));
                }
            }
            assertTrue(Files.exists(world.home("friend").resolve("state/peer-keys")));
            try (NodeProcess node = start("node", "log4", "198.18.9.1", 2, router, router.address());
                    NodeProcess friend = start("friend", "log5", "198.18.3.2", 1, router, before)) {
                // The router has dialled it back; nothing is said before.
                node.awaitSaid("peers elsewhere can connect to this node by IPV4");
                friend.awaitSaid("peer " + before.id() + " says that it is at [198.18.9.1:");
                friend.awaitSaid("peer " + before.id() + " at /198.18.9.1:");
                Await.until(() -> status("node").getConfigList("dht").getFirst().getInt("record_kept_by") > 0,
                        node::said);
                node.awaitSaid("peer " + friend.address().id() + " at /198.18.3.2:");
            }
        }
    }
}
