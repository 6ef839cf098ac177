// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestNars;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.testing.TestMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** NARs that lie here as files, which the system hands on to clients. */
@Timeout(120)
class GatewayFilesTest {
    private static final String NAR = "/nar/" + TestNars.HELLO.path().baseName();
    /** Some pieces, and some more; more than fits between a server and a client that reads nothing. */
    private static final int SIZE = 5 * (1 << 20) + 12_345;
    private static final int PIECE = 1 << 20;
    private static final int BLOCK = 1 << 18;

    @TempDir
    private Path directory;

    private record Part(int from, int to) {
        int blocks() {
            return (to - 1) / BLOCK - from / BLOCK + 1;
        }
    }

    @Test
    void eachByteAndEachRangeComesOutOfTheFile() throws Exception {
        List<Part> parts = List.of(new Part(0, SIZE), new Part(0, 1), new Part(SIZE - 1, SIZE),
                new Part(PIECE - 1, PIECE + 1), new Part(PIECE, 2 * PIECE), new Part(PIECE + 1, SIZE),
                new Part(3, 4 * PIECE + 7), new Part(BLOCK, BLOCK + 1));
        try (FileItems items = new FileItems(directory, GatewaySettings.USUAL, SIZE);
                RawClient client = new RawClient(items.address())) {
            RawClient.Answer whole = RawClient.get(items.address(), NAR);
            assertEquals(200, whole.status());
            assertArrayEquals(items.nar(), whole.body());
            int blocks = items.blocks();
            assertEquals(new Part(0, SIZE).blocks(), blocks);
            for (Part part : parts) {
                client.ask("GET", NAR, "Range: bytes=" + part.from() + "-" + (part.to() - 1));
                RawClient.Answer answer = client.answer(false);
                assertEquals(206, answer.status());
                assertArrayEquals(Arrays.copyOfRange(items.nar(), part.from(), part.to()), answer.body(),
                        part::toString);
                blocks += part.blocks();
                assertEquals(blocks, items.blocks(), part::toString);
            }
            Eventually.holds(() -> items.open() == 0, () -> "all files to be closed");
        }
    }

    @Test
    void headersAloneNeedNoFile() throws Exception {
        try (FileItems items = new FileItems(directory, GatewaySettings.USUAL, SIZE);
                RawClient client = new RawClient(items.address())) {
            client.ask("HEAD", NAR);
            assertEquals(String.valueOf(SIZE), client.answer(true).header("content-length"));
            client.ask("GET", NAR, "If-None-Match: *");
            assertEquals(304, client.answer(false).status());
            client.ask("GET", NAR, "Range: bytes=" + SIZE + "-");
            assertEquals(416, client.answer(false).status());
            assertEquals(0, items.opened());
        }
    }

    @Test
    void whatIsCompressedOnItsWayComesInBlocks() throws Exception {
        try (FileItems items = new FileItems(directory, GatewaySettings.USUAL, SIZE)) {
            RawClient.Answer answer = RawClient.get(items.address(), "/nar/gzip/" + TestNars.HELLO.path().baseName());
            try (InputStream in = Compression.GZIP.decompress(new ByteArrayInputStream(answer.body()),
                    new NarSize(SIZE),
                    TestMemory.forDecoders())) {
                assertArrayEquals(new byte[SIZE], in.readAllBytes());
            }
            assertEquals(0, items.opened());
        }
    }

    @Test
    void oneFileIsOpenAtATimeForAConnection() throws Exception {
        int count = 5;
        try (FileItems items = new FileItems(directory, GatewaySettings.USUAL, SIZE);
                RawClient client = new RawClient(items.address())) {
            for (int i = 0; i < count; i++) {
                client.ask("GET", NAR);
            }
            for (int i = 1; i <= count; i++) {
                RawClient.Head head = client.head();
                assertEquals(i, items.opened());
                assertArrayEquals(items.nar(), client.rest(head).body());
            }
            Eventually.holds(() -> items.open() == 0, () -> "all files to be closed");
        }
    }

    @Test
    void whatIsRemovedMeanwhileIsGivenToItsEnd() throws Exception {
        try (FileItems items = new FileItems(directory, GatewaySettings.USUAL, SIZE);
                RawClient client = new RawClient(items.address())) {
            client.ask("GET", NAR);
            RawClient.Head head = client.head();
            Files.delete(items.file());
            RawClient.Answer answer = client.rest(head);
            assertTrue(answer.complete());
            assertArrayEquals(items.nar(), answer.body());
        }
    }

    private static void cutShort(FileItems items, long size) throws IOException {
        try (FileChannel file = FileChannel.open(items.file(), StandardOpenOption.WRITE)) {
            file.truncate(size);
        }
    }

    /** What came is right as far as it goes, and nobody takes its end for that of an answer. */
    private static void assertReset(FileItems items, RawClient client, RawClient.Head head) throws Exception {
        RawClient.Answer answer = client.rest(head);
        assertTrue(client.wasReset());
        assertFalse(answer.complete());
        assertArrayEquals(Arrays.copyOf(items.nar(), answer.body().length), answer.body());
        Eventually.holds(() -> items.open() == 0, () -> "the file to be closed");
    }

    @Test
    void whatIsCutShortMeanwhileCutsTheConnection() throws Exception {
        try (FileItems items = new FileItems(directory, GatewaySettings.USUAL, SIZE);
                RawClient client = new RawClient(items.address())) {
            client.ask("GET", NAR);
            client.ask("GET", "/nix-cache-info");
            RawClient.Head head = client.head();
            cutShort(items, SIZE - 1);
            assertReset(items, client, head);
        }
    }

    /** The end of a connection would be the end of an answer to some. */
    @Test
    void whatEndsInThePieceThatIsBeingSentResetsTheConnection() throws Exception {
        try (FileItems items = new FileItems(directory, GatewaySettings.USUAL, SIZE);
                RawClient client = new RawClient(items.address())) {
            client.ask("GET", NAR);
            // The first piece is on its way then, and there is no room for all of it.
            RawClient.Head head = client.head();
            cutShort(items, PIECE - BLOCK);
            assertReset(items, client, head);
        }
    }

    @Test
    void whoeverLeavesMeanwhileHasTheFileClosed() throws Exception {
        try (FileItems items = new FileItems(directory, GatewaySettings.USUAL, SIZE)) {
            try (RawClient client = new RawClient(items.address())) {
                client.ask("GET", NAR);
                assertEquals(200, client.head().status());
                assertEquals(1, items.open());
            }
            Eventually.holds(() -> items.open() == 0, () -> "the file to be closed");
        }
    }

    @Test
    void whoeverTakesNothingOfAFileIsHungUpOn() throws Exception {
        GatewaySettings impatient = new GatewaySettings(Duration.ofSeconds(60), Duration.ofMillis(500),
                Duration.ofSeconds(1), Duration.ofSeconds(10), 100, 50, 50, 50, 10, 1);
        try (FileItems items = new FileItems(directory, impatient, SIZE);
                RawClient client = new RawClient(items.address())) {
            client.ask("GET", NAR);
            RawClient.Head head = client.head();
            Eventually.holds(() -> items.open() == 0, () -> "the file to be closed");
            assertFalse(client.rest(head).complete());
        }
    }

    @Test
    void theGatewaysEndIsTheEndOfWhatIsSent() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        FileItems items = new FileItems(directory, GatewaySettings.USUAL, SIZE);
        try (items) {
            for (int i = 0; i < 3; i++) {
                RawClient client = new RawClient(items.address());
                clients.add(client);
                client.ask("GET", NAR);
                assertEquals(200, client.head().status());
            }
        }
        assertEquals(0, items.open());
        for (RawClient client : clients) {
            assertTrue(client.body(SIZE).length < SIZE);
            client.close();
        }
    }

    /** All of it in a node: fetched, kept, given out of the file that was kept, which is removed meanwhile. */
    @Test
    void aNodeGivesWhatItHasKept() throws Exception {
        try (GatewaySite site = new GatewaySite(directory, GatewaySettings.USUAL, AutoSeed.ALL)) {
            GatewaySite.Made made = site.item("kept", 6_000_000);
            assertArrayEquals(made.nar(), RawClient.get(site.address(), made.url()).body());
            Eventually.holds(() -> isOffered(site, 1), () -> "a kept NAR");
            assertArrayEquals(made.nar(), RawClient.get(site.address(), made.url()).body());
            try (RawClient client = new RawClient(site.address())) {
                client.ask("GET", made.url());
                RawClient.Head head = client.head();
                Files.delete(keptFile());
                RawClient.Answer answer = client.rest(head);
                assertTrue(answer.complete());
                assertArrayEquals(made.nar(), answer.body());
            }
            assertEquals(1, site.asked("/nar/kept"));
        }
    }

    /** What is damaged is seen at the latest when it is opened, and had from elsewhere again. */
    @Test
    void aNodeFetchesAgainWhatWasCutShort() throws Exception {
        try (GatewaySite site = new GatewaySite(directory, GatewaySettings.USUAL, AutoSeed.ALL)) {
            GatewaySite.Made made = site.item("short", 3_000_000);
            assertArrayEquals(made.nar(), RawClient.get(site.address(), made.url()).body());
            Eventually.holds(() -> isOffered(site, 1), () -> "a kept NAR");
            try (FileChannel file = FileChannel.open(keptFile(), StandardOpenOption.WRITE)) {
                file.truncate(1_000_000);
            }
            RawClient.Answer first = RawClient.get(site.address(), made.url());
            assertFalse(first.complete() && first.status() == 200);
            assertArrayEquals(made.nar(), RawClient.get(site.address(), made.url()).body());
            assertEquals(2, site.asked("/nar/short"));
        }
    }

    private Path keptFile() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("state/nars"))) {
            return files.filter(file -> file.toString().endsWith(".nar")).findFirst().orElseThrow();
        }
    }

    private static boolean isOffered(GatewaySite site, int count) {
        try {
            return RawClient.get(site.api(), "/api/seeds", "Connection: close").text().split("\"offered\"",
                    -1).length > count;
        } catch (IOException e) {
            return false;
        }
    }
}
