// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The header {@code Range} of a file of a hundred bytes. */
class ByteSpanTest {
    private static final long SIZE = 100;

    @ParameterizedTest
    @CsvSource({"bytes=0-0,0,1", "bytes=0-,0,100", "bytes=99-,99,1", "bytes=10-19,10,10", "bytes=-1,99,1",
        "bytes=-100,0,100", "bytes=-1000,0,100", "bytes=50-999999999999999999,50,50", "' bytes=1-2 ',1,2"})
    void correct(String header, long from, long length) {
        assertEquals(new ByteSpan.Asked.Span(new ByteSpan(from, length, SIZE)), ByteSpan.read(header, SIZE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=100-", "bytes=100-200", "bytes=999999999999999999-", "bytes=-0"})
    void outside(String header) {
        assertEquals(new ByteSpan.Asked.Outside(), ByteSpan.read(header, SIZE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "bytes", "bytes=", "bytes=-", "bytes=1-2,4-5", "bytes=5-1", "items=0-1", "bytes=a-b",
        "bytes=0--1", "bytes=1000000000000000000-", "bytes= 0-1"})
    void senseless(String header) {
        assertEquals(new ByteSpan.Asked.Whole(), ByteSpan.read(header, SIZE));
    }

    @Test
    void isSaidAsItWasMeant() {
        assertEquals("bytes 10-19/100", new ByteSpan(10, 10, SIZE).contentRange());
        assertFalse(new ByteSpan(10, 10, SIZE).isToEnd());
        assertTrue(new ByteSpan(90, 10, SIZE).isToEnd());
    }
}
