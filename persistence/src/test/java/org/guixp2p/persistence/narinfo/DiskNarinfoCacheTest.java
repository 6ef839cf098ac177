// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskNarinfoCacheTest extends NarinfoCacheContract {
    private static final long ROOMY = 1L << 30;
    private static final int BLOCK = 4096;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path temporary;

    /** Stands for a background that has not come round to it yet. */
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private Instant now = NOW;

    @Override
    NarinfoCache cache() {
        return open(ROOMY);
    }

    private DiskNarinfoCache open(long maxBytes) {
        return DiskNarinfoCache.open(directory(), maxBytes, () -> now, waiting::add);
    }

    private Path directory() {
        return temporary.resolve("cache/narinfo");
    }

    private void background() {
        while (!waiting.isEmpty()) {
            waiting.remove().run();
        }
    }

    private CachePruner.Report prune(DiskNarinfoCache cache) throws ExecutionException, InterruptedException {
        background();
        var report = cache.prune().toCompletableFuture();
        background();
        return report.get().orElseThrow();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(directory())) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static StorePath item(int n) {
        byte[] hash = new byte[20];
        hash[0] = (byte) n;
        hash[1] = (byte) (n >> 8);
        return new StorePath(NixBase32.encode(hash) + "-item" + n);
    }

    @Test
    void survivesARestart() {
        open(ROOMY).put(SERVER, HELLO, hit(HELLO));
        assertEquals(Optional.of(hit(HELLO)), open(ROOMY).find(SERVER, HELLO));
    }

    @Test
    void opensWithoutWaitingForItsPruning() throws IOException {
        open(ROOMY).put(SERVER, HELLO, miss());
        waiting.clear();
        now = NOW.plus(Duration.ofDays(1));
        DiskNarinfoCache cache = open(ROOMY);
        assertEquals(1, waiting.size());
        assertEquals(Optional.of(miss()), cache.find(SERVER, HELLO));
        background();
        assertEquals(List.of(), files());
        assertEquals(Optional.empty(), cache.find(SERVER, HELLO));
    }

    @Test
    void aTornFileIsDeletedAndAskedForAgain() throws IOException {
        DiskNarinfoCache cache = open(ROOMY);
        cache.put(SERVER, HELLO, hit(HELLO));
        Path file = cache.file(SERVER, HELLO);
        byte[] whole = Files.readAllBytes(file);
        for (int length : List.of(0, 10, 64, whole.length - 1)) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertEquals(Optional.empty(), cache.find(SERVER, HELLO));
            assertFalse(Files.exists(file));
        }
        cache.put(SERVER, HELLO, hit(HELLO));
        assertEquals(Optional.of(hit(HELLO)), cache.find(SERVER, HELLO));
    }

    @Test
    void aFileThatWasMovedToAnotherNameIsNotBelieved() throws IOException {
        DiskNarinfoCache cache = open(ROOMY);
        cache.put(SERVER, HELLO, hit(HELLO));
        Files.copy(cache.file(SERVER, HELLO), cache.file(SERVER, LIB5));
        assertEquals(Optional.empty(), cache.find(SERVER, LIB5));
        assertEquals(Optional.of(hit(HELLO)), cache.find(SERVER, HELLO));
    }

    @Test
    void anEndlessFileIsNotReadToItsEnd() throws IOException {
        DiskNarinfoCache cache = open(ROOMY);
        cache.put(SERVER, HELLO, hit(HELLO));
        try (var file = FileChannel.open(cache.file(SERVER, HELLO),
                StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(1), 1L << 35);
        }
        assertEquals(Optional.empty(), cache.find(SERVER, HELLO));
        assertFalse(Files.exists(cache.file(SERVER, HELLO)));
    }

    @Test
    void aLinkOrADirectoryInAFilesPlaceIsNoAnswer() throws IOException {
        DiskNarinfoCache cache = open(ROOMY);
        cache.put(SERVER, HELLO, hit(HELLO));
        Files.createSymbolicLink(cache.file(SERVER, LIB5), cache.file(SERVER, HELLO));
        assertEquals(Optional.empty(), cache.find(SERVER, LIB5));
        Files.createDirectories(cache.file(OTHER, HELLO));
        assertEquals(Optional.empty(), cache.find(OTHER, HELLO));
        cache.put(OTHER, HELLO, miss());
        cache.put(SERVER, LIB5, miss());
        assertEquals(Optional.of(miss()), cache.find(SERVER, LIB5));
        assertEquals(Optional.of(hit(HELLO)), cache.find(SERVER, HELLO));
    }

    @Test
    void whatItCannotWriteItDoesWithout() throws IOException {
        Files.createDirectories(directory().getParent());
        Files.writeString(directory(), "in the way");
        DiskNarinfoCache cache = open(ROOMY);
        cache.put(SERVER, HELLO, miss());
        assertEquals(Optional.empty(), cache.find(SERVER, HELLO));
        background();
        Files.delete(directory());
        cache.put(SERVER, HELLO, miss());
        assertEquals(Optional.of(miss()), cache.find(SERVER, HELLO));
    }

    @Test
    void othersCannotReadWhatWasAskedFor() throws IOException {
        DiskNarinfoCache cache = open(ROOMY);
        cache.put(SERVER, HELLO, miss());
        Path home = cache.file(SERVER, HELLO).resolve("..").normalize();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(home)));
        assertTrue(home.getFileName().toString().startsWith("bordeaux.guix.gnu.org-"));
    }

    @Test
    void missesGoWhenTheyExpireAndNarinfosMuchLater() throws Exception {
        DiskNarinfoCache cache = open(ROOMY);
        cache.put(SERVER, HELLO, hit(HELLO));
        cache.put(SERVER, LIB5, miss());
        assertEquals(new CachePruner.Report(2, 2 * BLOCK, 0), prune(cache));
        now = NOW.plus(CacheTimes.MISS).plusSeconds(1);
        assertEquals(new CachePruner.Report(1, BLOCK, 1), prune(cache));
        now = NOW.plus(CacheTimes.HIT).plus(CachePruner.STALE);
        assertEquals(new CachePruner.Report(1, BLOCK, 0), prune(cache));
        assertEquals(Optional.of(hit(HELLO)), cache.find(SERVER, HELLO));
        now = now.plusSeconds(1);
        assertEquals(new CachePruner.Report(0, 0, 1), prune(cache));
        assertEquals(Optional.empty(), cache.find(SERVER, HELLO));
        assertFalse(Files.exists(cache.file(SERVER, HELLO).getParent()));
        cache.put(SERVER, HELLO, miss());
        assertEquals(Optional.of(miss()), cache.find(SERVER, HELLO));
    }

    @Test
    void whatExpiresFirstMakesRoom() throws Exception {
        DiskNarinfoCache cache = open(20 * BLOCK);
        background();
        for (int n = 0; n < 30; n++) {
            cache.put(SERVER, item(n), new CachedAnswer.Miss(404, NOW, NOW.plusSeconds(60 + n)));
        }
        assertEquals(new CachePruner.Report(18, 18 * BLOCK, 12), prune(cache));
        assertEquals(Optional.empty(), cache.find(SERVER, item(11)));
        assertTrue(cache.find(SERVER, item(12)).isPresent());
        assertTrue(cache.find(SERVER, item(29)).isPresent());
    }

    @Test
    void prunesAgainAfterManyAnswersAndOnceAtATime() {
        DiskNarinfoCache cache = DiskNarinfoCache.open(directory(), ROOMY, 10, () -> now, waiting::add);
        background();
        for (int n = 0; n < 9; n++) {
            cache.put(SERVER, item(n % 5), miss());
        }
        assertEquals(0, waiting.size());
        for (int n = 0; n < 20; n++) {
            cache.put(SERVER, item(n % 5), miss());
        }
        assertEquals(1, waiting.size());
        background();
        assertEquals(0, waiting.size());
    }

    @Test
    void leavesNoTemporaryFilesAndSweepsThoseOfACrash() throws Exception {
        DiskNarinfoCache cache = open(ROOMY);
        cache.put(SERVER, HELLO, miss());
        assertEquals(List.of(cache.file(SERVER, HELLO)), files());
        Path left = cache.file(SERVER, HELLO).resolveSibling(DiskNarinfoCache.TEMPORARY + "1");
        Path inUse = cache.file(SERVER, HELLO).resolveSibling(DiskNarinfoCache.TEMPORARY + "2");
        Files.writeString(left, "half");
        Files.writeString(inUse, "half");
        Files.setLastModifiedTime(left, FileTime.from(NOW.minus(CachePruner.ABANDONED).minusSeconds(1)));
        Files.setLastModifiedTime(inUse, FileTime.from(NOW.minusSeconds(1)));
        prune(cache);
        assertFalse(Files.exists(left));
        assertTrue(Files.exists(inUse));
    }

    @Test
    void pruningTouchesNothingThatIsNotItsOwn() throws Exception {
        DiskNarinfoCache cache = open(0);
        cache.put(SERVER, HELLO, miss());
        Path outside = Files.writeString(temporary.resolve("outside"), "keep");
        Files.setLastModifiedTime(outside, FileTime.from(Instant.EPOCH));
        Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
        Path inside = Files.writeString(elsewhere.resolve("inside"), "keep");
        Files.setLastModifiedTime(inside, FileTime.from(Instant.EPOCH));
        Files.createSymbolicLink(directory().resolve("link"), elsewhere);
        Files.createDirectory(cache.file(SERVER, HELLO).resolveSibling("directory"));
        prune(cache);
        assertTrue(Files.exists(inside) && Files.exists(outside));
        assertTrue(Files.exists(directory().resolve("link"), LinkOption.NOFOLLOW_LINKS));
        assertFalse(Files.exists(cache.file(SERVER, HELLO)));
    }

    @Test
    void aBackgroundThatIsGoneDoesNotMatter() {
        DiskNarinfoCache cache = DiskNarinfoCache.open(directory(), ROOMY, () -> now, task -> {
            throw new RejectedExecutionException();
        });
        cache.put(SERVER, HELLO, miss());
        assertEquals(Optional.of(miss()), cache.find(SERVER, HELLO));
    }
}
