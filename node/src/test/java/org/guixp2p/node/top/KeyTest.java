// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.StringReader;
import org.jline.utils.NonBlocking;
import org.jline.utils.NonBlockingReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What terminals send for keys. */
class KeyTest {
    private static NonBlockingReader typed(String text) {
        return NonBlocking.nonBlocking("keys", new StringReader(text));
    }

    @ParameterizedTest
    @CsvSource({"q,QUIT", "'\u0003',QUIT", "' ',PAUSE", "k,UP", "j,DOWN", "'\u001b[A',UP", "'\u001bOB',DOWN",
        "'\u001b[5~',PAGE_UP", "'\u001b[6~',PAGE_DOWN", "'\u001b[Z',LIST_BEFORE", "'\u001b[15~',NONE", "x,NONE"})
    void aKeyIsRead(String text, Key expected) throws IOException {
        try (NonBlockingReader reader = typed(text)) {
            assertEquals(expected, Key.read(reader, 1_000));
        }
    }

    @Test
    void oneIsReadAfterTheOther() throws IOException {
        try (NonBlockingReader reader = typed("\u001b[15~\t \u001b[Bq")) {
            assertEquals(Key.NONE, Key.read(reader, 1_000));
            assertEquals(Key.NEXT_LIST, Key.read(reader, 1_000));
            assertEquals(Key.PAUSE, Key.read(reader, 1_000));
            assertEquals(Key.DOWN, Key.read(reader, 1_000));
            assertEquals(Key.QUIT, Key.read(reader, 1_000));
            assertEquals(Key.QUIT, Key.read(reader, 1_000), "who has hung up has seen enough");
        }
    }
}
