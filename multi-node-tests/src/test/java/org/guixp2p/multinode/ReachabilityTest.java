// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.testing.Ethernet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes at addresses that mean the same everywhere, one of which others see where it cannot be dialled. */
@Timeout(180)
class ReachabilityTest extends OnOneNetwork {
    private static final String NETWORK = "198.18.0.0/16";

    private NodeProcess start(String name, String host, Ethernet.Machine machine, PeerAddress... named)
            throws IOException {
        Path config = world.plan(name).at(host).dialling(named).configFile();
        Files.writeString(config, Files.readString(config) + "lan = off\nshare = world\ndht = private\n");
        return new NodeProcess(config, directory.resolve(name + ".log"), machine.inside());
    }

    private String ipv4(String name) {
        return status(name).getString("reachability.ipv4");
    }

    private boolean readOnly(String name) {
        return status(name).getConfigList("dht").getFirst().getBoolean("read_only");
    }

    @Tag("slow")
    @Test
    void whoCannotBeReachedOnlyAsksUntilItCan() throws Exception {
        Ethernet.Machine behind = ethernet.machine("198.18.3.1/16", "198.18.4.1/16");
        // As behind a router that forwards nothing: what goes out comes from elsewhere than what could come in.
        behind.run("ip route change " + NETWORK + " dev eth0 src 198.18.4.1");
        try (NodeProcess one = start("one", "198.18.1.1", ethernet.machine("198.18.1.1/16"));
                NodeProcess two = start("two", "198.18.2.1", ethernet.machine("198.18.2.1/16"), one.address());
                NodeProcess node = start("node", "198.18.3.1", behind, one.address(), two.address())) {
            Await.until(() -> ipv4("node").equals("unreachable"), node::said);
            Await.until(() -> readOnly("node"), node::said);
            // Both have been dialled from elsewhere.
            assertEquals(List.of("reachable", "reachable"), List.of(ipv4("one"), ipv4("two")));
            assertEquals(List.of(false, false), List.of(readOnly("one"), readOnly("two")));
            behind.run(
                    "ip route change " + NETWORK + " dev eth0 src 198.18.3.1 && ip address del 198.18.4.1/16 dev eth0");
            Await.until(() -> ipv4("node").equals("reachable"), node::said);
            Await.until(() -> !readOnly("node"), node::said);
        }
    }
}
