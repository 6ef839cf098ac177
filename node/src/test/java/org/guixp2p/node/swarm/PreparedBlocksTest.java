// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PreparedBlocksTest {
    private static final Sha256 ROOT = Sha256.hash(new byte[]{1});
    private static final int BLOCK = 262_144;

    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final PreparedBlocks blocks = new PreparedBlocks(1 << 20, disk);
    private int read;
    private int reused;

    @AfterEach
    void stop() {
        disk.shutdownNow();
    }

    private static PreparedBlocks.Key key(int index) {
        return new PreparedBlocks.Key(ROOT, index, false);
    }

    /** Half noise, so that half of it is left. */
    private static byte[] half(long seed) {
        byte[] noise = new byte[BLOCK / 2];
        new Random(seed).nextBytes(noise);
        byte[] block = new byte[BLOCK];
        System.arraycopy(noise, 0, block, 0, noise.length);
        return block;
    }

    private static byte[] noise() {
        byte[] noise = new byte[BLOCK];
        new Random(5).nextBytes(noise);
        return noise;
    }

    private CompletionStage<BlockPayload> get(int index, int level, CompletionStage<byte[]> bytes) {
        return blocks.get(key(index), level, () -> {
            read++;
            return bytes;
        }, () -> reused++);
    }

    private BlockPayload get(int index, int level, byte[] bytes) {
        return Eventually.get(get(index, level, CompletableFuture.completedFuture(bytes)));
    }

    @Test
    void tenWhoAskAtOnceAndTenWhoAskLaterCostOneCompression() throws IOException {
        CompletableFuture<byte[]> bytes = new CompletableFuture<>();
        List<CompletionStage<BlockPayload>> asked = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            asked.add(get(0, 3, bytes));
        }
        bytes.complete(half(1));
        BlockPayload payload = Eventually.get(asked.getFirst());
        assertEquals(BlockPayload.Encoding.ZSTD, payload.encoding());
        for (CompletionStage<BlockPayload> each : asked) {
            assertSame(payload, Eventually.get(each));
        }
        for (int i = 0; i < 10; i++) {
            assertSame(payload, get(0, 3, half(1)));
        }
        assertEquals(1, read);
        assertEquals(19, reused);
    }

    @Test
    void whatWasCompressedHarderServesAllAndTheOtherWayRoundIsDoneAgain() {
        BlockPayload quick = get(0, 1, half(1));
        BlockPayload hard = get(0, 9, half(1));
        assertNotSame(quick, hard);
        assertSame(hard, get(0, 1, half(1)));
        assertEquals(2, read);
    }

    @Test
    void ofNoiseOnlyThatItIsNoiseIsKept() {
        get(0, 1, noise());
        assertTrue(blocks.weight() < 1000, blocks.weight() + " bytes");
        // Were it tried again, zeros would become few.
        assertEquals(BlockPayload.raw(new byte[BLOCK]), get(0, 9, new byte[BLOCK]));
        assertEquals(2, read);
        assertEquals(0, reused);
    }

    @Test
    void blocksOfOtherRootsAreOthers() {
        BlockPayload one = get(0, 3, half(1));
        BlockPayload other = Eventually.get(blocks.get(new PreparedBlocks.Key(Sha256.hash(new byte[]{2}), 0, false), 3,
                () -> CompletableFuture.completedFuture(half(2)), () -> reused++));
        assertNotSame(one, other);
        assertEquals(0, reused);
    }

    @Test
    void theBoundIsKeptAndWhatWasAskedForLongestAgoGoes() {
        for (int i = 0; i < 100; i++) {
            get(i, 1, half(i));
            get(0, 1, half(0));
            assertTrue(blocks.weight() <= 1 << 20, blocks.weight() + " bytes");
        }
        assertTrue(blocks.weight() > 800_000, blocks.weight() + " bytes");
        assertEquals(100, read);
        get(1, 1, half(1));
        assertEquals(101, read);
        get(99, 1, half(99));
        assertEquals(101, read);
    }

    @Test
    void whoeverWaitsIsToldOfAFailureAndTheNextOneTriesAgain() {
        CompletableFuture<byte[]> bytes = new CompletableFuture<>();
        List<CompletionStage<BlockPayload>> asked = List.of(get(0, 3, bytes), get(0, 3, bytes));
        bytes.completeExceptionally(new IOException("gone"));
        for (CompletionStage<BlockPayload> each : asked) {
            CompletionException told = assertThrows(CompletionException.class, () -> Eventually.get(each));
            assertTrue(String.valueOf(told).contains("gone"), told.toString());
        }
        assertEquals(0, blocks.weight());
        assertEquals(BlockPayload.Encoding.ZSTD, get(0, 3, half(1)).encoding());
    }

    @Test
    void aReaderThatThrowsAndAPoolThatTakesNothingAreFailuresToo() {
        Supplier<CompletionStage<byte[]>> throwing = () -> {
            throw new UncheckedIOException(new IOException("no"));
        };
        assertThrows(CompletionException.class, () -> Eventually.get(blocks.get(key(0), 3, throwing, () -> {})));
        assertEquals(BlockPayload.Encoding.ZSTD, get(0, 3, half(1)).encoding());
        disk.shutdown();
        CompletionException refused = assertThrows(CompletionException.class, () -> get(1, 3, half(1)));
        assertTrue(refused.toString().contains(RejectedExecutionException.class.getName()), refused.toString());
    }
}
