// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.protocol.bridge.FromRestorer.Mode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to a node from outside: signals, and a disk that is full. */
@Timeout(120)
class NodeProcessTest extends InAWorld {
    private static final Duration STOP_WITHIN = Duration.ofSeconds(5);

    private void assertNobodyListens(String name) {
        assertFalse(Files.exists(world.socket(name)));
        assertThrows(IOException.class,
                () -> SocketChannel.open(UnixDomainSocketAddress.of(world.socket(name))).close());
    }

    @Test
    void aSubstituteInItsLastPartFinishesAfterSigterm() throws Exception {
        World.Item item = world.item("noise", 700_000, true);
        CountDownLatch gate = world.server().gate(item.path());
        Path config = world.plan("one").policy(SubstitutePolicy.HTTP_FIRST).configFile();
        try (NodeProcess node = new NodeProcess(config, directory.resolve("log"));
                Restorer restorer = new Restorer(world.socket("one"), Mode.SUBSTITUTE)) {
            restorer.begin(item.path());
            long since = System.nanoTime();
            node.terminate();
            node.awaitSaid("Stopping");
            gate.countDown();
            assertArrayEquals(item.nar(), restorer.rest());
            node.assertEnds(since, STOP_WITHIN);
            assertNobodyListens("one");
        }
    }

    @Test
    @Tag("slow")
    void afterACrashTheNextStartClearsUpAndWhatDoesNotEndIsCut() throws Exception {
        World.Item item = world.item("noise", 700_000, true);
        world.server().gate(item.path());
        Path partial = world.partial("one");
        Path config = world.plan("one").policy(SubstitutePolicy.HTTP_FIRST).configFile();
        try (NodeProcess crashes = new NodeProcess(config, directory.resolve("log1"));
                Restorer restorer = new Restorer(world.socket("one"), Mode.SUBSTITUTE)) {
            restorer.begin(item.path());
            crashes.kill();
        }
        List<Path> left = World.files(partial);
        assertEquals(1, left.size());
        assertTrue(Files.exists(world.socket("one")));
        try (NodeProcess node = new NodeProcess(config, directory.resolve("log2"));
                Restorer restorer = new Restorer(world.socket("one"), Mode.SUBSTITUTE)) {
            assertTrue(node.said().contains("removed unfinished download " + left.getFirst().getFileName()),
                    node.said());
            assertTrue(node.said().contains("replacing the socket " + world.socket("one")), node.said());
            assertEquals(List.of(), World.files(partial));
            restorer.begin(item.path());
            long since = System.nanoTime();
            node.terminate();
            IOException cut = assertThrows(IOException.class, restorer::rest);
            assertEquals("the node is stopping", cut.getMessage());
            node.assertEnds(since, STOP_WITHIN);
            assertEquals(List.of(), World.files(partial));
            assertNobodyListens("one");
        }
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** On a file system of 4 MiB that only the node sees, with a file that leaves a fraction of a MiB. */
    @Test
    void aFullDiskFailsWhatIsFetchedAndNothingElse() throws Exception {
        List<String> unshare = System.getProperty("user.name").equals("root")
                ? List.of("unshare", "-m")
                : List.of("unshare", "-Urm");
        Path state = Files.createDirectories(world.home("full").resolve("state"));
        List<String> probe = new ArrayList<>(unshare);
        probe.addAll(List.of("mount", "-t", "tmpfs", "tmpfs", state.toString()));
        assumeTrue(succeeds(probe.toArray(String[]::new)), "unshare and mount (util-linux) may not be used");

        World.Item ofPeer = world.item("of-peer", 1_000_000, false);
        World.Item ofServer = world.item("of-server", 1_200_000, true);
        Node seeder = world.plan("seeder").seeding(ofPeer).start();
        List<String> wrapper = new ArrayList<>(unshare);
        wrapper.addAll(List.of("sh", "-c", "mount -t tmpfs -o size=4m tmpfs \"$0\""
                + " && head -c 3700000 /dev/zero > \"$0/filler\" && exec \"$@\"", state.toString()));
        try (NodeProcess node = new NodeProcess(
                world.plan("full").policy(SubstitutePolicy.P2P_FIRST).dialling(seeder).configFile(),
                directory.resolve("log"), wrapper.toArray(String[]::new))) {
            Path seen = Path.of("/proc/" + node.pid() + "/root" + state);
            assertTrue(Files.exists(seen.resolve("filler")));
            node.awaitSaid("what is learnt of peers is kept in memory only until the next start: the disk is full");
            node.awaitSaid("is connected");
            for (World.Item item : List.of(ofPeer, ofServer)) {
                IOException refused = assertThrows(IOException.class,
                        () -> Restorer.fetch(world.socket("full"), item.path()));
                String why = "cannot write below the state directory: partial: no room for it: " + item.nar().length
                        + " bytes are needed, and ";
                assertTrue(String.valueOf(refused.getMessage()).startsWith(why), refused::getMessage);
                node.awaitSaid(item.path() + ": " + why);
            }
            Path partial = seen.resolve("partial");
            Await.until(() -> World.files(partial).isEmpty(), () -> "left: " + World.files(partial));
            Files.delete(seen.resolve("filler"));
            for (World.Item item : List.of(ofPeer, ofServer)) {
                assertArrayEquals(item.nar(), Restorer.fetch(world.socket("full"), item.path()));
            }
            long since = System.nanoTime();
            node.terminate();
            node.assertEnds(since, STOP_WITHIN);
        }
    }
}
