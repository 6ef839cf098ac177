// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.stream.IntStream;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.Test;

/** Who gets memory for a NAR from a server, and who waits for whom. */
class NarRoomTest {
    private static final long MIB = 1 << 20;
    /** The most that {@code -Xmx192m} lets be used. */
    private static final long HEAP = 190_080 << 10;
    private static final NarSize LARGE = new NarSize(64 * MIB);
    private static final long LARGEST = NarRoom.BUFFERS + Compression.LZIP.mostHeap(LARGE);

    private final NarRoom room = new NarRoom(MemoryShares.of(HEAP).of(MemoryShares.Holder.DECODERS));

    private CompletableFuture<NarRoom.Part> lzip() {
        return room.part(Compression.LZIP, LARGE);
    }

    private CompletableFuture<NarRoom.Part> zstd() {
        return room.part(Compression.ZSTD, LARGE);
    }

    private List<CompletableFuture<NarRoom.Part>> zstd(int count) {
        return IntStream.range(0, count).mapToObj(i -> zstd()).toList();
    }

    private static void giveBack(CompletableFuture<NarRoom.Part> part) {
        assertTrue(part.isDone());
        part.join().giveBack();
    }

    private static long in(List<CompletableFuture<NarRoom.Part>> parts) {
        return parts.stream().filter(CompletableFuture::isDone).count();
    }

    @Test
    void besideTheLargestDictionaryFourOthersComeAndTheFifthWaits() {
        CompletableFuture<NarRoom.Part> large = lzip();
        assertEquals(Compression.LZIP.mostHeap(LARGE), large.join().decoder());
        List<CompletableFuture<NarRoom.Part>> others = zstd(4);
        assertEquals(4, in(others));
        CompletableFuture<NarRoom.Part> fifth = zstd();
        assertFalse(fifth.isDone());
        giveBack(others.getFirst());
        assertTrue(fifth.isDone());
        assertEquals(LARGEST + NarRoom.KEPT, room.taken());
    }

    @Test
    void whoNeedsLittleIsNotBehindWhoWaitsForMuch() {
        CompletableFuture<NarRoom.Part> first = lzip();
        CompletableFuture<NarRoom.Part> second = lzip();
        assertEquals(4, in(zstd(4)));
        assertFalse(second.isDone());
        giveBack(first);
        assertTrue(second.isDone());
    }

    @Test
    void asManySmallOnesAsThereIsMemoryForComeAtATime() {
        List<CompletableFuture<NarRoom.Part>> all = zstd(80);
        assertEquals(MemoryShares.of(HEAP).of(MemoryShares.Holder.DECODERS) / NarRoom.BUFFERS, in(all));
    }

    @Test
    void manySmallOnesDoNotKeepALargeOneWaitingForEver() {
        List<CompletableFuture<NarRoom.Part>> before = zstd(60);
        assertEquals(60, in(before));
        CompletableFuture<NarRoom.Part> large = lzip();
        List<CompletableFuture<NarRoom.Part>> after = zstd(10);
        assertEquals(0, in(after), "those who come later have what is theirs alone, and that is taken");
        before.stream().limit(56).forEach(NarRoomTest::giveBack);
        assertTrue(large.isDone());
        assertEquals(0, in(after));
        before.stream().skip(56).forEach(NarRoomTest::giveBack);
        assertEquals(4, in(after));
        giveBack(large);
        assertEquals(10, in(after));
    }

    @Test
    void whoeverComesFirstIsFirst() {
        CompletableFuture<NarRoom.Part> large = lzip();
        List<CompletableFuture<NarRoom.Part>> small = zstd(4);
        List<CompletableFuture<NarRoom.Part>> waiting = zstd(3);
        for (int i = 0; i < 3; i++) {
            giveBack(small.get(i));
            assertEquals(i + 1, in(waiting));
            assertTrue(waiting.get(i).isDone());
        }
        assertTrue(large.isDone());
    }

    @Test
    void whoeverWantsItNoMoreIsInNobodysWay() {
        CompletableFuture<NarRoom.Part> first = lzip();
        CompletableFuture<NarRoom.Part> left = lzip();
        CompletableFuture<NarRoom.Part> last = lzip();
        left.cancel(false);
        giveBack(first);
        assertTrue(last.isDone());
        assertEquals(LARGEST, room.taken());
    }

    /** Small ones above what is theirs alone wait for a large one only as long as that one waits. */
    @Test
    void whenALargeOneIsNotWantedAnyMoreSmallOnesNeedNotMakeRoom() {
        assertEquals(20, in(zstd(20)));
        CompletableFuture<NarRoom.Part> large = lzip();
        CompletableFuture<NarRoom.Part> small = zstd();
        assertFalse(small.isDone());
        large.cancel(false);
        assertTrue(small.isDone());
    }

    @Test
    void aPartIsGivenBackOnce() {
        CompletableFuture<NarRoom.Part> part = lzip();
        CompletableFuture<NarRoom.Part> other = zstd();
        giveBack(part);
        giveBack(part);
        assertEquals(NarRoom.BUFFERS, room.taken());
        giveBack(other);
        assertEquals(0, room.taken());
    }

    /** Its file may have a smaller dictionary; if not, that is seen. */
    @Test
    void inASmallHeapALargeOneHasWhatThereIs() {
        NarRoom small = new NarRoom(16 * MIB);
        assertEquals(16 * MIB - NarRoom.KEPT - NarRoom.BUFFERS, small.part(Compression.LZIP, LARGE).join().decoder());
    }

    @Test
    void aSmallNarNeedsLittleWhateverItsCompression() {
        assertTrue(lzip().isDone());
        assertTrue(room.part(Compression.LZIP, new NarSize(100_000)).isDone());
    }

    @Test
    void nothingIsLostWhenManyComeAndGo() throws Exception {
        long seed = System.nanoTime();
        List<CompletableFuture<?>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int thread = 0; thread < 4; thread++) {
                Random random = new Random(seed + thread);
                threads.execute(() -> {
                    for (int i = 0; i < 2000; i++) {
                        CompletableFuture<NarRoom.Part> part = random.nextInt(3) == 0 ? lzip() : zstd();
                        if (random.nextInt(4) == 0) {
                            part.cancel(false);
                        }
                        synchronized (all) {
                            all.add(part.handle((mine, failure) -> {
                                assertTrue(room.taken() <= MemoryShares.of(HEAP).of(MemoryShares.Holder.DECODERS),
                                        () -> room.taken() + " are taken, seed " + seed);
                                if (mine != null) {
                                    threads.execute(mine::giveBack);
                                }
                                return mine;
                            }));
                        }
                    }
                });
            }
            Eventually.holds(() -> {
                synchronized (all) {
                    return all.size() == 8000;
                }
            }, () -> "all to come");
            Eventually.get(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)));
        }
        assertEquals(0, room.waiting(), () -> "seed " + seed);
        assertEquals(0, room.taken(), () -> "seed " + seed);
    }
}
