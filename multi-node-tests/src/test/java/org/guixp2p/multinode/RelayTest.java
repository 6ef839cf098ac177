// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several nodes fetch one NAR at the same time, of a single seeder with a slow link: they feed each other. */
class RelayTest {
    @TempDir
    private Path directory;

    private static NodeConfig with(NodeConfig config, ByteRate up) {
        return new NodeConfig(config.substitutes(), config.seeding(), config.network(),
                new NodeConfig.Transfers(config.transfers().requestTimeout(), config.transfers().stallTimeout(), 16, up,
                        ByteRate.UNLIMITED),
                config.files(), config.bridge(), config.api(), config.logLevel());
    }

    /** Waits until the API of each node shows what is wanted. */
    private static void await(List<Node> nodes, String path, Predicate<String> wanted) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        for (Node node : nodes) {
            for (String said = World.api(node, path); !wanted.test(said); said = World.api(node, path)) {
                if (System.nanoTime() > until) {
                    fail(path + " of " + node.addresses().peer() + ": " + said);
                }
                LockSupport.parkNanos(20_000_000);
            }
        }
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }

    /** Bytes of blocks that have come from a peer, needed or not. */
    private static long from(Node fetcher, PeerId peer) throws Exception {
        String transfer = World.api(fetcher, "/api/transfers");
        return number(transfer, "\"" + peer + "\",\"bytes\":(\\d+)") + number(transfer, "\"duplicatedBytes\":(\\d+)");
    }

    private static long number(String text, String pattern) {
        Matcher found = Pattern.compile(pattern).matcher(text);
        return found.find() ? Long.parseLong(found.group(1)) : 0;
    }

    /** Several fetch at once; how many bytes of blocks the seeder sent. */
    private long fetchAtOnce(World world, World.Item item, int fetchers, long rate) throws Exception {
        Node seeder = world
                .node(with(world.config("seeder", SubstitutePolicy.P2P_ONLY, List.of(item.path()), List.of()),
                        new ByteRate(rate)), offers -> offers);
        List<Node> nodes = new ArrayList<>(List.of(seeder));
        for (int i = 0; i < fetchers; i++) {
            List<PeerAddress> known = nodes.stream().map(World::address).toList();
            nodes.add(world.node(with(world.config("fetcher" + i, SubstitutePolicy.P2P_ONLY, List.of(), known),
                    ByteRate.UNLIMITED), offers -> offers));
        }
        await(List.of(seeder), "/api/seeds", said -> said.contains("offered"));
        await(nodes, "/api/peers", said -> count(said, "\"peerId\"") == fetchers);
        long begun = System.nanoTime();
        List<CompletableFuture<Sha256>> fetched = new ArrayList<>();
        for (int i = 0; i < fetchers; i++) {
            Path socket = world.socket("fetcher" + i);
            fetched.add(
                    CompletableFuture.supplyAsync(() -> fetch(socket, item), task -> Thread.ofVirtual().start(task)));
        }
        for (CompletableFuture<Sha256> each : fetched) {
            assertEquals(Sha256.hash(item.nar()), each.get(120, TimeUnit.SECONDS));
        }
        System.out.printf("%d fetchers have it after %d ms%n", fetchers, (System.nanoTime() - begun) / 1_000_000);
        long sent = 0;
        for (Node fetcher : nodes.subList(1, nodes.size())) {
            sent += from(fetcher, seeder.addresses().peer());
        }
        return sent;
    }

    private static Sha256 fetch(Path socket, World.Item item) {
        try {
            return Restorer.fetchHash(socket, item.path());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void aSeederSendsEachBlockAboutOnce(int fetchers, int bytes, long rate) throws Exception {
        try (World world = new World(directory)) {
            World.Item item = world.item("shared", bytes, false);
            long sent = fetchAtOnce(world, item, fetchers, rate);
            double share = sent / (double) item.nar().length;
            System.out.printf("%d fetchers: the seeder sent %.2f times the NAR%n", fetchers, share);
            assertTrue(share >= 1 && share <= 1.3, () -> share + " times the NAR");
        }
    }

    @Test
    void threeWhoBeginAtOnceGetEachBlockFromTheSeederAboutOnce() throws Exception {
        aSeederSendsEachBlockAboutOnce(3, 16 << 20, 5_000_000);
    }

    @Test
    @Tag("slow")
    void tenWhoBeginAtOnceGetEachBlockFromTheSeederAboutOnce() throws Exception {
        aSeederSendsEachBlockAboutOnce(10, 64 << 20, 5_000_000);
    }
}
