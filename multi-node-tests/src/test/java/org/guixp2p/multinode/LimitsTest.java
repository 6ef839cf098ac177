// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Fallback;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.node.control.LimitsRequest;
import org.guixp2p.node.identity.NodeIdentity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Limits of whole nodes, changed as the user would. */
@Timeout(300)
class LimitsTest extends InAWorld {
    private static final long RATE = 2 << 20;
    private static final int SIZE = 3 << 20;

    private static Config api(Node node, String what) {
        try {
            return ConfigFactory.parseString("all = " + World.api(node, "/api/" + what));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** NAR bytes that peers have given to a node. */
    private static long fetched(Node node) {
        return api(node, "transfers").getConfigList("all").stream()
                .flatMap(transfer -> transfer.getConfigList("sources").stream())
                .mapToLong(source -> source.getLong("bytes")).sum();
    }

    /** What the limit has held up comes at once when it is lifted. */
    @Test
    void anUploadLimitHoldsOverTwoPeersUntilItIsLifted() throws Exception {
        World.Item item = world.item("one", SIZE, false);
        World.Item other = world.item("two", SIZE + 1, false);
        Node seeder = world.plan("seeder").seeding(item, other).start();
        world.limitUpload("seeder", new ByteRate(RATE));
        assertEquals(RATE, api(seeder, "limits").getLong("all.upload"));
        List<Node> fetchers = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            fetchers.add(world.plan(name).dialling(seeder).start());
        }
        World.awaitPeers(seeder, 2);
        long begun = System.nanoTime();
        CompletableFuture<byte[]> one = world.fetching("a", item);
        CompletableFuture<byte[]> two = world.fetching("b", other);
        Await.until(() -> fetchers.stream().allMatch(node -> fetched(node) >= 1 << 19),
                () -> "each has: " + fetchers.stream().map(LimitsTest::fetched).toList());
        long first = fetched(fetchers.getFirst());
        long second = fetched(fetchers.getLast());
        double seconds = (System.nanoTime() - begun) / 1e9;
        assertTrue(first + second <= RATE * (seconds + 0.1), first + " and " + second + " bytes in " + seconds + " s");
        world.limitUpload("seeder", ByteRate.UNLIMITED);
        assertArrayEquals(item.nar(), one.get(60, TimeUnit.SECONDS));
        assertArrayEquals(other.nar(), two.get(60, TimeUnit.SECONDS));
    }

    /** There is no room for the name of the other socket. */
    @Test
    void aNodeWhoseLimitsCannotBeChangedIsANodeAllTheSame() throws Exception {
        World.Item item = world.item("one", 1000, true);
        NodeConfig usual = world.config("a", SubstitutePolicy.HTTP_FIRST, List.of(), List.of());
        int room = 104 - directory.toString().length();
        Path socket = directory.resolve("s".repeat(room - 1));
        NodeConfig config = new NodeConfig(usual.substitutes(), usual.seeding(), usual.network(), usual.transfers(),
                usual.files(), new NodeConfig.Bridge(socket, Optional.empty(), Fallback.NONE), usual.api(),
                usual.logLevel());
        Node node = Node.start(config, NodeIdentity.generate(new SecureRandom()));
        try {
            assertArrayEquals(item.nar(), Restorer.fetch(socket, item.path()));
            IOException nobody = assertThrows(IOException.class, () -> ControlClient.change(
                    ControlServer.beside(socket), new LimitsRequest(Optional.empty(), Optional.empty(),
                            Optional.empty(), Optional.empty()),
                    ControlClient.PATIENCE));
            assertTrue(String.valueOf(nobody.getMessage()).startsWith("no node answers at "), nobody::getMessage);
        } finally {
            World.stop(node);
        }
    }
}
