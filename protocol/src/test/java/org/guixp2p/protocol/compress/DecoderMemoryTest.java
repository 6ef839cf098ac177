// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdCompressCtx;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What files ask for in their headers, and what they get. */
class DecoderMemoryTest {
    private static final long MIB = 1 << 20;
    private static final NarSize LARGE = new NarSize(1L << 30);
    private static final byte[] TEXT = "some text".repeat(100).getBytes(StandardCharsets.US_ASCII);

    private static InputStream open(Compression compression, byte[] file, NarSize bound, DecoderMemory memory)
            throws IOException {
        return compression.decompress(new ByteArrayInputStream(file), bound, memory);
    }

    private static DecoderMemory memory(long mib) {
        return new DecoderMemory(new MemoryBudget(mib * MIB), new MemoryBudget(mib * MIB));
    }

    private static byte[] file(Compression compression, int log) {
        return compression == Compression.LZIP ? Compressor.lzip(TEXT, log) : Compressor.zstdWithWindow(TEXT, log);
    }

    private static long taken(DecoderMemory memory) {
        return memory.heap().taken() + memory.outside().taken();
    }

    @ParameterizedTest
    @CsvSource({"LZIP,25", "ZSTD,25"})
    void manyStreamsTogetherTakeNoMoreThanThereIs(Compression compression, int log) throws Exception {
        DecoderMemory memory = memory(100);
        List<InputStream> open = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            InputStream in = open(compression, file(compression, log), LARGE, memory);
            assertEquals(TEXT[0], in.read());
            open.add(in);
        }
        FutureTask<byte[]> fourth = new FutureTask<>(() -> {
            try (InputStream in = open(compression, file(compression, log), LARGE, memory)) {
                return in.readAllBytes();
            }
        });
        Thread waits = Thread.ofVirtual().start(fourth);
        while (waits.getState() != Thread.State.TIMED_WAITING) {
            assertTrue(waits.isAlive(), "it waits for the others");
            Thread.onSpinWait();
        }
        assertTrue(taken(memory) > 96 * MIB && taken(memory) <= 100 * MIB, taken(memory) + " taken");
        open.getFirst().close();
        open.getFirst().close();
        assertArrayEquals(TEXT, fourth.get());
        open.get(1).close();
        open.get(2).close();
        assertEquals(0, taken(memory));
    }

    @ParameterizedTest
    @CsvSource({"LZIP,25", "ZSTD,25"})
    void whoeverWantsMoreThanThereIsAtAllIsToldAtOnce(Compression compression, int log) throws IOException {
        DecoderMemory memory = memory(31);
        try (InputStream in = open(compression, file(compression, log), LARGE, memory)) {
            IOException refused = assertThrows(MemoryBudget.ExhaustedException.class, in::read);
            assertTrue(String.valueOf(refused.getMessage()).startsWith(compression.text() + " takes 3"),
                    refused.getMessage());
        }
        assertEquals(0, taken(memory));
    }

    /** Whoever has it may have it for hours. */
    @Test
    void whoeverWaitsInVainIsTold() throws IOException {
        MemoryBudget outside = new MemoryBudget(33 * MIB, 1);
        DecoderMemory memory = new DecoderMemory(new MemoryBudget(0), outside);
        try (InputStream first = open(Compression.ZSTD, file(Compression.ZSTD, 25), LARGE, memory);
                InputStream second = open(Compression.ZSTD, file(Compression.ZSTD, 25), LARGE, memory)) {
            assertEquals(TEXT[0], first.read());
            long before = taken(memory);
            assertThrows(MemoryBudget.ExhaustedException.class, second::read);
            assertEquals(before, taken(memory));
        }
        assertEquals(0, taken(memory));
    }

    @Test
    void whoeverWaitsAndIsInterruptedHasNothing() throws Exception {
        DecoderMemory memory = memory(33);
        try (InputStream first = open(Compression.LZIP, file(Compression.LZIP, 25), LARGE, memory)) {
            assertEquals(TEXT[0], first.read());
            long before = taken(memory);
            FutureTask<Integer> second = new FutureTask<>(
                    () -> open(Compression.LZIP, file(Compression.LZIP, 25), LARGE, memory).read());
            Thread waits = Thread.ofVirtual().start(second);
            while (waits.getState() != Thread.State.TIMED_WAITING) {
                assertTrue(waits.isAlive(), "it waits for the other one");
                Thread.onSpinWait();
            }
            waits.interrupt();
            assertInstanceOf(InterruptedIOException.class,
                    assertThrows(ExecutionException.class, second::get).getCause());
            assertEquals(before, taken(memory));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {100, 4096, 5_000_000, 1L << 30})
    void noFileTakesMoreOfTheHeapThanItsNarLetsExpect(long size) throws IOException {
        NarSize bound = new NarSize(size);
        for (Compression compression : Compression.values()) {
            assertEquals(compression == Compression.LZIP, compression.mostHeap(bound) > 0, compression::text);
        }
        DecoderMemory memory = new DecoderMemory(new MemoryBudget(Compression.LZIP.mostHeap(bound)),
                DecoderMemory.outsideOfHeap());
        byte[] nar = Arrays.copyOf(TEXT, (int) Math.min(size, TEXT.length));
        try (InputStream in = open(Compression.LZIP, Compressor.lzip(nar, 25), bound, memory)) {
            assertArrayEquals(nar, in.readAllBytes());
            assertEquals(Compression.LZIP.mostHeap(bound), taken(memory));
        }
    }

    @Test
    void aStreamTakesWhatItsLargestMemberNeeds() throws Exception {
        for (Compression compression : List.of(Compression.LZIP, Compression.ZSTD)) {
            ByteArrayOutputStream members = new ByteArrayOutputStream();
            for (int log : new int[]{20, 24, 22}) {
                members.writeBytes(file(compression, log));
            }
            DecoderMemory memory = memory(17);
            try (InputStream in = open(compression, members.toByteArray(), LARGE, memory)) {
                assertEquals(3 * TEXT.length, in.readAllBytes().length);
                assertTrue(taken(memory) >= 16 * MIB && taken(memory) < 17 * MIB);
            }
            DecoderMemory small = memory(15);
            try (InputStream in = open(compression, members.toByteArray(), LARGE, small)) {
                assertThrows(MemoryBudget.ExhaustedException.class, in::readAllBytes);
            }
            assertEquals(0, taken(small));
        }
    }

    @Test
    void aDictionaryIsNoLargerThanTheNar() throws Exception {
        DecoderMemory memory = memory(1);
        try (InputStream in = open(Compression.LZIP, Compressor.lzip(TEXT, 25), new NarSize(TEXT.length), memory)) {
            assertArrayEquals(TEXT, in.readAllBytes());
            assertTrue(taken(memory) < 640 * 1024);
        }
    }

    @Test
    void whatFailsGivesItsMemoryBack() throws Exception {
        DecoderMemory memory = memory(100);
        for (Compression compression : List.of(Compression.LZIP, Compression.ZSTD)) {
            byte[] cut = Arrays.copyOf(file(compression, 25), 40);
            InputStream in = open(compression, cut, LARGE, memory);
            assertThrows(FormatException.class, in::readAllBytes);
            in.close();
            assertEquals(0, taken(memory));
        }
    }

    /** Frames of every form that the library writes, each found behind the one before. */
    @Test
    void findsTheHeaderOfEveryFrame() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        int frames = 0;
        for (int size : new int[]{0, 1, 255, 256, 300, 65_791, 65_792, 70_000, 300_000}) {
            for (int form = 0; form < 4; form++) {
                byte[] contents = new byte[size];
                if (random.nextBoolean()) {
                    random.nextBytes(contents);
                }
                try (ZstdCompressCtx context = new ZstdCompressCtx()) {
                    context.setChecksum((form & 1) != 0);
                    context.setContentSize((form & 2) != 0);
                    context.setWindowLog(10 + random.nextInt(10));
                    file.writeBytes(context.compress(contents));
                }
                data.writeBytes(contents);
                frames++;
                if (random.nextBoolean()) {
                    file.writeBytes(new byte[]{0x5f, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7});
                }
            }
        }
        int[] found = new int[1];
        ZstdFrames passed = new ZstdFrames(new ByteArrayInputStream(file.toByteArray()), (window, contents) -> {
            found[0]++;
            assertTrue(window >= 0 && window <= 1 << 20, () -> "a window of " + window + ", seed " + seed);
            assertTrue(contents >= -1 && contents <= 300_000, () -> contents + " bytes, seed " + seed);
        });
        byte[] piece = new byte[1 + random.nextInt(2000)];
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int count = passed.read(piece); count >= 0; count = passed.read(piece)) {
            out.write(piece, 0, count);
        }
        assertArrayEquals(file.toByteArray(), out.toByteArray());
        assertEquals(frames, found[0], () -> "seed " + seed);
        try (InputStream in = open(Compression.ZSTD, file.toByteArray(), LARGE, memory(10))) {
            assertArrayEquals(data.toByteArray(), in.readAllBytes(), () -> "seed " + seed);
        }
    }

    @Test
    void aWindowCannotBeHiddenBehindAnotherFrame() throws Exception {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(Compressor.compress(Compression.ZSTD, TEXT));
        file.writeBytes(Compressor.zstdWithWindow(TEXT, 26));
        try (InputStream in = open(Compression.ZSTD, file.toByteArray(), LARGE, memory(10))) {
            assertThrows(MemoryBudget.ExhaustedException.class, in::readAllBytes);
        }
    }

    @Test
    void impossiblyLargeContentsAreNoSmallWindow() throws Exception {
        // A single segment, with contents of 2^64 - 1 bytes.
        byte[] file = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, (byte) 0xe0, -1, -1, -1, -1, -1, -1, -1, -1, 1, 0, 0};
        try (InputStream in = open(Compression.ZSTD, file, LARGE, memory(10))) {
            FormatException refused = assertThrows(FormatException.class, in::read);
            assertTrue(String.valueOf(refused.getMessage()).startsWith("zstd: wants a window of "));
        }
    }
}
