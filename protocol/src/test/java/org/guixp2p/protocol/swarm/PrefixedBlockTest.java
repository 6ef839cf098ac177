// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDictCompress;
import com.github.luben.zstd.ZstdDictTrainer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Blocks that are compressed behind those before them. */
class PrefixedBlockTest {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;
    private static final byte[] MAGIC = {0x37, (byte) 0xa4, 0x30, (byte) 0xec};

    private static byte[] noise(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Words in an order of their own, so that texts share little but their words. */
    private static byte[] text(int length, long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(Integer.toString(random.nextInt(5_000), Character.MAX_RADIX)).append("-word ");
        }
        return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), length);
    }

    /** Half of what is in the second block of the prefix, somewhere else. */
    private static byte[] like(byte[] prefix) {
        byte[] block = text(BLOCK, 99);
        System.arraycopy(prefix, prefix.length - BLOCK / 2, block, 1000, BLOCK / 2);
        return block;
    }

    private static BlockPayload of(byte[] stream, int length) {
        return BlockPayload.of(BlockPayload.Encoding.ZSTD_PREFIXED, length, stream);
    }

    private static byte[] withDictionary(byte[] block, byte[] dictionary) {
        byte[] target = new byte[(int) Zstd.compressBound(block.length)];
        return Arrays.copyOf(target, (int) Zstd.compressUsingDict(target, 0, block, 0, block.length, dictionary, 3));
    }

    @Nested
    class Correct {
        @Test
        void whatStandsInTheBlocksBeforeCostsNextToNothing() throws FormatException {
            for (int blocks = 1; blocks <= BlockLayout.PREFIX_BLOCKS; blocks++) {
                byte[] prefix = text(blocks * BLOCK, 1);
                byte[] block = Arrays.copyOf(prefix, BLOCK);
                BlockPayload payload = BlockPayload.compress(block, prefix, 3);
                assertEquals(BlockPayload.Encoding.ZSTD_PREFIXED, payload.encoding());
                assertTrue(payload.wireLength() < 1000, payload.toString());
                assertArrayEquals(block, payload.block(prefix));
            }
        }

        @Test
        void aFrameCarriesIt() throws FormatException {
            byte[] prefix = text(2 * BLOCK, 1);
            SwarmMessage sent = new SwarmMessage.Block(new RequestId(1), 2,
                    BlockPayload.compress(like(prefix), prefix, 1));
            SwarmMessage came = new FrameDecoder().decode(ByteBuffer.wrap(WireVectors.bytes(sent)));
            assertEquals(sent, came);
            assertArrayEquals(like(prefix), assertInstanceOf(SwarmMessage.Block.class, came).payload().block(prefix));
        }

        @Test
        void theVectorOfTheDocument() throws FormatException {
            for (SwarmMessage message : WireVectors.messages().values()) {
                if (message instanceof SwarmMessage.Block block
                        && block.payload().encoding() == BlockPayload.Encoding.ZSTD_PREFIXED) {
                    byte[] expected = new byte[64];
                    Arrays.fill(expected, 32, 64, (byte) 1);
                    assertArrayEquals(expected, block.payload().block(WireVectors.prefix()));
                    return;
                }
            }
            throw new AssertionError("the document has no such vector");
        }

        @Test
        void otherEncodingsAreReadWhateverThePrefixIs() throws FormatException {
            byte[] block = text(5000, 1);
            assertArrayEquals(block, BlockPayload.compress(block, 3).block(noise(100, 1)));
            assertArrayEquals(block, BlockPayload.raw(block).block(noise(100, 1)));
        }

        /** Nothing stops a NAR from having a dictionary where a block begins. */
        @Test
        void aPrefixThatLooksLikeADictionaryIsContent() throws FormatException {
            byte[] prefix = text(2 * BLOCK, 1);
            System.arraycopy(MAGIC, 0, prefix, 0, MAGIC.length);
            byte[] block = like(prefix);
            BlockPayload payload = BlockPayload.compress(block, prefix, 3);
            assertArrayEquals(block, payload.block(prefix));
            assertTrue(payload.wireLength() < BlockPayload.compress(block, 3).wireLength() * 3 / 4);
            byte[] trained = dictionary();
            assertArrayEquals(MAGIC, Arrays.copyOf(trained, 4));
            System.arraycopy(trained, 0, prefix, 0, trained.length);
            assertArrayEquals(like(prefix), BlockPayload.compress(like(prefix), prefix, 3).block(prefix));
            assertArrayEquals(block, BlockPayload.compress(block, MAGIC, 3).block(MAGIC));
        }

        @Property(tries = 200)
        void comesBackBehindTheSamePrefix(@ForAll @Size(min = 1, max = 5000) byte[] block,
                @ForAll @Size(min = 1, max = 5000) byte[] other, @ForAll @IntRange(min = 0, max = 3) int repeat,
                @ForAll @IntRange(min = 1, max = 9) int level) throws FormatException {
            byte[] prefix = Arrays.copyOf(other, other.length + repeat * block.length);
            for (int i = 0; i < repeat; i++) {
                System.arraycopy(block, 0, prefix, other.length + i * block.length, block.length);
            }
            BlockPayload payload = BlockPayload.compress(block, prefix, level);
            assertArrayEquals(block, payload.block(prefix));
            if (payload.encoding() == BlockPayload.Encoding.RAW) {
                assertEquals(block.length, payload.wireLength());
            } else {
                assertTrue(payload.wireLength() * 8 <= block.length * 7, payload.toString());
            }
        }
    }

    /** What does not compress is told by looking at some of it, and not tried. */
    @Nested
    class Noisy {
        @Test
        void noiseIsRawBehindAnyPrefix() {
            for (long seed = 1; seed < 20; seed++) {
                byte[] block = noise(BLOCK, seed);
                assertFalse(Repetition.ofMuch(block, noise(2 * BLOCK, seed + 100)), "seed " + seed);
                assertFalse(Repetition.ofMuch(block, new byte[2 * BLOCK]), "seed " + seed);
                assertEquals(BlockPayload.raw(block), BlockPayload.compress(block, new byte[2 * BLOCK], 3));
            }
        }

        /** Were it tried, it would be found: it is moved by a byte, as no file in a NAR is. */
        @Test
        void whatIsNotExpectedToRepeatItselfIsNotTried() {
            byte[] prefix = noise(2 * BLOCK, 5);
            byte[] block = Arrays.copyOfRange(prefix, 1, BLOCK + 1);
            assertEquals(BlockPayload.raw(block), BlockPayload.compress(block, prefix, 3));
        }

        /** The same compressed file in two directories. */
        @Test
        void noiseThatComesTwiceIsFound() throws FormatException {
            byte[] prefix = noise(2 * BLOCK, 5);
            byte[] block = noise(BLOCK, 6);
            System.arraycopy(prefix, 8 * 4711, block, 8 * 1234, BLOCK / 4);
            assertTrue(Repetition.ofMuch(block, prefix));
            BlockPayload payload = BlockPayload.compress(block, prefix, 3);
            assertTrue(payload.wireLength() < BLOCK * 7 / 8, payload.toString());
            assertArrayEquals(block, payload.block(prefix));
        }

        @Test
        void aLittleThatComesTwiceIsNotWorthIt() {
            byte[] prefix = noise(2 * BLOCK, 5);
            byte[] block = noise(BLOCK, 6);
            System.arraycopy(prefix, 8, block, 8, BLOCK / 16);
            assertFalse(Repetition.ofMuch(block, prefix));
        }

        /** One word of the block, over and over. */
        @Test
        void aPrefixThatRepeatsItselfProvesNothing() {
            byte[] block = noise(BLOCK, 6);
            byte[] prefix = new byte[2 * BLOCK];
            for (int at = 0; at < prefix.length; at += 1024) {
                System.arraycopy(block, 0, prefix, at, 1024);
            }
            assertFalse(Repetition.ofMuch(block, prefix));
        }
    }

    @Nested
    class Insufficient {
        @Test
        void withoutItsPrefixItCannotBeRead() {
            byte[] prefix = text(2 * BLOCK, 1);
            BlockPayload payload = BlockPayload.compress(like(prefix), prefix, 3);
            assertThrows(FormatException.class, payload::block);
            assertThrows(FormatException.class, () -> payload.block(new byte[0]));
            assertThrows(FormatException.class,
                    () -> payload.block(Arrays.copyOfRange(prefix, 2 * BLOCK - 100, 2 * BLOCK)));
        }

        /** There is nothing in it that would tell. */
        @Test
        void anotherPrefixGivesOtherBytesOfThatLength() throws FormatException {
            byte[] prefix = text(2 * BLOCK, 1);
            BlockPayload payload = BlockPayload.compress(like(prefix), prefix, 3);
            byte[] found = payload.block(text(2 * BLOCK, 2));
            assertEquals(BLOCK, found.length);
            assertFalse(Arrays.equals(like(prefix), found));
        }

        @Test
        void aCutStreamIsRefused() {
            byte[] prefix = text(2 * BLOCK, 1);
            byte[] whole = BlockPayload.compress(Arrays.copyOf(prefix, 5000), prefix, 3).bytes();
            for (int length = 1; length < whole.length; length++) {
                BlockPayload cut = of(Arrays.copyOf(whole, length), 5000);
                assertThrows(FormatException.class, () -> cut.block(prefix));
            }
        }
    }

    @Nested
    class Invalid {
        private final byte[] prefix = text(2 * BLOCK, 1);

        @Test
        void whatIsNoStreamIsRefused() {
            assertThrows(FormatException.class, () -> of(noise(500, 1), 1000).block(prefix));
        }

        /** As one would make it who takes the prefix for a dictionary in zstd's format. */
        @Test
        void aStreamThatNamesADictionaryIsRefused() {
            byte[] trained = dictionary();
            byte[] block = text(5000, 4);
            byte[] named = withDictionary(block, trained);
            assertTrue(Zstd.getDictIdFromFrame(named) != 0);
            BlockPayload payload = of(named, block.length);
            assertThrows(FormatException.class, () -> payload.block(prefix));
            assertThrows(FormatException.class, () -> payload.block(trained));
            byte[] magic = prefix.clone();
            System.arraycopy(trained, 0, magic, 0, trained.length);
            assertThrows(FormatException.class, () -> payload.block(magic));
        }

        /** It would fill what the other side hands it, and more, were it let. */
        @Test
        void aBombIsRefused() {
            byte[] bomb = withDictionary(new byte[64 << 20], prefix);
            assertTrue(bomb.length < BLOCK);
            assertThrows(FormatException.class, () -> of(bomb, BLOCK).block(prefix));
            byte[] many = new byte[BLOCK - 1];
            byte[] one = withDictionary(new byte[BLOCK], prefix);
            for (int at = 0; at + one.length < many.length; at += one.length) {
                System.arraycopy(one, 0, many, at, one.length);
            }
            assertThrows(FormatException.class, () -> of(many, BLOCK).block(prefix));
        }

        /** A frame that announces a window of gigabytes, and has no content size to be checked. */
        @Test
        void aWindowOfGigabytesAllocatesNothing() {
            byte[] frame = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) 0xff, 0x0b, 0, 0, 0};
            assertThrows(FormatException.class, () -> of(frame, BLOCK).block(prefix));
        }
    }

    @Nested
    class InvalidLength {
        private final byte[] prefix = text(2 * BLOCK, 1);

        @Test
        void aBlockIsExactlyOfItsLength() throws FormatException {
            byte[] block = Arrays.copyOf(prefix, 5000);
            byte[] stream = BlockPayload.compress(block, prefix, 3).bytes();
            assertArrayEquals(block, of(stream, 5000).block(prefix));
            for (int claimed : new int[]{4999, 5001, BLOCK}) {
                assertThrows(FormatException.class, () -> of(stream, claimed).block(prefix));
            }
        }

        @Test
        void aStreamIsShorterThanItsBlock() {
            assertThrows(IllegalArgumentException.class, () -> of(new byte[1000], 1000));
            assertThrows(IllegalArgumentException.class, () -> of(new byte[0], 1000));
            assertThrows(IllegalArgumentException.class, () -> of(new byte[10], BLOCK + 1));
        }

        @Test
        void theFirstBlockHasNone() {
            BlockPayload payload = of(new byte[10], 1000);
            assertThrows(IllegalArgumentException.class, () -> new SwarmMessage.Block(new RequestId(1), 0, payload));
            assertEquals(0, BlockLayout.prefixFrom(0));
            assertEquals(0, BlockLayout.prefixFrom(1));
            assertEquals(0, BlockLayout.prefixFrom(2));
            assertEquals(1, BlockLayout.prefixFrom(3));
        }
    }

    /** A dictionary in zstd's own format, with an id. */
    private static byte[] dictionary() {
        ZstdDictTrainer trainer = new ZstdDictTrainer(1 << 20, 4096);
        for (int i = 0; i < 500; i++) {
            trainer.addSample(text(1000, i));
        }
        byte[] dictionary = trainer.trainSamples();
        // That it is one: the library takes it for one.
        try (ZstdDictCompress known = new ZstdDictCompress(dictionary, 3);
                ZstdCompressCtx context = new ZstdCompressCtx()) {
            context.loadDict(known);
        }
        return dictionary;
    }
}
