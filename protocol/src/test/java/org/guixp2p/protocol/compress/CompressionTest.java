// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.compress;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.testing.FixtureItems;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.TestMemory;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

class CompressionTest {
    private static final DecoderMemory MEMORY = TestMemory.forDecoders();
    private static final NarSize PLENTY = new NarSize(1 << 24);
    private static final byte[] TEXT = "It is the same text, again and again. ".repeat(50)
            .getBytes(StandardCharsets.UTF_8);

    private static byte[] decompress(Compression compression, byte[] bytes) throws IOException {
        return decompress(compression, bytes, PLENTY);
    }

    private static byte[] decompress(Compression compression, byte[] bytes, NarSize bound) throws IOException {
        try (InputStream in = compression.decompress(new ByteArrayInputStream(bytes), bound, MEMORY)) {
            return in.readAllBytes();
        }
    }

    private static void assertRefused(String why, Compression compression, byte[] bytes) {
        FormatException refused = assertThrows(FormatException.class, () -> decompress(compression, bytes));
        assertTrue(String.valueOf(refused.getMessage()).contains(why), refused.getMessage());
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(42).nextBytes(bytes);
        return bytes;
    }

    private static Compression of(String fixture) {
        return switch (fixture.substring(fixture.lastIndexOf('.') + 1)) {
            case "gz" -> Compression.GZIP;
            case "lz" -> Compression.LZIP;
            case "zst" -> Compression.ZSTD;
            default -> throw new AssertionError(fixture);
        };
    }

    @Nested
    class Correct {
        @Test
        void decompressesWhatGuixPublishCompressed() throws Exception {
            List<String> nars = Fixtures.list("nar");
            assertEquals(19, nars.size());
            for (String nar : nars) {
                FixtureItems.Item item = FixtureItems.of(nar.substring(4, nar.lastIndexOf('.')));
                byte[] bytes = decompress(of(nar), Fixtures.bytes(nar), item.size());
                assertEquals(item.size().bytes(), bytes.length, nar);
                assertEquals(item.hash(), new NarHash(Sha256.hash(bytes)), nar);
            }
        }

        @ParameterizedTest
        @EnumSource
        void comesBackAsItWas(Compression compression) throws Exception {
            for (byte[] data : List.of(TEXT, random(300_000), new byte[1], new byte[500_000])) {
                assertArrayEquals(data, decompress(compression, Compressor.compress(compression, data),
                        new NarSize(data.length)));
            }
        }

        @ParameterizedTest
        @EnumSource
        void holdsNothing(Compression compression) throws Exception {
            assertEquals(0, decompress(compression, Compressor.compress(compression, new byte[0])).length);
        }

        @ParameterizedTest
        @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
        void readsSeveralMembers(Compression compression) throws Exception {
            byte[] one = Compressor.compress(compression, TEXT);
            byte[] other = Compressor.compress(compression, random(70_000));
            assertArrayEquals(concat(TEXT, random(70_000), TEXT), decompress(compression, concat(one, other, one)));
        }

        /** Where the JDK's own gzip reader takes the end of a packet for the end of the file. */
        @ParameterizedTest
        @EnumSource
        void readsByteByByteFromAStreamThatHasNothingAtHand(Compression compression) throws Exception {
            byte[] one = Compressor.compress(compression, TEXT);
            List<ByteArrayInputStream> packets = new ArrayList<>();
            for (byte b : concat(one, one)) {
                packets.add(new ByteArrayInputStream(new byte[]{b}));
            }
            try (InputStream in = compression.decompress(new SequenceInputStream(Collections.enumeration(packets)),
                    PLENTY, MEMORY)) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                for (int next = in.read(); next >= 0; next = in.read()) {
                    out.write(next);
                }
                byte[] wanted = compression == Compression.NONE ? concat(one, one) : concat(TEXT, TEXT);
                assertArrayEquals(wanted, out.toByteArray());
                assertEquals(-1, in.read());
                assertEquals(0, in.read(new byte[1], 0, 0));
            }
        }

        @Test
        void readsEveryFieldOfAGzipHeader() throws Exception {
            byte[] plain = Compressor.compress(Compression.GZIP, TEXT);
            byte[] fields = concat(new byte[]{0x1f, (byte) 0x8b, 8, 0x1e, 1, 2, 3, 4, 5, 6, 3, 0, 'a', 'b', 'c'},
                    "name\0comment\0".getBytes(StandardCharsets.UTF_8));
            CRC32 crc = new CRC32();
            crc.update(fields);
            byte[] sum = {(byte) crc.getValue(), (byte) (crc.getValue() >>> 8)};
            byte[] body = Arrays.copyOfRange(plain, 10, plain.length);
            assertArrayEquals(TEXT, decompress(Compression.GZIP, concat(fields, sum, body)));
            sum[0]++;
            assertRefused("wrong checksum of the header", Compression.GZIP, concat(fields, sum, body));
        }

        @Test
        void readsDictionarySizesThatAreNoPowersOfTwo() throws Exception {
            assertArrayEquals(TEXT, decompress(Compression.LZIP, Compressor.lzip(TEXT, 17 | 7 << 5)));
            assertArrayEquals(TEXT, decompress(Compression.LZIP, Compressor.lzip(TEXT, 25)));
        }

        @Test
        void skipsFramesThatZstdSkips() throws Exception {
            byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
            byte[] frame = Compressor.compress(Compression.ZSTD, TEXT);
            assertArrayEquals(TEXT, decompress(Compression.ZSTD, concat(skippable, frame, skippable)));
        }

        @ParameterizedTest
        @EnumSource
        void isNamedAsInNarinfos(Compression compression) throws Exception {
            assertEquals(compression, Compression.parse(compression.text()));
        }

        @ParameterizedTest
        @EnumSource
        void closesItsInput(Compression compression) throws Exception {
            boolean[] closed = new boolean[1];
            InputStream in = compression.decompress(
                    new ByteArrayInputStream(Compressor.compress(compression, TEXT)) {
                        @Override
                        public void close() {
                            closed[0] = true;
                        }
                    }, PLENTY, MEMORY);
            assertFalse(closed[0]);
            in.close();
            in.close();
            assertTrue(closed[0]);
            assertThrows(IOException.class, in::read);
        }
    }

    @Nested
    class Insufficient {
        @ParameterizedTest
        @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
        void refusesTruncationAtEveryByte(Compression compression) {
            byte[] bytes = Compressor.compress(compression, TEXT);
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThrows(FormatException.class, () -> decompress(compression, cut), () -> "at " + cut.length);
            }
        }

        @ParameterizedTest
        @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
        void refusesATruncatedSecondMember(Compression compression) {
            byte[] bytes = Compressor.compress(compression, TEXT);
            for (int length = 1; length < bytes.length; length++) {
                byte[] cut = concat(bytes, Arrays.copyOf(bytes, length));
                assertThrows(FormatException.class, () -> decompress(compression, cut), () -> "at " + cut.length);
            }
        }

        @Test
        void saysWhereItEnds() {
            for (Compression compression : List.of(Compression.GZIP, Compression.LZIP, Compression.ZSTD)) {
                assertRefused(compression.text() + ": ", compression, new byte[0]);
                assertRefused("truncated after 0 bytes", compression, new byte[0]);
            }
        }
    }

    @Nested
    class Invalid {
        @ParameterizedTest
        @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
        void refusesTrailingBytes(Compression compression) {
            byte[] bytes = Compressor.compress(compression, TEXT);
            for (int length : new int[]{1, 2, 3, 4, 8, 100_000}) {
                assertThrows(FormatException.class, () -> decompress(compression, concat(bytes, new byte[length])));
                assertThrows(FormatException.class, () -> decompress(compression, concat(bytes, random(length))));
            }
        }

        @ParameterizedTest
        @EnumSource(names = {"LZIP", "ZSTD"})
        void refusesAnyOtherByteAnywhere(Compression compression) throws Exception {
            byte[] bytes = Compressor.compress(compression, TEXT);
            for (int i = 0; i < bytes.length; i++) {
                byte[] other = bytes.clone();
                other[i] ^= 0x10;
                // The dictionary's size only has to be large enough.
                if (compression == Compression.LZIP && i == 5) {
                    continue;
                }
                try {
                    assertArrayEquals(TEXT, decompress(compression, other), "at " + i);
                    // Zstandard has a bit in its frame header that means nothing.
                    assertTrue(compression == Compression.ZSTD && i == 4, "accepted at " + i);
                } catch (FormatException e) {
                    assertTrue(String.valueOf(e.getMessage()).startsWith(compression.text()), e.getMessage());
                }
            }
        }

        @Test
        void refusesOtherBytesAfterAGzipHeader() throws Exception {
            byte[] bytes = Compressor.compress(Compression.GZIP, TEXT);
            for (int i = 10; i < bytes.length; i++) {
                byte[] other = bytes.clone();
                other[i] ^= 0x10;
                try {
                    assertArrayEquals(TEXT, decompress(Compression.GZIP, other));
                    // The last byte of the data may have bits to spare.
                    assertEquals(bytes.length - 9, i);
                } catch (FormatException e) {
                    assertTrue(String.valueOf(e.getMessage()).startsWith("gzip: "), e.getMessage());
                }
            }
        }

        @Test
        void refusesGzipHeadersThatItDoesNotKnow() {
            assertRefused("not in this format", Compression.GZIP, TEXT);
            assertRefused("unknown compression method", Compression.GZIP, changed(Compression.GZIP, 2, 7));
            assertRefused("unknown flags", Compression.GZIP, changed(Compression.GZIP, 3, 0x20));
        }

        @Test
        void refusesLzipHeadersThatItDoesNotKnow() {
            assertRefused("not in this format", Compression.LZIP, TEXT);
            assertRefused("version 0", Compression.LZIP, changed(Compression.LZIP, 4, 0));
            assertRefused("dictionary size", Compression.LZIP, changed(Compression.LZIP, 5, 11));
            assertRefused("dictionary size", Compression.LZIP, changed(Compression.LZIP, 5, 30));
            assertRefused("dictionary size", Compression.LZIP, changed(Compression.LZIP, 5, 12 | 1 << 5));
        }

        @Test
        void refusesWrongSumsAndSizes() {
            int gzip = Compressor.compress(Compression.GZIP, TEXT).length;
            assertRefused("wrong checksum", Compression.GZIP, changed(Compression.GZIP, gzip - 8, -1));
            assertRefused("wrong size", Compression.GZIP, changed(Compression.GZIP, gzip - 4, -1));
            int lzip = Compressor.compress(Compression.LZIP, TEXT).length;
            assertRefused("wrong checksum", Compression.LZIP, changed(Compression.LZIP, lzip - 20, -1));
            assertRefused("wrong size of the data", Compression.LZIP, changed(Compression.LZIP, lzip - 16, -1));
            assertRefused("wrong size of a member", Compression.LZIP, changed(Compression.LZIP, lzip - 8, -1));
        }

        @Test
        void refusesEmptyMembersOfLzipAmongOthers() {
            byte[] empty = Compressor.lzip(new byte[0]);
            byte[] full = Compressor.lzip(TEXT);
            assertRefused("an empty member", Compression.LZIP, concat(empty, full));
            assertRefused("an empty member", Compression.LZIP, concat(full, empty));
        }

        @Test
        void goesOnFailing() throws Exception {
            InputStream in = Compression.GZIP.decompress(new ByteArrayInputStream(TEXT), PLENTY, MEMORY);
            assertThrows(FormatException.class, in::read);
            assertThrows(IOException.class, in::read);
            in.close();
        }

        @ParameterizedTest
        @EnumSource
        void passesOnWhatItsInputThrows(Compression compression) throws Exception {
            IOException broken = new IOException("connection reset");
            InputStream in = compression.decompress(new InputStream() {
                @Override
                public int read() throws IOException {
                    throw broken;
                }

                @Override
                public int read(byte[] buffer, int offset, int length) throws IOException {
                    throw broken;
                }
            }, PLENTY, MEMORY);
            assertEquals(broken, assertThrows(IOException.class, in::read));
            in.close();
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "xz", "bzip2", "GZIP", "zstd "})
        void refusesOtherNames(String name) {
            assertThrows(FormatException.class, () -> Compression.parse(name));
        }

        private byte[] changed(Compression compression, int position, int value) {
            byte[] bytes = Compressor.compress(compression, TEXT);
            bytes[position] = (byte) (value < 0 ? bytes[position] + 1 : value);
            return bytes;
        }
    }

    @Nested
    class InvalidLength {
        @ParameterizedTest
        @EnumSource
        void stopsABombAtItsBound(Compression compression) throws Exception {
            byte[] bomb = Compressor.compress(compression, new byte[4 << 20]);
            NarSize bound = new NarSize(100_000);
            try (InputStream in = compression.decompress(new ByteArrayInputStream(bomb), bound, MEMORY)) {
                assertEquals(100_000, in.readNBytes(100_000).length);
                assertThrows(FormatException.class, in::read);
            }
        }

        @ParameterizedTest
        @EnumSource
        void endsAtItsBound(Compression compression) throws Exception {
            byte[] bytes = Compressor.compress(compression, TEXT);
            int size = compression == Compression.NONE ? bytes.length : TEXT.length;
            assertEquals(size, decompress(compression, bytes, new NarSize(size)).length);
            assertThrows(FormatException.class, () -> decompress(compression, bytes, new NarSize(size - 1)));
        }

        @Test
        void refusesADictionaryThatTakesTooMuchMemory() {
            assertRefused("a dictionary of 536870912 bytes", Compression.LZIP, Compressor.lzip(TEXT, 29));
            assertRefused("a dictionary of 62914560 bytes, more than 33554432", Compression.LZIP,
                    Compressor.lzip(TEXT, 26 | 1 << 5));
        }

        @Test
        void refusesAWindowThatTakesTooMuchMemory() throws Exception {
            byte[] small = Compressor.zstdWithWindow(TEXT, 27);
            assertArrayEquals(TEXT, decompress(Compression.ZSTD, small));
            assertRefused("zstd: wants a window of 268435456 bytes, more than 134217728", Compression.ZSTD,
                    Compressor.zstdWithWindow(TEXT, 28));
        }

        @ParameterizedTest
        @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
        void refusesAFileThatGoesOnAndHoldsNothing(Compression compression) {
            byte[] nothing = switch (compression) {
                case NONE, LZIP -> Compressor.compress(compression, new byte[0]);
                case GZIP -> Compressor.compress(Compression.GZIP, new byte[0]);
                case ZSTD -> new byte[]{0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};
            };
            InputStream endless = new InputStream() {
                private int at;

                @Override
                public int read() {
                    return nothing[at++ % nothing.length] & 0xff;
                }

                @Override
                public int read(byte[] buffer, int offset, int length) {
                    for (int i = 0; i < length; i++) {
                        buffer[offset + i] = (byte) read();
                    }
                    return length;
                }
            };
            assertThrows(FormatException.class,
                    () -> compression.decompress(endless, new NarSize(1000), MEMORY).readAllBytes());
        }

        @Test
        void refusesALongNameInAGzipHeader() {
            byte[] bytes = concat(new byte[]{0x1f, (byte) 0x8b, 8, 8, 0, 0, 0, 0, 0, 0}, "x".repeat(70_000)
                    .getBytes(StandardCharsets.UTF_8));
            assertRefused("name or comment longer", Compression.GZIP, bytes);
        }
    }
}
