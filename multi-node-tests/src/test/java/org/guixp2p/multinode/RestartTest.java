// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes that stop and start again with what they had. */
@Timeout(120)
class RestartTest extends InAWorld {
    private Node fetcher(String name, Node... peers) throws IOException, StartException {
        return world.node(name, SubstitutePolicy.P2P_ONLY, List.of(), Stream.of(peers).map(World::address).toList());
    }

    private static void awaitSeeds(Node node, String part) {
        World.await(node, "/api/seeds", said -> said.contains(part));
    }

    @Test
    void whatANodeOffersItOffersAgain() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        Node named = world.node("named", SubstitutePolicy.P2P_ONLY, List.of(item.path()), List.of());
        awaitSeeds(named, "offered");
        Node kept = fetcher("kept", named);
        assertArrayEquals(item.nar(), Restorer.fetch(world.socket("kept"), item.path()));
        awaitSeeds(kept, "offered");
        World.stop(kept);
        World.stop(named);
        assertFalse(Files.exists(world.socket("named")));

        // It was named once; its settings need not name it again.
        named = fetcher("named");
        awaitSeeds(named, "\"store\"");
        awaitSeeds(named, "offered");
        fetcher("one", named);
        assertArrayEquals(item.nar(), Restorer.fetch(world.socket("one"), item.path()));
        World.stop(named);

        kept = fetcher("kept");
        awaitSeeds(kept, "\"kept\"");
        fetcher("two", kept);
        assertArrayEquals(item.nar(), Restorer.fetch(world.socket("two"), item.path()));
        World.stop(kept);

        Path nar;
        try (Stream<Path> nars = Files.list(world.home("kept").resolve("state/nars"))) {
            nar = nars.filter(file -> file.toString().endsWith(".nar")).findFirst().orElseThrow();
        }
        Files.write(nar, Arrays.copyOf(item.nar(), 300_000));
        kept = fetcher("kept");
        // What is there is looked at when somebody asks for it.
        world.node("three", SubstitutePolicy.P2P_FIRST, List.of(), List.of(World.address(kept)));
        var _ = world.fetching("three", item);
        World.await(kept, "/api/seeds", "[]"::equals);
        assertEquals(List.of(), within(nar.getParent(), List::isEmpty), "what is not whole is removed");
    }

    /** What is in a directory, once that is as wanted, or after a while as it is. */
    private static List<Path> within(Path directory, Predicate<List<Path>> wanted) throws IOException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        while (true) {
            try (Stream<Path> files = Files.list(directory)) {
                List<Path> all = files.toList();
                if (wanted.test(all) || System.nanoTime() > until) {
                    return all;
                }
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Test
    void aStateDirectoryThatCannotBeUsedIsNamed() throws Exception {
        Files.createDirectories(world.home("one"));
        Path state = Files.writeString(world.home("one").resolve("state"), "a file");
        StartException refused = assertThrows(StartException.class, () -> fetcher("one"));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("state_dir: cannot be made: " + state),
                refused.toString());
        Files.delete(state);
        Files.createDirectories(state.resolve("lock"));
        refused = assertThrows(StartException.class, () -> fetcher("one"));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("state_dir: cannot be written: " + state + "/lock"),
                refused.toString());
        Files.delete(state.resolve("lock"));
        Files.writeString(state.resolve("nars"), "a file");
        refused = assertThrows(StartException.class, () -> fetcher("one"));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("state_dir: " + state + "/nars: "),
                refused.toString());
        Files.delete(state.resolve("nars"));
        fetcher("one");
    }

    @Test
    void aSocketInUseAndThePortOfAnotherLeaveNothingOpen() throws Exception {
        fetcher("one");
        Files.createDirectories(world.home("two"));
        Files.createSymbolicLink(world.home("two").resolve("run"), world.home("one").resolve("run"));
        StartException refused = assertThrows(StartException.class, () -> fetcher("two"));
        assertEquals("socket_path: " + world.socket("two") + ": another node serves it", refused.getMessage());
        Files.delete(world.home("two").resolve("run"));
        // The lock on the state is free again.
        fetcher("two");
    }

    /** Holds back the blocks from one on until it is told to give them. */
    private static final class Holding extends Giving {
        private final int from;
        private final CompletableFuture<Boolean> asked = new CompletableFuture<>();
        private final CompletableFuture<Boolean> released = new CompletableFuture<>();

        private Holding(Offers real, int from) {
            super(real);
            this.from = from;
        }

        @Override
        public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
            asked.complete(true);
            return index < from
                    ? real.block(nar, root, index)
                    : real.block(nar, root, index).thenCombine(released, (bytes, go) -> bytes);
        }
    }

    @Test
    void aNodeThatStopsGivesTheBlocksThatAreOnTheirWay() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        CompletableFuture<Holding> giving = new CompletableFuture<>();
        Node seeder = world.node("seeder", SubstitutePolicy.P2P_ONLY, List.of(item.path()), List.of(), offers -> {
            giving.complete(new Holding(offers, 0));
            return giving.join();
        });
        awaitSeeds(seeder, "offered");
        fetcher("fetcher", seeder);
        CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
        giving.join().asked.get(20, TimeUnit.SECONDS);
        // All three are asked for at once, and none is given yet.
        awaitBlocks(seeder, 3);
        seeder.stop();
        giving.join().released.complete(true);
        assertArrayEquals(item.nar(), fetched.get(20, TimeUnit.SECONDS));
        seeder.whenEnded().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void whatANodeLearntOfItsPeersOutlivesIt() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        Node liar = world.plan("liar").seeding(item).giving(Lies.Corrupting::new).start();
        CompletableFuture<Holding> giving = new CompletableFuture<>();
        Node honest = world.plan("honest").seeding(item).giving(offers -> {
            giving.complete(new Holding(offers, 0));
            return giving.join();
        }).start();
        Node fetcher = fetcher("fetcher", liar, honest);
        CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
        World.await(fetcher, "/api/transfers", said -> World.number(said, "corruptBlocks") > 0);
        World.await(fetcher, "/api/peers", said -> !said.contains(liar.addresses().peer().toString()));
        giving.join().released.complete(true);
        assertArrayEquals(item.nar(), fetched.get(20, TimeUnit.SECONDS));
        World.stop(fetcher);
        assertTrue(world.remembered("fetcher").refusedFor(liar.addresses().peer()).isPresent(),
                "the liar is still refused");
    }

    @Test
    void aNodeThatStopsFetchesToTheEndWhatIsAlmostThere() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        CompletableFuture<Holding> giving = new CompletableFuture<>();
        Node seeder = world.node("seeder", SubstitutePolicy.P2P_ONLY, List.of(item.path()), List.of(), offers -> {
            giving.complete(new Holding(offers, 1));
            return giving.join();
        });
        awaitSeeds(seeder, "offered");
        Node fetcher = fetcher("fetcher", seeder);
        try (Restorer restorer = new Restorer(world.socket("fetcher"), FromRestorer.Mode.SUBSTITUTE)) {
            restorer.begin(item.path());
            fetcher.stop();
            giving.join().released.complete(true);
            assertArrayEquals(item.nar(), restorer.rest());
        }
        fetcher.whenEnded().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void whatDoesNotEndIsCutWhenTheNodeStops() throws Exception {
        World.Item item = world.item("noise", 700_000, true);
        world.gate(item);
        Node node = world.node("one", SubstitutePolicy.HTTP_FIRST, List.of(), List.of());
        try (Restorer restorer = new Restorer(world.socket("one"), FromRestorer.Mode.SUBSTITUTE)) {
            restorer.begin(item.path());
            node.stop();
            assertFalse(Files.exists(world.socket("one")), "nobody else gets in");
            IOException cut = assertThrows(IOException.class, restorer::rest);
            assertEquals("the node is stopping", cut.getMessage());
        }
        node.whenEnded().toCompletableFuture().get(20, TimeUnit.SECONDS);
        try (Stream<Path> partial = Files.list(world.home("one").resolve("state/partial"))) {
            assertEquals(List.of(), partial.toList());
        }
    }

    private static void awaitBlocks(Node seeder, int blocks) throws Exception {
        awaitSeeds(seeder, "\"blocksServed\":" + blocks);
    }
}
