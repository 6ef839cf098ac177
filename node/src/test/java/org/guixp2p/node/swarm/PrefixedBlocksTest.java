// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PrefixedBlocksTest {
    private static final Sha256 ROOT = Sha256.hash(new byte[]{1});
    private static final int BLOCK = 262_144;

    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final PreparedBlocks prepared = new PreparedBlocks(8 << 20, disk);
    private final PrefixedBlocks blocks = new PrefixedBlocks(19 * BLOCK, prepared, disk);
    private final List<Integer> read = new ArrayList<>();
    private final Map<Integer, CompletableFuture<byte[]>> bytes = new HashMap<>();
    private final AtomicInteger given = new AtomicInteger();
    private final PrefixedBlocks.Nar nar = nar(CompletableFuture.completedFuture(null));

    @AfterEach
    void stop() {
        disk.shutdownNow();
    }

    /** Text whose second half is that of all others. */
    static byte[] text(int index) {
        StringBuilder text = new StringBuilder();
        Random random = new Random(index);
        for (Random common = new Random(-1); text.length() < BLOCK; text.append(' ')) {
            Random from = text.length() < BLOCK / 2 ? random : common;
            text.append(Integer.toString(from.nextInt(100_000), Character.MAX_RADIX));
        }
        return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), BLOCK);
    }

    private static byte[] noise(int seed) {
        byte[] noise = new byte[BLOCK];
        new Random(seed).nextBytes(noise);
        return noise;
    }

    private static byte[] two(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, 2 * BLOCK);
        System.arraycopy(second, 0, both, BLOCK, BLOCK);
        return both;
    }

    private static PreparedBlocks.Key key(int index) {
        return new PreparedBlocks.Key(ROOT, index, true);
    }

    private CompletionStage<byte[]> read(int index) {
        synchronized (read) {
            read.add(index);
            return bytes.computeIfAbsent(index, block -> CompletableFuture.completedFuture(text(block)));
        }
    }

    /** @param open whether it can be read */
    private PrefixedBlocks.Nar nar(CompletionStage<Void> open) {
        return new PrefixedBlocks.Nar() {
            @Override
            public CompletionStage<?> open() {
                return open;
            }

            @Override
            public CompletionStage<byte[]> read(int index) {
                return PrefixedBlocksTest.this.read(index);
            }
        };
    }

    private CompletionStage<BlockPayload> begin(int index, int level) {
        return blocks.get(key(index), level, nar, given::incrementAndGet);
    }

    private BlockPayload get(int index, int level) {
        return Eventually.get(begin(index, level));
    }

    @Test
    void aBlockIsCompressedWithThoseBeforeIt() throws FormatException {
        BlockPayload payload = get(5, 3);
        assertEquals(BlockPayload.Encoding.ZSTD_PREFIXED, payload.encoding());
        assertArrayEquals(text(5), payload.block(two(text(3), text(4))));
        assertTrue(payload.wireLength() < BlockPayload.compress(text(5), 3).wireLength() * 2 / 3, payload.toString());
        assertEquals(List.of(3, 4, 5), read);
    }

    @Test
    void theSecondBlockHasOneBeforeIt() throws FormatException {
        assertArrayEquals(text(1), get(1, 3).block(text(0)));
        assertEquals(List.of(0, 1), read);
    }

    @Test
    void blocksInARowAreReadOnce() {
        for (int index = 2; index < 40; index++) {
            get(index, 3);
        }
        assertEquals(40, read.size());
        assertEquals(38, given.get());
    }

    @Test
    void whatWasMadeForOneIsGivenToTheNext() {
        BlockPayload payload = get(5, 3);
        assertSame(payload, get(5, 3));
        // Whoever has no time for it gets what is there.
        assertTrue(prepared.has(key(5)));
        assertSame(payload, get(5, 0));
        assertFalse(prepared.has(key(6)));
        assertFalse(prepared.has(new PreparedBlocks.Key(ROOT, 5, false)));
        assertEquals(3, read.size());
        assertEquals(3, given.get());
    }

    /** As a relay has some blocks, and others not. */
    @Test
    void whereThePrefixIsNotHereTheBlockStandsByItself() throws FormatException {
        bytes.put(3, CompletableFuture.failedFuture(new IOException("not here")));
        BlockPayload payload = get(5, 3);
        assertEquals(BlockPayload.Encoding.ZSTD, payload.encoding());
        assertArrayEquals(text(5), payload.block());
        // It may have come since.
        bytes.put(3, CompletableFuture.completedFuture(text(3)));
        assertEquals(BlockPayload.Encoding.ZSTD_PREFIXED, get(4, 3).encoding());
    }

    @Test
    void whereTheBlockIsNotHereWhoeverAskedIsToldAndTheNextOneTriesAgain() {
        bytes.put(5, CompletableFuture.failedFuture(new IOException("not here")));
        CompletionException told = assertThrows(CompletionException.class, () -> get(5, 3));
        assertTrue(told.toString().contains("not here"), told.toString());
        bytes.put(5, CompletableFuture.completedFuture(text(5)));
        assertEquals(BlockPayload.Encoding.ZSTD_PREFIXED, get(5, 3).encoding());
    }

    @Test
    void aReaderThatThrowsIsAFailureToo() {
        CompletionStage<BlockPayload> failed = blocks.get(key(5), 3, new PrefixedBlocks.Nar() {
            @Override
            public CompletionStage<?> open() {
                return CompletableFuture.completedFuture(null);
            }

            @Override
            public CompletionStage<byte[]> read(int index) {
                throw new IllegalStateException("no");
            }
        }, given::incrementAndGet);
        assertThrows(CompletionException.class, () -> Eventually.get(failed));
        assertEquals(BlockPayload.Encoding.ZSTD_PREFIXED, get(5, 3).encoding());
    }

    /** A tree may take seconds to be opened: those who ask for others meanwhile are not to wait for it. */
    @Test
    void aNarThatIsBeingOpenedHoldsUpNobody() {
        CompletableFuture<Void> opened = new CompletableFuture<>();
        List<CompletionStage<BlockPayload>> cold = new ArrayList<>();
        for (int i = 1; i <= 2 * blocks.atOnce(); i++) {
            PreparedBlocks.Key key = new PreparedBlocks.Key(Sha256.hash(new byte[]{2}), 10 * i, true);
            cold.add(blocks.get(key, 3, nar(opened), given::incrementAndGet));
        }
        assertEquals(BlockPayload.Encoding.ZSTD_PREFIXED, get(5, 3).encoding());
        assertEquals(List.of(3, 4, 5), read);
        opened.complete(null);
        cold.forEach(each -> assertEquals(BlockPayload.Encoding.ZSTD_PREFIXED, Eventually.get(each).encoding()));
    }

    @Test
    void whoeverAskedForANarThatCannotBeOpenedIsTold() {
        CompletionStage<BlockPayload> failed = blocks.get(key(5), 3,
                nar(CompletableFuture.failedFuture(new IOException("not here"))), given::incrementAndGet);
        CompletionException told = assertThrows(CompletionException.class, () -> Eventually.get(failed));
        assertTrue(told.toString().contains("not here"), told.toString());
        assertEquals(BlockPayload.Encoding.ZSTD_PREFIXED, get(5, 3).encoding());
    }

    @Test
    void noiseIsGivenAsItIsAndNotTriedAgain() {
        for (int index = 3; index <= 5; index++) {
            bytes.put(index, CompletableFuture.completedFuture(noise(index)));
        }
        assertEquals(BlockPayload.raw(noise(5)), get(5, 3));
        assertFalse(prepared.has(key(5)));
        assertTrue(prepared.weight() < 1000, prepared.weight() + " bytes");
        for (int index = 20; index < 40; index++) {
            get(index, 3);
        }
        read.clear();
        bytes.put(5, CompletableFuture.completedFuture(text(5)));
        assertEquals(BlockPayload.raw(text(5)), get(5, 5));
        assertEquals(List.of(5), read);
    }

    /** Blocks that are far from each other, so that none is read for two: what is in memory is bounded all the same. */
    @Test
    void noMoreThanAFewAreReadAtATime() {
        int asked = 50;
        List<CompletionStage<BlockPayload>> answers = new ArrayList<>();
        for (int i = 1; i <= asked; i++) {
            for (int index = 10 * i - 2; index <= 10 * i; index++) {
                bytes.put(index, new CompletableFuture<>());
            }
            answers.add(begin(10 * i, 3));
        }
        assertEquals(3 * blocks.atOnce(), read.size());
        byte[] same = text(1);
        for (int i = 1; i <= asked; i++) {
            for (int index = 10 * i - 2; index <= 10 * i; index++) {
                bytes.getOrDefault(index, new CompletableFuture<>()).complete(same);
            }
            Eventually.get(answers.get(i - 1));
            synchronized (read) {
                assertTrue(read.size() <= 3 * (i + blocks.atOnce()), read::toString);
            }
        }
        assertEquals(3 * asked, read.size());
    }
}
