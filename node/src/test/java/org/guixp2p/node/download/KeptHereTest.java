// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.pekko.stream.javadsl.Sink;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.PartialNar;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept on a real disk, read by whoever has it fetched; there is no peer. */
class KeptHereTest {
    /** Of many steps; and of one piece. */
    private static final int LARGE = 9 << 20;
    private static final int SMALL = 40_000;

    @TempDir
    private Path directory;

    private TestSite site;

    @BeforeEach
    void start() throws IOException {
        site = new TestSite(directory, SubstitutePolicy.P2P_ONLY, List.of(), offers -> offers);
    }

    @AfterEach
    void stop() {
        site.close();
    }

    private KeptNar keep(ManySmall.Nar nar) throws IOException {
        try (PartialNar partial = site.store().create(nar.hash(), nar.manifest().narSize())) {
            partial.write(0, nar.bytes(), 0, nar.bytes().length);
            KeptNar kept = site.store().keep(partial, nar.hash(), nar.manifest(), new byte[]{1});
            site.here.put(nar.hash(), kept);
            return kept;
        }
    }

    private OpenedNar open(ManySmall.Nar nar) {
        CompletableFuture<OpenedNar> opened = new CompletableFuture<>();
        site.downloads.tell(new Downloads.Fetch(nar.request(), opened));
        return Eventually.get(opened);
    }

    /** Whether this process has the file open. */
    private static boolean isOpen(KeptNar kept) {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.anyMatch(each -> {
                try {
                    return Files.readSymbolicLink(each).toString().startsWith(kept.file().toString());
                } catch (IOException e) {
                    return false; // It was closed meanwhile.
                }
            });
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {SMALL, LARGE})
    void whatIsKeptIsReadFromThere(int bytes) throws Exception {
        ManySmall.Nar nar = ManySmall.Nar.of(1, bytes);
        KeptNar kept = keep(nar);
        assertArrayEquals(nar.bytes(), SiteReader.received(SiteReader.read(site, nar.request())));
        TransferStatus status = SiteReader.status(site);
        assertEquals("done", status.state());
        assertEquals(List.of(new TransferStatus.Source("disk", nar.bytes().length)), status.sources());
        Eventually.holds(() -> !isOpen(kept), () -> "a closed file");
    }

    @Test
    void whoLeavesBeforeItIsReadLeavesNothingOpen() throws IOException {
        ManySmall.Nar nar = ManySmall.Nar.of(1, LARGE);
        KeptNar kept = keep(nar);
        OpenedNar opened = open(nar);
        opened.release().run();
        assertEquals(true, Eventually.get(opened.whole()));
        Eventually.holds(() -> !isOpen(kept), () -> "a closed file");
    }

    /** A promise that is kept by nobody is not made again. */
    @ParameterizedTest
    @ValueSource(ints = {SMALL, LARGE})
    void whatIsDamagedIsFetchedAndKeptNoMore(int bytes) throws Exception {
        ManySmall.Nar nar = ManySmall.Nar.of(1, bytes);
        KeptNar kept = keep(nar);
        byte[] wrong = nar.bytes().clone();
        wrong[bytes / 2] ^= 1;
        Files.write(kept.file(), wrong);
        List<NarEvent> events = Eventually
                .get(open(nar).events().runWith(Sink.seq(), site.kit.system()));
        assertEquals("no connected peer has it",
                assertInstanceOf(NarEvent.Failed.class, events.getLast()).reason());
        assertEquals(List.of(kept), List.copyOf(site.damaged));
        Eventually.holds(() -> !isOpen(kept), () -> "a closed file");
    }

    /** A disk that fails says so when it is read. */
    @Test
    void whatCannotBeReadIsFetchedAndKeptNoMore() throws Exception {
        ManySmall.Nar nar = ManySmall.Nar.of(1, SMALL);
        KeptNar kept = keep(nar);
        Files.delete(kept.file());
        // Opens, and gives no byte.
        Files.createDirectory(kept.file());
        assertInstanceOf(NarEvent.Failed.class, SiteReader.read(site, nar.request()).getLast());
        assertEquals(List.of(kept), List.copyOf(site.damaged));
    }

    @Test
    void whatIsNotThereAnyMoreIsFetched() throws Exception {
        ManySmall.Nar nar = ManySmall.Nar.of(1, SMALL);
        Files.delete(keep(nar).file());
        assertEquals("no connected peer has it", assertInstanceOf(NarEvent.Failed.class,
                SiteReader.read(site, nar.request()).getLast()).reason());
        assertEquals(List.of(), List.copyOf(site.damaged));
    }
}
