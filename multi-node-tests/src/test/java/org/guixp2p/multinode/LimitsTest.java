// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

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
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
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

    private static void await(BooleanSupplier condition, String expected) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > until) {
                fail("expected " + expected);
            }
            LockSupport.parkNanos(50_000_000);
        }
    }

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

    private void upload(String name, ByteRate rate) throws IOException {
        ControlClient.change(ControlServer.beside(world.socket(name)), new LimitsRequest(Optional.of(rate),
                Optional.empty(), Optional.empty(), Optional.empty()), ControlClient.PATIENCE);
    }

    private CompletableFuture<byte[]> fetch(String name, World.Item item) {
        CompletableFuture<byte[]> nar = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                nar.complete(Restorer.fetch(world.socket(name), item.path()));
            } catch (IOException | RuntimeException e) {
                nar.completeExceptionally(e);
            }
        });
        return nar;
    }

    /** What the limit has held up comes at once when it is lifted. */
    @Test
    void anUploadLimitHoldsOverTwoPeersUntilItIsLifted() throws Exception {
        List<World.Item> items = List.of(world.item("one", SIZE, false), world.item("two", SIZE + 1, false));
        Node seeder = world.node("seeder", SubstitutePolicy.P2P_ONLY, items.stream().map(World.Item::path).toList(),
                List.of());
        await(() -> api(seeder, "seeds").getConfigList("all").stream()
                .filter(seed -> seed.getString("state").equals("offered")).count() == items.size(), "two seeds");
        upload("seeder", new ByteRate(RATE));
        assertEquals(RATE, api(seeder, "limits").getLong("all.upload"));
        List<Node> fetchers = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            fetchers.add(world.node(name, SubstitutePolicy.P2P_ONLY, List.of(), List.of(World.address(seeder))));
        }
        await(() -> api(seeder, "peers").getConfigList("all").size() == 2, "two peers");
        long begun = System.nanoTime();
        CompletableFuture<byte[]> one = fetch("a", items.getFirst());
        CompletableFuture<byte[]> two = fetch("b", items.getLast());
        await(() -> fetchers.stream().allMatch(node -> fetched(node) >= 1 << 19), "some blocks for each");
        long first = fetched(fetchers.getFirst());
        long second = fetched(fetchers.getLast());
        double seconds = (System.nanoTime() - begun) / 1e9;
        assertTrue(first + second <= RATE * (seconds + 0.1), first + " and " + second + " bytes in " + seconds + " s");
        upload("seeder", ByteRate.UNLIMITED);
        assertArrayEquals(items.getFirst().nar(), one.get(60, TimeUnit.SECONDS));
        assertArrayEquals(items.getLast().nar(), two.get(60, TimeUnit.SECONDS));
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
