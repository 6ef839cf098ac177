// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Nodes with the memory that the launcher gives them, and others who want to use it up: they go on serving those who mean
 * well, meanwhile and afterwards.
 */
@Timeout(300)
class AttackedNodeTest extends InAWorld {
    private static final long MOST_MEMORY = 400L << 20;

    private static void assertUnharmed(NodeProcess node) throws IOException {
        long peak = node.peakMemory();
        assertTrue(peak < MOST_MEMORY, () -> "it took " + (peak >> 20) + " MiB");
        assertFalse(node.said().contains("OutOfMemoryError"), node::said);
    }

    // Clients of the daemon.

    @Test
    void aClientsServersThatSendNoiseHoldUpNobodyElse() throws Exception {
        flood(2, 16, 4);
    }

    @Test
    @Tag("slow")
    void aFloodOfNoiseHoldsUpNobodyElse() throws Exception {
        flood(4, 2, 400);
    }

    /** Each client asks for so many paths in one command, of as many servers as the node asks at a time. */
    private void flood(int clients, int servers, int paths) throws Exception {
        World.Item during = world.item("during", 3_000_000, true);
        World.Item after = world.item("after", 3_000_000, true);
        try (SpamServers spam = new SpamServers(servers);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                NodeProcess node = NodeProcess.asLaunched(
                        world.plan("one").policy(SubstitutePolicy.HTTP_FIRST).configFile(), directory.resolve("log"))) {
            List<Future<FromNode>> answers = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                List<StorePath> wanted = SpamServers.paths("client " + i + ", path ", paths);
                answers.add(threads.submit(() -> info(world.socket("one"), spam.option(), wanted)));
            }
            Await.until(() -> spam.answers() >= servers * 2, () -> spam.answers() + " answers are noise");
            assertArrayEquals(during.nar(), Restorer.fetch(world.socket("one"), during.path()));
            for (Future<FromNode> answer : answers) {
                assertInstanceOf(FromNode.End.class, answer.get(), "nothing of it can be trusted");
            }
            assertArrayEquals(after.nar(), Restorer.fetch(world.socket("one"), after.path()));
            assertUnharmed(node);
        }
    }

    /** The first that is said of the paths, but for signs of life. */
    private static FromNode info(Path socket, String nixOptions, List<StorePath> paths) throws IOException {
        try (Restorer restorer = new Restorer(socket, FromRestorer.Mode.QUERY, nixOptions)) {
            restorer.command(
                    paths.stream().map(path -> path.path() + " ").collect(Collectors.joining("", "info ", "")));
            FromNode said = restorer.read();
            while (said instanceof FromNode.Alive) {
                said = restorer.read();
            }
            return said;
        }
    }

    // Peers.

    @Test
    void peersThatReadNothingStarveNobody() throws Exception {
        greed(10_000_000, 8);
    }

    @Test
    @Tag("slow")
    void peersThatReadNothingOfALargeItemStarveNobody() throws Exception {
        greed(64_000_000, 100);
    }

    private void greed(int size, int rounds) throws Exception {
        World.Item large = world.item("large", size, false);
        World.Item small = world.item("small", 1_000_000, false);
        NarHash wanted = new NarHash(Sha256.hash(small.nar()));
        try (GreedyPeers greedy = new GreedyPeers(new NarHash(Sha256.hash(large.nar())));
                NodeProcess node = NodeProcess.asLaunched(
                        world.plan("seeder").seeding(large, small).configFile(), directory.resolve("log"))) {
            node.awaitSaid("offering " + large.path());
            node.awaitSaid("offering " + small.path());
            int count = 26;
            greedy.come(node.address(), count);
            try (BarePeer modest = new BarePeer(node.address())) {
                SwarmMessage.Offer offer = modest.offer(wanted);
                for (int round = 0; round < rounds; round++) {
                    int asking = greedy.askAgain();
                    assertTrue(round > 0 || asking > count / 2, () -> asking + " are greedy at all");
                    modest.send(new SwarmMessage.BlockRequest(new RequestId(round), wanted, offer.root(), 0));
                    assertInstanceOf(SwarmMessage.Block.class, modest.next(SwarmMessage.Answer.class));
                }
            }
            greedy.stayAlive();
            world.plan("fetcher").dialling(node.address()).start();
            assertArrayEquals(small.nar(), Restorer.fetch(world.socket("fetcher"), small.path()));
            assertUnharmed(node);
        }
    }

    // All of them.

    /**
     * Peers that read nothing, clients whose servers send noise, and restorers that take nothing of what they asked for, which comes
     * from a peer and from a server: nobody who means well goes without.
     */
    @Test
    @Tag("slow")
    void allThatMayComeAtOnceFitsIntoTheHeap() throws Exception {
        World.Item large = world.item("large", 64_000_000, false);
        World.Item small = world.item("small", 1_000_000, false);
        List<World.Item> wanted = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            wanted.add(world.item("wanted-" + i, 12_000_000 + i, i % 2 == 0));
        }
        NarHash smallNar = new NarHash(Sha256.hash(small.nar()));
        Node seeder = world.plan("seeder").seeding(wanted.toArray(World.Item[]::new)).start();
        List<Restorer> idle = new ArrayList<>();
        try (GreedyPeers greedy = new GreedyPeers(new NarHash(Sha256.hash(large.nar())));
                SpamServers spam = new SpamServers(4);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                NodeProcess node = NodeProcess.asLaunched(world.plan("one").policy(SubstitutePolicy.P2P_FIRST)
                        .dialling(seeder).seeding(large, small).configFile(), directory.resolve("log"))) {
            node.awaitSaid("offering " + large.path());
            node.awaitSaid("offering " + small.path());
            int count = 45;
            greedy.come(node.address(), count);
            greedy.stayAlive();
            List<Future<FromNode>> answers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                List<StorePath> paths = SpamServers.paths("client " + i + ", path ", 40);
                answers.add(threads.submit(() -> info(world.socket("one"), spam.option(), paths)));
            }
            for (int i = 0; i < 40; i++) {
                Restorer restorer = new Restorer(world.socket("one"), FromRestorer.Mode.SUBSTITUTE);
                idle.add(restorer);
                StorePath path = wanted.get(i % wanted.size()).path();
                restorer.command("substitute " + path + " " + path);
            }
            try (BarePeer modest = new BarePeer(node.address())) {
                SwarmMessage.Offer offer = modest.offer(smallNar);
                for (int round = 0; round < 20; round++) {
                    int asking = greedy.askAgain();
                    assertTrue(round > 0 || asking > count / 2, () -> asking + " are greedy at all");
                    modest.send(new SwarmMessage.BlockRequest(new RequestId(round), smallNar, offer.root(), 0));
                    assertInstanceOf(SwarmMessage.Block.class, modest.next(SwarmMessage.Answer.class));
                }
            }
            for (World.Item item : wanted) {
                assertArrayEquals(item.nar(), Restorer.fetch(world.socket("one"), item.path()));
            }
            for (Future<FromNode> answer : answers) {
                assertInstanceOf(FromNode.End.class, answer.get(), "nothing of it can be trusted");
            }
            assertUnharmed(node);
        } finally {
            for (Restorer restorer : idle) {
                restorer.close();
            }
        }
    }

    // A slow peer is no attack.

    /** As below, faster, and with less patience. */
    @Test
    void anItemComesInOneGoFromASlowSeeder() throws Exception {
        slowly(400 << 10, Duration.ofSeconds(4), 2_400_000);
    }

    /** What the fetcher asks for at a time takes longer than one question may. */
    @Test
    @Tag("slow")
    void anItemComesInOneGoFromASeederBehindASlowLine() throws Exception {
        slowly(150 << 10, Duration.ofSeconds(10), 3_000_000);
    }

    private void slowly(long rate, Duration patience, int size) throws Exception {
        World.Item item = world.item("noise", size, false);
        try (NodeProcess seeder = new NodeProcess(
                world.plan("seeder").seeding(item).uploadLimit(new ByteRate(rate)).configFile(),
                directory.resolve("seeder.log"))) {
            seeder.awaitSaid("offering " + item.path());
            try (NodeProcess fetcher = new NodeProcess(
                    world.plan("fetcher").dialling(seeder.address()).requestTimeout(patience).configFile(),
                    directory.resolve("fetcher.log"));
                    Restorer restorer = new Restorer(world.socket("fetcher"), FromRestorer.Mode.SUBSTITUTE)) {
                fetcher.awaitSaid("is connected");
                assertArrayEquals(item.nar(), restorer.substitute(item.path()));
                assertEquals(2, restorer.traces().split("@ download-started", -1).length, restorer::traces);
                assertFalse(fetcher.said().contains(" WARN "), fetcher::said);
            }
        }
    }
}
