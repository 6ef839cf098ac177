// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.swarm.NarFile;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Kept NARs that others are given out of their files: on a real disk. */
@Timeout(60)
class LentFilesTest {
    private static final StorePath ITEM = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final int SIZE = 2 * BlockLayout.BLOCK_BYTES + 1000;
    private static final int BLOCKS = 3;

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final List<NarHash> given = new CopyOnWriteArrayList<>();
    private final byte[] nar = new byte[SIZE];
    private NarStore nars;
    private ActorRef<Seeds.Command> seeds;
    private SeedOffers offers;

    @BeforeEach
    void start() throws IOException {
        new Random(7).nextBytes(nar);
        nars = NarStore.open(directory);
        seeds = kit.spawn(Seeds.create(new StoreItems(StoreSeeds.open(directory), path -> directory),
                new Seeds.Threads(disk, disk, disk), new SeedsInUse.Bounds(4, 1 << 20, 0), new OfferWatcher() {
                    @Override
                    public void offered(NarHash hash, NarSize size, long blocks) {}

                    @Override
                    public void given(Seeds.Offered one) {
                        given.add(one.hash());
                    }

                    @Override
                    public void withdrawn(NarHash hash) {}
                }, path -> false));
        offers = new SeedOffers(seeds, kit.system());
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
        disk.shutdownNow();
    }

    private KeptNar written() throws IOException {
        NarHash hash = new NarHash(Sha256.hash(nar));
        ManifestBuilder builder = new ManifestBuilder(new NarSize(SIZE));
        builder.update(nar, 0, SIZE);
        Manifest manifest = builder.finish();
        try (PartialNar partial = nars.create(hash, new NarSize(SIZE))) {
            partial.write(0, nar, 0, SIZE);
            return nars.keep(partial, hash, manifest, new byte[]{1});
        }
    }

    private KeptNar kept() throws IOException {
        KeptNar kept = written();
        seeds.tell(new Seeds.AddKept(ITEM, kept, kept.manifest().root()));
        return kept;
    }

    private Optional<NarFile> file(KeptNar kept) throws IOException {
        return Eventually.get(offers.file(kept.hash(), kept.manifest().root()));
    }

    private static byte[] bytes(NarFile file) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(SIZE + 1);
        while (file.channel().read(all, all.position()) > 0) {
            assertEquals(0, file.channel().position());
        }
        all.flip();
        byte[] bytes = new byte[all.remaining()];
        all.get(bytes);
        return bytes;
    }

    private boolean letGo(KeptNar kept, boolean evenInUse) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        seeds.tell(new Withdrawal.LetGo(kept.hash(), evenInUse, answer));
        return Eventually.get(answer);
    }

    @Test
    void whatWasKeptInThisRunIsGivenOutOfItsFile() throws IOException {
        KeptNar kept = kept();
        try (NarFile file = file(kept).orElseThrow()) {
            assertArrayEquals(nar, bytes(file));
        }
        assertEquals(Optional.empty(), Eventually.get(offers.file(kept.hash(), Sha256.hash(new byte[0]))),
                "under a root that is another's");
    }

    @Test
    void eachBlockThatIsGivenCounts() throws IOException {
        KeptNar kept = kept();
        try (NarFile file = file(kept).orElseThrow()) {
            file.given(10, 1);
            file.given(BlockLayout.BLOCK_BYTES - 1, 2);
            file.given(BlockLayout.BLOCK_BYTES, SIZE - BlockLayout.BLOCK_BYTES);
        }
        Eventually.holds(() -> given.size() == 5, () -> "five blocks, of which one half");
    }

    /** What lies on the disk since an earlier run may be damaged: who asks for blocks has each compared. */
    @Test
    void whatAnEarlierRunKeptIsGivenOutOfItsFileWhenEachBlockWasSeenToBeRight() throws IOException {
        KeptNar kept = written();
        Files.setLastModifiedTime(kept.file(), FileTime.from(Instant.now().minusSeconds(60)));
        seeds.tell(new Seeds.AddKeptEarlier(List.of(new Seeds.Unproven(ITEM, kept)),
                one -> Optional.of(new Seeds.AddKept(ITEM, one, one.manifest().root()))));
        assertTrue(Eventually.get(offers.find(kept.hash())).isPresent());
        for (int block = 0; block < BLOCKS; block++) {
            assertEquals(Optional.empty(), file(kept));
            Eventually.get(offers.block(kept.hash(), kept.manifest().root(), block));
        }
        try (NarFile file = file(kept).orElseThrow()) {
            assertArrayEquals(nar, bytes(file));
        }
    }

    /** Bytes that nobody has looked at since are not sent unseen. */
    @Test
    void whatWasWrittenToIsGivenOutOfItsFileWhenEachBlockWasSeenToBeRightAgain() throws IOException {
        KeptNar kept = kept();
        file(kept).orElseThrow().close();
        readAll(kept);
        Files.setLastModifiedTime(kept.file(), FileTime.from(Instant.now()));
        assertEquals(Optional.empty(), file(kept));
        Eventually.holds(() -> isGivenWhenAllIsRead(kept), () -> "its file is given again");
    }

    private boolean isGivenWhenAllIsRead(KeptNar kept) {
        try {
            readAll(kept);
            Optional<NarFile> file = file(kept);
            file.ifPresent(NarFile::close);
            return file.isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readAll(KeptNar kept) throws IOException {
        for (int block = 0; block < BLOCKS; block++) {
            Eventually.get(offers.block(kept.hash(), kept.manifest().root(), block));
        }
    }

    /** A block that was compared, and damaged before the last one was. */
    @Test
    void whatWasDamagedMeanwhileIsNotGivenOutOfItsFile() throws IOException {
        KeptNar kept = written();
        seeds.tell(new Seeds.AddKeptEarlier(List.of(new Seeds.Unproven(ITEM, kept)),
                one -> Optional.of(new Seeds.AddKept(ITEM, one, one.manifest().root()))));
        Eventually.get(offers.block(kept.hash(), kept.manifest().root(), 0));
        try (FileChannel there = FileChannel.open(kept.file(), StandardOpenOption.WRITE)) {
            there.write(ByteBuffer.wrap(new byte[]{(byte) ~nar[0]}), 0);
        }
        readAll(kept);
        assertEquals(Optional.empty(), file(kept));
        assertThrows(CompletionException.class,
                () -> Eventually.get(offers.block(kept.hash(), kept.manifest().root(), 0)), "it is looked at anew");
    }

    @Test
    void whatIsGivenIsNotTheFirstToMakeRoom() throws IOException {
        KeptNar kept = kept();
        NarFile file = file(kept).orElseThrow();
        NarFile second = file(kept).orElseThrow();
        assertFalse(letGo(kept, false));
        file.close();
        file.close();
        assertFalse(letGo(kept, false));
        second.close();
        assertTrue(letGo(kept, false));
        assertEquals(Optional.empty(), file(kept));
    }

    @Test
    void whatIsRemovedMeanwhileIsGivenToItsEnd() throws IOException {
        KeptNar kept = kept();
        try (NarFile file = file(kept).orElseThrow()) {
            assertTrue(letGo(kept, true));
            kept.delete();
            assertArrayEquals(nar, bytes(file));
        }
    }

    @Test
    void whatWasCutShortIsOfferedNoMore() throws IOException {
        KeptNar kept = kept();
        try (FileChannel there = FileChannel.open(kept.file(), StandardOpenOption.WRITE)) {
            there.truncate(SIZE / 2);
        }
        assertThrows(CompletionException.class, () -> file(kept));
        assertEquals(Optional.empty(), Eventually.get(offers.find(kept.hash())));
    }

    @Test
    void whatIsGoneIsOfferedNoMore() throws IOException {
        KeptNar kept = kept();
        Files.delete(kept.file());
        assertThrows(CompletionException.class, () -> file(kept));
        assertEquals(Optional.empty(), Eventually.get(offers.find(kept.hash())));
    }
}
