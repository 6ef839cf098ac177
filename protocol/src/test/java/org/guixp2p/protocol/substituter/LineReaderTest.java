// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Test;

class LineReaderTest {
    /** A pipe that gives at most so many bytes at a time. */
    static InputStream dripping(byte[] bytes, int atOnce) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(length, atOnce));
            }
        };
    }

    private static List<String> lines(byte[] bytes, int atOnce, int max) throws IOException {
        LineReader reader = new LineReader(dripping(bytes, atOnce), max);
        List<String> lines = new ArrayList<>();
        for (String line = reader.read(); line != null; line = reader.read()) {
            lines.add(line);
        }
        return lines;
    }

    @Property(tries = 200)
    void linesComeOutHoweverTheStreamIsCut(@ForAll List<Integer> lengths,
            @ForAll @IntRange(min = 1, max = 9000) int atOnce)
            throws IOException {
        List<String> lines = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int length : lengths) {
            String line = "é".repeat(Math.floorMod(length, 10_000));
            lines.add(line);
            text.append(line).append('\n');
        }
        assertEquals(lines, lines(text.toString().getBytes(UTF_8), atOnce, 20_000));
    }

    @Test
    void anEmptyStreamHasNoLine() throws IOException {
        LineReader reader = new LineReader(InputStream.nullInputStream(), 10);
        assertNull(reader.read());
        assertNull(reader.read());
    }

    @Test
    void aLineThatIsCutIsNoLine() {
        FormatException refused = assertThrows(FormatException.class,
                () -> lines("a\nb".getBytes(UTF_8), 1, 10));
        assertEquals("the stream ended within a line", refused.getMessage());
    }

    @Test
    void aLineThatIsNotUtf8IsRefused() {
        FormatException refused = assertThrows(FormatException.class,
                () -> lines(new byte[]{'a', (byte) 0xff, '\n'}, 1, 10));
        assertEquals("a line is not UTF-8: 'aÿ'", refused.getMessage());
    }

    @Test
    void lengthsAreCheckedToTheByte() throws IOException {
        byte[] text = ("x".repeat(10_000) + "\n").getBytes(UTF_8);
        assertEquals(1, lines(text, 100, 10_000).size());
        assertThrows(FormatException.class, () -> lines(text, 100, 9_999));
        assertThrows(FormatException.class, () -> lines(text, 20_000, 9_999));
    }

    @Test
    void aStreamWithoutNewlinesIsGivenUpEarly() {
        InputStream endless = new InputStream() {
            private long given;

            @Override
            public int read() {
                return 'x';
            }

            @Override
            public int read(byte[] target, int offset, int length) {
                given += length;
                if (given > 200_000) {
                    throw new AssertionError("read on after the limit");
                }
                Arrays.fill(target, offset, offset + length, (byte) 'x');
                return length;
            }
        };
        assertThrows(FormatException.class, () -> new LineReader(endless, 100_000).read());
    }
}
