// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.units;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteCountTest {
    @ParameterizedTest
    @CsvSource({"0B, 0", "12B, 12", "8K, 8192", "8KiB, 8192", "256MiB, 268435456", "256 M, 268435456",
        "2GiB, 2147483648", "999999999G, 1073741822926258176"})
    void sizesAreRead(String text, long bytes) throws FormatException {
        assertEquals(bytes, ByteCount.parse(text).bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "MiB", "-1MiB", "1.5MiB", "1 TiB", "1MB", "1mib", "1234567890B", "1MiB "})
    void anythingElseIsRefused(String text) {
        assertThrows(FormatException.class, () -> ByteCount.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1.0 KiB", "1572864, 1.5 MiB", "268435456, 256.0 MiB",
        "5368709120, 5.0 GiB", "1125899906842624, 1048576.0 GiB"})
    void sizesAreWrittenForPeople(long bytes, String text) {
        assertEquals(text, new ByteCount(bytes).toString());
    }
}
