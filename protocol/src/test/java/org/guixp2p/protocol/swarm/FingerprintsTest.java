// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FingerprintsTest {
    private static final long MOST = (1L << 33) - 1;

    @Property(tries = 300)
    void theyComeBack(@ForAll @Size(max = 200) List<@LongRange(max = MOST) Long> any) {
        long[] values = any.stream().mapToLong(Long::longValue).sorted().toArray();
        Fingerprints written = Fingerprints.of(values);
        Fingerprints read = Fingerprints.read(written.bytes());
        assertEquals(written, read);
        assertArrayEquals(values, read.values());
        assertEquals(values.length, read.count());
        assertEquals(written.bytes().length, read.length());
    }

    /** What is read is what would be written: no two frames say the same. */
    @Property(tries = 500)
    void anyBytesAreTheirOwnFormOrAreRefused(@ForAll @Size(max = 12) byte[] bytes) {
        try {
            Fingerprints read = Fingerprints.read(bytes);
            assertArrayEquals(bytes, Fingerprints.of(read.values()).bytes());
        } catch (IllegalArgumentException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("fingerprint"), e::toString);
        }
    }

    @Property(tries = 20)
    void piecesTogetherAreTheWhole(@ForAll @IntRange(max = 60_000) int count, @ForAll long seed) {
        long[] values = new Random(seed).longs(count, 0, MOST + 1).sorted().toArray();
        List<Fingerprints> pieces = Fingerprints.cut(values);
        assertArrayEquals(values, pieces.stream().flatMapToLong(piece -> Arrays.stream(piece.values())).toArray());
        long bytes = pieces.stream().mapToLong(Fingerprints::length).sum();
        assertTrue(pieces.size() <= bytes / (Fingerprints.MAX_BYTES - 4) + 1, () -> pieces.size() + " of " + bytes);
    }

    /** A whole inventory of 50,000 items takes 17 bits each on the wire. */
    @Test
    void aWholeInventoryIsSmall() {
        long range = new InventoryKey(0, 0, 50_000).range();
        long[] values = new Random(1).longs(50_000, 0, range).sorted().toArray();
        long bytes = Fingerprints.cut(values).stream().mapToLong(Fingerprints::length).sum();
        assertTrue(bytes * 8 < 17.5 * values.length, bytes + " bytes");
    }

    @ParameterizedTest
    @CsvSource({"00,0", "7f,127", "8001,128", "ff7f,16383", "808001,16384", "ffffffff1f,8589934591"})
    void theShortestFormIsWritten(String hex, long value) {
        assertEquals(hex, HexFormat.of().formatHex(Fingerprints.of(value).bytes()));
    }

    @ParameterizedTest
    @CsvSource({"80,cut off", "0180,cut off", "8000,shortest", "ff00,shortest", "ffffffffff01,shortest",
        "8080808020,no fingerprint", "ffffffff7f,no fingerprint", "ffffffff1f01,no fingerprint"})
    void otherBytesAreRefused(String hex, String message) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
                () -> Fingerprints.read(HexFormat.of().parseHex(hex)));
        assertTrue(String.valueOf(refused.getMessage()).contains(message), refused::toString);
    }

    @Test
    void theirOrderAndRangeAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> Fingerprints.of(2, 1));
        assertThrows(IllegalArgumentException.class, () -> Fingerprints.of(-1));
        assertThrows(IllegalArgumentException.class, () -> Fingerprints.of(MOST + 1));
    }

    @Test
    void oneFrameHasALimit() {
        assertThrows(IllegalArgumentException.class, () -> Fingerprints.read(new byte[Fingerprints.MAX_BYTES + 1]));
        assertThrows(IllegalArgumentException.class, () -> Fingerprints.of(new long[Fingerprints.MAX_BYTES + 1]));
        long[] most = LongStream.range(0, Fingerprints.MAX_BYTES).toArray();
        assertArrayEquals(most, Fingerprints.read(Fingerprints.of(most).bytes()).values());
        assertEquals(2, Fingerprints.cut(new long[Fingerprints.MAX_BYTES + 1]).size());
    }
}
