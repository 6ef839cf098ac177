// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.ConfigLoader;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whom a node finds back to. */
class RememberedPeersTest {
    private final ActorTestKit kit = ActorTestKit.create("remembered");

    @TempDir
    Path directory;

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private NodeConfig config() throws ConfigException {
        return ConfigLoader.parse(new Surroundings(Map.of(), "alice", directory, directory.resolve("none")), "test",
                "share = world").config();
    }

    /** The swarm takes whom it can use: else the same few, connected already or never there, would keep it from all others. */
    @Test
    void manyMoreAreOfferedThanAreDialled() throws ConfigException {
        RememberedPeers remembered = RememberedPeers.open(config(), InstantSource.system());
        for (int i = 0; i < RememberedPeers.OFFERED + 10; i++) {
            remembered.book().worked(new PeerId(Sha256.hash(new byte[]{(byte) i, (byte) (i >> 8)})),
                    new InetSocketAddress(InetAddress.ofLiteral("198.18." + i / 10 + "." + i % 10), 6881));
        }
        TestProbe<Swarm.Command> swarm = kit.createTestProbe();
        remembered.begin(swarm.ref(), kit.system(), Runnable::run, Optional.empty());
        Set<Swarm.Neighbour> offered = new HashSet<>();
        for (int i = 0; i < RememberedPeers.OFFERED; i++) {
            offered.add(swarm.expectMessageClass(Swarm.Neighbour.class));
        }
        assertEquals(RememberedPeers.OFFERED, offered.size());
        remembered.close();
    }
}
