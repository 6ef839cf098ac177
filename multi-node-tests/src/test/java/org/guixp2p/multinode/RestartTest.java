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
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes that stop and start again with what they had. */
@Timeout(120)
class RestartTest extends InAWorld {
    private Node fetcher(String name, Node... peers) throws IOException, StartException {
        return world.plan(name).dialling(peers).start();
    }

    private static void awaitSeeds(Node node, String part) {
        World.await(node, "/api/seeds", said -> said.contains(part));
    }

    @Test
    void whatANodeOffersItOffersAgain() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        Node named = world.plan("named").seeding(item).start();
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

        Path nars = world.home("kept").resolve("state/nars");
        Path nar = World.files(nars).stream().filter(file -> file.toString().endsWith(".nar")).findFirst()
                .orElseThrow();
        Files.write(nar, Arrays.copyOf(item.nar(), 300_000));
        kept = fetcher("kept");
        // What is there is looked at when somebody asks for it.
        world.plan("three").policy(SubstitutePolicy.P2P_FIRST).dialling(kept).start();
        var _ = world.fetching("three", item);
        World.await(kept, "/api/seeds", "[]"::equals);
        Await.until(() -> World.files(nars).isEmpty(), () -> "what is not whole is removed: " + World.files(nars));
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

    @Test
    void aNodeThatStopsGivesTheBlocksThatAreOnTheirWay() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        Captured<Holding> given = new Captured<>(offers -> new Holding(offers, 1));
        Node seeder = world.plan("seeder").seeding(item).giving(given).start();
        Node fetcher = fetcher("fetcher", seeder);
        CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
        // All three are asked for at once, and the first one is given: its manifest is followed.
        awaitBlocks(seeder, 3);
        World.await(fetcher, "/api/transfers", said -> World.number(said, "verifiedBytes") > 0);
        seeder.stop();
        given.get().release();
        assertArrayEquals(item.nar(), fetched.get(20, TimeUnit.SECONDS));
        seeder.whenEnded().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void whatANodeLearntOfItsPeersOutlivesIt() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        Node liar = world.plan("liar").seeding(item).giving(Lies.Corrupting::new).start();
        Captured<Holding> given = new Captured<>(offers -> new Holding(offers, 0));
        Node honest = world.plan("honest").seeding(item).giving(given).start();
        Node fetcher = fetcher("fetcher", liar, honest);
        CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
        World.await(fetcher, "/api/transfers", said -> World.number(said, "corruptBlocks") > 0);
        World.await(fetcher, "/api/peers", said -> !said.contains(liar.addresses().peer().toString()));
        given.get().release();
        assertArrayEquals(item.nar(), fetched.get(20, TimeUnit.SECONDS));
        World.stop(fetcher);
        assertTrue(world.remembered("fetcher").refusedFor(liar.addresses().peer()).isPresent(),
                "the liar is still refused");
    }

    @Test
    void aNodeThatStopsFetchesToTheEndWhatIsAlmostThere() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        Captured<Holding> given = new Captured<>(offers -> new Holding(offers, 1));
        Node seeder = world.plan("seeder").seeding(item).giving(given).start();
        Node fetcher = fetcher("fetcher", seeder);
        try (Restorer restorer = new Restorer(world.socket("fetcher"), FromRestorer.Mode.SUBSTITUTE)) {
            restorer.begin(item.path());
            fetcher.stop();
            given.get().release();
            assertArrayEquals(item.nar(), restorer.rest());
        }
        fetcher.whenEnded().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void whatDoesNotEndIsCutWhenTheNodeStops() throws Exception {
        World.Item item = world.item("noise", 700_000, true);
        world.server().gate(item.path());
        Node node = world.plan("one").policy(SubstitutePolicy.HTTP_FIRST).start();
        try (Restorer restorer = new Restorer(world.socket("one"), FromRestorer.Mode.SUBSTITUTE)) {
            restorer.begin(item.path());
            node.stop();
            assertFalse(Files.exists(world.socket("one")), "nobody else gets in");
            IOException cut = assertThrows(IOException.class, restorer::rest);
            assertEquals("the node is stopping", cut.getMessage());
        }
        node.whenEnded().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertEquals(List.of(), World.files(world.partial("one")));
    }

    private static void awaitBlocks(Node seeder, int blocks) throws Exception {
        awaitSeeds(seeder, "\"blocksServed\":" + blocks);
    }
}
