// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of downloads for others, and where there is nowhere to put one. */
@Timeout(60)
class KeepingTest {
    private static final StorePath PATH = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");

    @TempDir
    private Path directory;

    private byte[] nar = new byte[0];

    private byte[] makeItem(Path tree) throws IOException {
        return makeItem(tree, 4);
    }

    private byte[] makeItem(Path tree, long seed) throws IOException {
        Files.createDirectories(tree);
        byte[] noise = new byte[300_000];
        new Random(seed).nextBytes(noise);
        Files.write(tree.resolve("file"), noise);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TreeSerializer.write(tree, out);
        return out.toByteArray();
    }

    private NarSupply server() {
        return new TestSupply("http://127.0.0.1/nar/" + PATH.baseName(),
                () -> Source.single(ByteString.fromArray(nar)));
    }

    private NarRequest request(boolean isPublic, AutoSeed seed, NarSupply... servers) {
        return new NarRequest(PATH, new NarHash(Sha256.hash(nar)), new NarSize(nar.length), new byte[]{1},
                List.of(servers), isPublic, isPublic, SubstitutePolicy.P2P_FIRST, seed);
    }

    private static NarEvent last(TestSite site, NarRequest request) throws Exception {
        CompletableFuture<OpenedNar> opened = new CompletableFuture<>();
        site.downloads.tell(new Downloads.Fetch(request, opened));
        return opened.orTimeout(20, TimeUnit.SECONDS).join().events().runWith(Sink.last(), site.kit.system())
                .toCompletableFuture().get(60,
                        TimeUnit.SECONDS);
    }

    private static List<String> files(TestSite site, String where) throws IOException {
        try (Stream<Path> files = Files.list(site.config.files().stateDir().resolve(where))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static void assertKept(boolean kept, TestSite site, NarRequest request) throws Exception {
        assertInstanceOf(NarEvent.Done.class, last(site, request));
        assertNotNull(site.finished.poll(20, TimeUnit.SECONDS));
        assertEquals(kept ? 1 : 0, site.kept.size());
        assertEquals(kept ? 3 : 0, files(site, "nars").size());
        assertEquals(List.of(), files(site, "partial"));
        if (kept) {
            site.kept.take().delete();
        }
    }

    @Test
    void theSettingAndTheNarinfoSayWhatIsKept() throws Exception {
        try (TestSite seeder = new TestSite(directory.resolve("seeder"), SubstitutePolicy.P2P_ONLY, List.of(),
                offers -> offers)) {
            nar = makeItem(seeder.root.resolve("gnu/store/" + PATH.baseName()));
            seeder.seed(PATH);
            try (TestSite site = new TestSite(directory.resolve("site"), SubstitutePolicy.P2P_FIRST,
                    List.of(seeder.address()), offers -> offers)) {
                awaitPeer(site);
                assertKept(false, site, request(true, AutoSeed.OFF));
                assertKept(true, site, request(true, AutoSeed.P2P));
                assertKept(true, site, request(true, AutoSeed.ALL));
            }
            try (TestSite site = new TestSite(directory.resolve("alone"), SubstitutePolicy.P2P_FIRST, List.of(),
                    offers -> offers)) {
                assertKept(false, site, request(true, AutoSeed.P2P, server()));
                assertKept(true, site, request(true, AutoSeed.ALL, server()));
                assertKept(false, site, request(false, AutoSeed.ALL, server()));
            }
        }
    }

    @Test
    void whatThereIsNoRoomForIsNotKeptAndNotLeft() throws Exception {
        nar = makeItem(directory.resolve("item"));
        try (TestSite site = new TestSite(directory.resolve("alone"), SubstitutePolicy.P2P_FIRST, List.of(),
                offers -> offers); LogLines log = new LogLines()) {
            site.noRoom = Optional.of("it would take too much");
            assertKept(false, site, request(true, AutoSeed.ALL, server()));
            assertEquals(PATH + ": not kept: it would take too much", log.await("not kept"));
            site.noRoom = Optional.empty();
            assertKept(true, site, request(true, AutoSeed.ALL, server()));
        }
    }

    private static void awaitPeer(TestSite site) {
        TestProbe<Swarm.Described> probe = site.kit.createTestProbe();
        probe.awaitAssert(Duration.ofSeconds(20), () -> {
            site.swarm.tell(new Swarm.Describe(probe.ref()));
            assertEquals(1, probe.receiveMessage().peers().size());
            return null;
        });
    }

    @Test
    void aStateDirectoryThatIsGoneFailsWhatIsFetchedUntilItIsBack() throws Exception {
        nar = makeItem(directory.resolve("item"));
        try (TestSite site = new TestSite(directory.resolve("site"), SubstitutePolicy.P2P_FIRST, List.of(),
                offers -> offers)) {
            Path partial = site.config.files().stateDir().resolve("partial");
            Files.delete(partial);
            NarEvent.Failed failed = assertInstanceOf(NarEvent.Failed.class,
                    last(site, request(true, AutoSeed.ALL, server())));
            assertTrue(failed.reason().startsWith("cannot write below the state directory: " + partial),
                    failed.reason());
            assertTrue(failed.reason().endsWith(": no such file or directory"), failed.reason());
            assertEquals(failed.reason(), SiteReader.status(site).failure(), "it is over, and remembered as such");
            Files.createDirectory(partial);
            assertKept(true, site, request(true, AutoSeed.ALL, server()));
        }
    }

    @Test
    void keepingHoldsUpNobody() throws Exception {
        try (TestSite site = new TestSite(directory.resolve("site"), SubstitutePolicy.P2P_FIRST, List.of(),
                offers -> offers)) {
            site.keepingGate = new CompletableFuture<>();
            // More than there are threads for the disk.
            for (int i = 0; i < 4; i++) {
                nar = makeItem(directory.resolve("item" + i), i);
                assertInstanceOf(NarEvent.Done.class, last(site, request(true, AutoSeed.ALL, server())));
            }
            assertEquals(0, site.kept.size());
            site.keepingGate.complete(null);
            for (int i = 0; i < 4; i++) {
                assertNotNull(site.kept.poll(20, TimeUnit.SECONDS));
            }
        }
    }

    /** Or whoever follows what it relays would not hear that it has the whole by now: it would stop before. */
    @Test
    void aDownloadIsAtKeepingUntilItHasHeardOfTheEndOfIt() throws Exception {
        nar = makeItem(directory.resolve("item"));
        NarRequest request = request(true, AutoSeed.ALL);
        try (TestSite site = new TestSite(directory.resolve("site"), SubstitutePolicy.P2P_FIRST, List.of(),
                offers -> offers)) {
            TestProbe<Swarm.Command> swarm = site.kit.createTestProbe();
            TestProbe<Boolean> done = site.kit.createTestProbe();
            PartialNar file = site.store().create(request.hash(), request.size());
            file.write(0, nar, 0, nar.length);
            site.kit.spawn(Behaviors.<Download.Command>setup(context -> {
                Keeping keeping = new Keeping(context, request, site.context(swarm.ref()));
                keeping.keep(new Attempt(0, request.hash(), request.size(), file, null));
                CompletableFuture<Void> over = new CompletableFuture<>();
                keeping.whenDone(() -> over.complete(null));
                over.orTimeout(20, TimeUnit.SECONDS).join();
                done.ref().tell(keeping.isDone());
                return Behaviors.receiveMessage(message -> {
                    if (message instanceof Keeping.Kept) {
                        keeping.told();
                        done.ref().tell(keeping.isDone());
                    }
                    return Behaviors.same();
                });
            }));
            assertEquals(false, done.receiveMessage(Duration.ofSeconds(20)));
            assertEquals(true, done.receiveMessage(Duration.ofSeconds(20)));
            file.close();
        }
    }

    /** Its readers may take their time, and it writes nothing more. */
    @Test
    void aDownloadThatHasFailedKeepsNoRoomFromOthers() throws Exception {
        try (TestSite site = new TestSite(directory.resolve("site"), SubstitutePolicy.P2P_FIRST, List.of(),
                offers -> offers)) {
            // The disk has room for one of them.
            NarSize size = new NarSize(
                    Math.min(NarSize.MAX_BYTES, Files.getFileStore(directory).getUsableSpace() / 5 * 4));
            assertTrue(2 * size.bytes() > Files.getFileStore(directory).getUsableSpace(),
                    "a disk that is not too large");
            NarHash hash = new NarHash(Sha256.hash(nar));
            var _ = SiteReader.open(site, new NarRequest(PATH, hash, size, new byte[]{1}, List.of(), true, true,
                    SubstitutePolicy.P2P_FIRST, AutoSeed.ALL));
            Eventually.holds(() -> hasRoom(site, hash, size), () -> "room for another one");
        }
    }

    private static boolean hasRoom(TestSite site, NarHash hash, NarSize size) {
        try (PartialNar nar = site.store().begin(hash, size)) {
            nar.delete();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void whatIsTooSmallForANarIsNoRequest() {
        nar = new byte[NarRequest.SMALLEST_NAR - 1];
        assertThrows(IllegalArgumentException.class, () -> request(true, AutoSeed.ALL));
        nar = new byte[NarRequest.SMALLEST_NAR];
        assertEquals(NarRequest.SMALLEST_NAR, request(true, AutoSeed.ALL).size().bytes());
    }

    @Test
    void theSmallestNarIsAnEmptyDirectory() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TreeSerializer.write(Files.createDirectory(directory.resolve("empty")), out);
        assertEquals(NarRequest.SMALLEST_NAR, out.size());
    }

    @Test
    void whatCannotBeKeptIsHandedOnAllTheSame() throws Exception {
        nar = makeItem(directory.resolve("item"));
        try (TestSite site = new TestSite(directory.resolve("site"), SubstitutePolicy.P2P_FIRST, List.of(),
                offers -> offers)) {
            Path nars = site.config.files().stateDir().resolve("nars");
            Path inTheWay = nars.resolve(new NarHash(Sha256.hash(nar)).base32() + ".narinfo");
            Files.createDirectories(inTheWay.resolve("not-empty"));
            assertInstanceOf(NarEvent.Done.class, last(site, request(true, AutoSeed.ALL, server())));
            assertNotNull(site.finished.poll(20, TimeUnit.SECONDS));
            assertEquals(0, site.kept.size());
            assertEquals(List.of(), files(site, "partial"));
            assertEquals(List.of(inTheWay.getFileName().toString()), files(site, "nars"));
        }
    }
}
