// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.units;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantitiesTest {
    @ParameterizedTest
    @CsvSource({"40Mbit/s, 5000000", "40Mbit, 5000000", "8 bit/s, 1", "64kbit, 8000", "1Gbit, 125000000",
        "5MB/s, 5000000", "5MiB, 5242880", "3kB, 3000", "3KiB, 3072", "1GB, 1000000000", "1GiB/s, 1073741824"})
    void ratesAreRead(String text, long bytes) throws FormatException {
        assertEquals(bytes, BitRate.parse(text).bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "40", "Mbit", "-1Mbit", "1.5Mbit", "40mbit", "0Mbit", "7bit", "1Tbit", "1B", "1Mbit/h"})
    void otherRatesAreRefused(String text) {
        assertThrows(FormatException.class, () -> BitRate.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"5000000, 40 Mbit/s", "1, 0 Mbit/s", "187500, 1.5 Mbit/s", "0, no bound", "12500000, 100 Mbit/s"})
    void ratesAreWrittenForPeople(long bytes, String text) {
        assertEquals(text, new BitRate(bytes).toString());
    }

    @ParameterizedTest
    @CsvSource({"0ms, 0", "50ms, 50", "50 ms, 50", "2s, 2000"})
    void timesAreRead(String text, long millis) throws FormatException {
        assertEquals(millis, Span.parse(text).duration().toMillis());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "50", "ms", "-1ms", "1.5s", "1min", "1234567ms"})
    void otherTimesAreRefused(String text) {
        assertThrows(FormatException.class, () -> Span.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"3@2.5, 3, 2.5", "1@0, 1, 0", "12@99999.999, 12, 99999.999"})
    void lossesAreRead(String text, int seeders, double second) throws FormatException {
        assertEquals(new Loss(seeders, second), Loss.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "3", "@1", "3@", "0@1", "-1@1", "3@-1", "3@1s", "3@1.2345", "12345@1", "3@1e3"})
    void otherLossesAreRefused(String text) {
        assertThrows(FormatException.class, () -> Loss.parse(text));
    }
}
