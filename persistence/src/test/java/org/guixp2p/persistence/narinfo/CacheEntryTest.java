// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import static org.guixp2p.persistence.narinfo.NarinfoCacheContract.HELLO;
import static org.guixp2p.persistence.narinfo.NarinfoCacheContract.LIB5;
import static org.guixp2p.persistence.narinfo.NarinfoCacheContract.NOW;
import static org.guixp2p.persistence.narinfo.NarinfoCacheContract.OTHER;
import static org.guixp2p.persistence.narinfo.NarinfoCacheContract.SERVER;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheEntryTest {
    private static final byte[] HIT = CacheEntry.encode(SERVER, HELLO, NarinfoCacheContract.hit(HELLO));
    private static final byte[] MISS = CacheEntry.encode(SERVER, HELLO, NarinfoCacheContract.miss());

    /** An entry with other numbers in its header, and a digest to match. */
    private static byte[] forged(long fetched, long expires, int status, int announced, int there) {
        ByteBuffer file = ByteBuffer.allocate(CacheEntry.HEADER_BYTES + there);
        file.put(CacheEntry.MAGIC.getBytes(StandardCharsets.US_ASCII));
        file.putLong(fetched).putLong(expires).putInt(status).putInt(announced);
        byte[] key = (SERVER + "\n" + HELLO.hashPart() + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] hashed = new byte[32 + key.length + there];
        System.arraycopy(file.array(), 0, hashed, 0, 32);
        System.arraycopy(key, 0, hashed, 32, key.length);
        Sha256.hash(hashed).copyTo(file.array(), 32);
        return file.array();
    }

    private static void refused(byte[] file) {
        FormatException e = assertThrows(FormatException.class, () -> CacheEntry.decode(file, SERVER, HELLO));
        assertTrue(String.valueOf(e.getMessage()).startsWith("cached narinfo: "), e::toString);
    }

    @Nested
    class Correct {
        @Test
        void theBytesStayAsTheyAre() {
            assertEquals("677032702d6e6931" + "0000000069a42a40" + "0000000069a42ab8" + "00000194" + "00000000",
                    HexFormat.of().formatHex(MISS, 0, 32));
            assertEquals(CacheEntry.MISS_BYTES, MISS.length);
        }

        @Test
        void whatWasWrittenIsRead() throws FormatException {
            assertEquals(NarinfoCacheContract.hit(HELLO), CacheEntry.decode(HIT, SERVER, HELLO));
            assertEquals(NarinfoCacheContract.miss(), CacheEntry.decode(MISS, SERVER, HELLO));
        }

        @Test
        void anyAnswerComesBack() throws FormatException {
            Random random = new Random(42);
            for (int i = 0; i < 200; i++) {
                Instant from = Instant.ofEpochSecond(random.nextLong(1L << 40));
                Instant until = Instant.ofEpochSecond(random.nextLong(1L << 40));
                byte[] narinfo = new byte[random.nextInt(2000)];
                random.nextBytes(narinfo);
                CachedAnswer answer = random.nextBoolean()
                        ? new CachedAnswer.Hit(narinfo, from, until)
                        : new CachedAnswer.Miss(201 + random.nextInt(799), from, until);
                assertEquals(answer, CacheEntry.decode(CacheEntry.encode(OTHER, LIB5, answer), OTHER, LIB5));
            }
        }

        @Test
        void aForgedHeaderWithARightDigestIsReadAsItSays() throws FormatException {
            assertArrayEquals(MISS, forged(NOW.getEpochSecond(), NOW.getEpochSecond() + 120, 404, 0, 0));
        }
    }

    @Nested
    class Insufficient {
        @Test
        void everyTruncationIsRefused() {
            for (int length = 0; length < HIT.length; length++) {
                refused(Arrays.copyOf(HIT, length));
            }
            for (int length = 0; length < MISS.length; length++) {
                refused(Arrays.copyOf(MISS, length));
            }
        }
    }

    @Nested
    class Invalid {
        @Test
        void everyFlippedBitIsRefused() {
            for (int bit = 0; bit < HIT.length * 8; bit++) {
                byte[] flipped = HIT.clone();
                flipped[bit / 8] ^= (byte) (1 << (bit % 8));
                refused(flipped);
            }
        }

        @Test
        void anotherItemsOrServersEntryIsRefused() {
            assertThrows(FormatException.class, () -> CacheEntry.decode(HIT, OTHER, HELLO));
            assertThrows(FormatException.class, () -> CacheEntry.decode(HIT, SERVER, LIB5));
        }

        @Test
        void numbersOutOfRangeAreRefused() {
            refused(forged(-1, 1, 404, 0, 0));
            refused(forged(1, -1, 404, 0, 0));
            refused(forged(Long.MAX_VALUE, 1, 404, 0, 0));
            refused(forged(1, Long.MAX_VALUE, 404, 0, 0));
            refused(forged(1, 1, 99, 0, 0));
            refused(forged(1, 1, 1000, 0, 0));
            refused(forged(1, 1, 404, 5, 5));
        }

        @Test
        void mutationsNeverGetThrough() {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            for (int i = 0; i < 2000; i++) {
                byte[] mutated = HIT.clone();
                for (int n = 1 + random.nextInt(8); n > 0; n--) {
                    mutated[random.nextInt(mutated.length)] += (byte) (1 + random.nextInt(255));
                }
                if (!Arrays.equals(mutated, HIT)) {
                    assertThrows(FormatException.class, () -> CacheEntry.decode(mutated, SERVER, HELLO),
                            () -> "seed " + seed);
                }
            }
        }
    }

    @Nested
    class InvalidLength {
        @ParameterizedTest
        @ValueSource(ints = {-1, 0, 4, 6, Integer.MAX_VALUE, Integer.MIN_VALUE})
        void anAnnouncedLengthThatIsNotThereIsRefused(int announced) {
            refused(forged(1, 1, 200, announced, 5));
        }

        @Test
        void bytesAfterTheEndAreRefused() {
            refused(Arrays.copyOf(HIT, HIT.length + 1));
            refused(Arrays.copyOf(MISS, MISS.length + 1));
        }

        @Test
        void whatIsTooLongIsRefused() {
            refused(Arrays.copyOf(HIT, CacheEntry.MAX_BYTES + 1));
        }
    }
}
