// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.testing.TreeNode;
import org.guixp2p.protocol.testing.TreeNode.Directory;
import org.guixp2p.protocol.testing.TreeNode.NarBytes;
import org.guixp2p.protocol.testing.TreeNode.RegularFile;
import org.guixp2p.protocol.testing.TreeNode.Symlink;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NarParserTest {
    private static final TreeNode TREE = Directory.of(Map.of("bin", Directory.of(Map.of("run", new RegularFile(true,
            "#!/bin/sh".getBytes(StandardCharsets.UTF_8)))), "empty", new RegularFile(""), "link",
            new Symlink("bin/run"), "none", Directory.of(Map.of())));

    private static List<String> parse(byte[] nar) throws IOException {
        return parse(NarLimits.DEFAULT, nar);
    }

    private static List<String> parse(NarLimits limits, byte[] nar) throws IOException {
        Events events = new Events();
        NarReader.read(new ByteArrayInputStream(nar), limits, events);
        return events.lines();
    }

    private static void assertRefused(String why, byte[] nar) {
        assertRefused(why, NarLimits.DEFAULT, nar);
    }

    private static void assertRefused(String why, NarLimits limits, byte[] nar) {
        FormatException whole = assertThrows(FormatException.class, () -> parse(limits, nar));
        assertTrue(message(whole).contains(why), message(whole));
        FormatException byByte = assertThrows(FormatException.class, () -> {
            NarParser parser = new NarParser(limits, new Events());
            for (byte b : nar) {
                parser.feed(new byte[]{b}, 0, 1);
            }
            parser.finish();
        });
        assertTrue(message(byByte).contains(why), message(byByte));
    }

    private static String message(Throwable thrown) {
        return String.valueOf(thrown.getMessage());
    }

    private static NarBytes start() {
        return new NarBytes().add("nix-archive-1");
    }

    private static NarBytes startEntry(String name) {
        return start().add("(", "type", "directory", "entry", "(", "name", name, "node");
    }

    private static NarBytes withNames(byte[]... names) {
        NarBytes nar = start().add("(", "type", "directory");
        for (byte[] name : names) {
            nar.add("entry", "(", "name").add(name).add("node", "(", "type", "symlink", "target", "x", ")", ")");
        }
        return nar.add(")");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Nested
    class Correct {
        @Test
        void tellsATree() throws Exception {
            assertEquals(List.of("directory", "entry bin", "directory", "entry run", "executable of 9",
                    "contents #!/bin/sh", "end of directory", "entry empty", "file of 0", "contents ", "entry link",
                    "symlink to bin/run", "entry none", "directory", "end of directory", "end of directory"),
                    parse(TREE.nar()));
        }

        @Test
        void tellsASingleNode() throws Exception {
            assertEquals(List.of("file of 8", "contents 12345678"), parse(new RegularFile("12345678").nar()));
            assertEquals(List.of("symlink to /a"), parse(new Symlink("/a").nar()));
            assertEquals(List.of("directory", "end of directory"), parse(Directory.of(Map.of()).nar()));
        }

        @Test
        void ordersNamesByTheirUtf8Bytes() throws Exception {
            assertTrue(parse(withNames(utf8("A"), utf8("a"), utf8("\uFFFD"), utf8("\uD83D\uDE00")).toByteArray())
                    .contains("entry \uD83D\uDE00"));
        }

        @Test
        void takesWhatTheLimitsAllow() throws Exception {
            NarLimits limits = new NarLimits(2, 5, 7, new NarSize(TREE.nar().length));
            assertEquals(16, parse(limits, TREE.nar()).size());
            assertEquals(List.of("symlink to " + "é".repeat(2047) + "x"),
                    parse(new Symlink("é".repeat(2047) + "x").nar()));
        }

        @Test
        void knowsWhenItIsComplete() throws Exception {
            byte[] nar = TREE.nar();
            NarParser parser = new NarParser(NarLimits.DEFAULT, new Events());
            parser.feed(nar, 0, nar.length - 1);
            assertFalse(parser.isComplete());
            parser.feed(nar, nar.length - 1, 1);
            assertTrue(parser.isComplete());
            parser.feed(nar, 0, 0);
            assertEquals(new NarSize(nar.length), parser.finish());
            assertEquals(nar.length, parser.consumed());
        }

        @Test
        void handsContentsOnFromTheCallersBuffer() throws Exception {
            byte[] nar = new RegularFile("contents that are not copied").nar();
            Events seen = new Events() {
                @Override
                public void contents(byte[] buffer, int offset, int length) {
                    assertTrue(buffer == nar);
                    super.contents(buffer, offset, length);
                }
            };
            NarParser parser = new NarParser(NarLimits.DEFAULT, seen);
            parser.feed(nar, 0, nar.length);
            assertEquals("contents contents that are not copied", seen.lines().getLast());
        }
    }

    @Nested
    class Insufficient {
        @Test
        void refusesATruncatedNarAtEveryByte() throws Exception {
            byte[] nar = TREE.nar();
            for (int length = 0; length < nar.length; length++) {
                byte[] cut = Arrays.copyOf(nar, length);
                FormatException refused = assertThrows(FormatException.class, () -> parse(cut));
                assertTrue(message(refused).contains("truncated after " + length), message(refused));
            }
        }

        @Test
        void saysWhatIsMissing() {
            byte[] nar = new RegularFile("12345678").nar();
            assertRefused("8 more bytes of a file", Arrays.copyOf(nar, nar.length - 24));
            assertRefused("')' should follow", Arrays.copyOf(nar, nar.length - 16));
            assertRefused("'nix-archive-1' should follow", new byte[0]);
        }
    }

    @Nested
    class Invalid {
        static Stream<Arguments> strings() {
            return Stream.of(Arguments.of("'nix-archive-1' expected", new NarBytes().add("nix-archive-2", "(")),
                    Arguments.of("'(' expected", start().add(")")),
                    Arguments.of("'type' expected", start().add("(", "typo")),
                    Arguments.of("'regular', 'symlink' or 'directory' expected", start().add("(", "type", "fifo")),
                    Arguments.of("'contents' or 'executable' expected", start().add("(", "type", "regular", ")")),
                    Arguments.of("'contents' expected",
                            start().add("(", "type", "regular", "executable", "", "content")),
                    Arguments.of("'target' expected", start().add("(", "type", "symlink", "name")),
                    Arguments.of("')' expected", start().add("(", "type", "symlink", "target", "x", "(")),
                    Arguments.of("')' expected", start().add("(", "type", "regular", "contents", "x", "(")),
                    Arguments.of("'entry' or ')' expected", start().add("(", "type", "directory", "e")),
                    Arguments.of("'(' expected", start().add("(", "type", "directory", "entry", ")")),
                    Arguments.of("'name' expected", start().add("(", "type", "directory", "entry", "(", "node")),
                    Arguments.of("'node' expected",
                            start().add("(", "type", "directory", "entry", "(", "name", "x", "name")),
                    Arguments.of("')' expected",
                            startEntry("x").add("(", "type", "symlink", "target", "x", ")", "(")),
                    // Nodes under a file and under a symlink.
                    Arguments.of("')' expected", start().add("(", "type", "regular", "contents", "", "e")),
                    Arguments.of("of 5 bytes", start().add("(", "type", "symlink", "target", "/etc", "entry")));
        }

        @ParameterizedTest
        @MethodSource("strings")
        void refusesAStringThatMayNotStandThere(String why, NarBytes nar) {
            assertRefused(why, nar.toByteArray());
        }

        @ParameterizedTest
        @ValueSource(strings = {".", "..", "a/b", "/", "/etc", "../x", "a\0b", "\0"})
        void refusesANameThatWouldLeaveItsDirectory(String name) {
            FormatException refused = assertThrows(FormatException.class,
                    () -> parse(withNames(utf8(name)).toByteArray()));
            assertTrue(message(refused).startsWith("NAR: entry name"), message(refused));
        }

        @Test
        void refusesAnEmptyName() {
            assertRefused("entry name is empty", withNames(utf8("")).toByteArray());
        }

        @Test
        void refusesNamesThatAreNotUtf8() {
            assertRefused("not UTF-8: 'a�'", withNames(new byte[]{'a', (byte) 0xff}).toByteArray());
            // An overlong slash, and half of a surrogate pair.
            assertRefused("not UTF-8", withNames(new byte[]{(byte) 0xc0, (byte) 0xaf}).toByteArray());
            assertRefused("not UTF-8", withNames(new byte[]{(byte) 0xed, (byte) 0xa0, (byte) 0x80}).toByteArray());
        }

        @Test
        void refusesTargetsThatNoSymlinkCanHave() {
            for (byte[] target : List.of(utf8(""), utf8("a\0b"), new byte[]{(byte) 0xff})) {
                byte[] nar = start().add("(", "type", "symlink", "target").add(target).add(")").toByteArray();
                assertRefused("NAR: symlink target " + (target.length == 3 ? "holds a NUL" : "is "), nar);
            }
        }

        @Test
        void refusesNamesOutOfOrder() {
            assertRefused("'a' is out of order", withNames(utf8("b"), utf8("a")).toByteArray());
            assertRefused("'B' is out of order", withNames(utf8("a"), utf8("B")).toByteArray());
            // The order of UTF-16, which String.compareTo gives.
            assertRefused("is out of order", withNames(utf8("\uD83D\uDE00"), utf8("\uFFFD")).toByteArray());
        }

        @Test
        void refusesANameTwice() {
            assertRefused("'a' stands twice", withNames(utf8("a"), utf8("a")).toByteArray());
        }

        @Test
        void forgetsTheNamesOfADirectoryThatHasEnded() throws Exception {
            Directory inner = Directory.of(Map.of("z", new RegularFile("")));
            assertEquals(14, parse(Directory.of(Map.of("a", inner, "b", inner)).nar()).size());
        }

        @Test
        void refusesPaddingThatIsNotZero() {
            byte[] magic = start().toByteArray();
            magic[magic.length - 1] = 1;
            assertRefused("padding", magic);
            byte[] file = new RegularFile("1").nar();
            file[file.length - 17] = 1;
            assertRefused("padding", file);
            byte[] name = withNames(utf8("abc")).toByteArray();
            name[indexOf(name, utf8("abc")) + 3] = 1;
            assertRefused("padding", name);
        }

        @Test
        void refusesBytesAfterTheEnd() {
            byte[] nar = new RegularFile("1").nar();
            assertRefused("bytes after its end", Arrays.copyOf(nar, nar.length + 1));
            assertRefused("bytes after its end", Arrays.copyOf(nar, nar.length + 8));
            assertRefused("bytes after its end", Arrays.copyOf(nar, nar.length + 100_000));
        }

        @Test
        void refusesToGoOnAfterAFailure() throws Exception {
            NarParser parser = new NarParser(NarLimits.DEFAULT, new Events());
            byte[] bad = new NarBytes().add("nix-archive-2").toByteArray();
            assertThrows(FormatException.class, () -> parser.feed(bad, 0, bad.length));
            assertThrows(IllegalStateException.class, () -> parser.feed(bad, 0, 1));
            assertThrows(IllegalStateException.class, parser::finish);
        }

        @Test
        void passesOnWhatTheVisitorThrows() {
            IOException full = new IOException("disk full");
            NarParser parser = new NarParser(NarLimits.DEFAULT, new NarWriter(new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    throw full;
                }
            }));
            byte[] nar = new RegularFile("1").nar();
            assertEquals(full, assertThrows(IOException.class, () -> parser.feed(nar, 0, nar.length)));
            assertThrows(IllegalStateException.class, parser::finish);
        }
    }

    @Nested
    class InvalidLength {
        @ParameterizedTest
        @ValueSource(longs = {14, 1L << 31, 1L << 32 | 13, Long.MAX_VALUE, Long.MIN_VALUE, -1})
        void refusesALiteralOfAnotherLength(long length) {
            assertRefused("a string of " + Long.toUnsignedString(length) + " bytes at byte 0",
                    new NarBytes().number(length).add("nix-archive-1").toByteArray());
        }

        @ParameterizedTest
        @ValueSource(longs = {256, 1L << 31, 1L << 32 | 1, Long.MAX_VALUE, Long.MIN_VALUE, -1})
        void refusesALongName(long length) {
            assertRefused("a string of " + Long.toUnsignedString(length), start()
                    .add("(", "type", "directory", "entry", "(", "name").number(length).raw(new byte[512])
                    .toByteArray());
        }

        @ParameterizedTest
        @ValueSource(longs = {4096, 1L << 31, 1L << 32 | 1, Long.MAX_VALUE, Long.MIN_VALUE, -1})
        void refusesALongTarget(long length) {
            assertRefused("a string of " + Long.toUnsignedString(length),
                    start().add("(", "type", "symlink", "target").number(length).raw(new byte[5000]).toByteArray());
        }

        @ParameterizedTest
        @ValueSource(longs = {(1L << 40) + 1, Long.MAX_VALUE, Long.MIN_VALUE, -1})
        void refusesAFileLargerThanAnyNar(long length) {
            assertRefused("a file of " + Long.toUnsignedString(length),
                    start().add("(", "type", "regular", "contents").number(length).toByteArray());
        }

        @Test
        void keepsToItsOwnLimits() {
            NarSize size = new NarSize(TREE.nar().length);
            assertRefused("nested more than 1 deep", new NarLimits(1, 5, 7, size), TREE.nar());
            assertRefused("a string of 5 bytes", new NarLimits(2, 4, 7, size), TREE.nar());
            assertRefused("a string of 7 bytes", new NarLimits(2, 5, 6, size), TREE.nar());
            assertRefused("longer than", new NarLimits(2, 5, 7, new NarSize(size.bytes() - 1)), TREE.nar());
            assertRefused("a file of 100 bytes", NarLimits.upTo(new NarSize(100)),
                    start().add("(", "type", "regular").add("contents").number(100).toByteArray());
        }

        @Test
        void refusesDeepNesting() {
            NarBytes nar = start();
            for (int i = 0; i < 300; i++) {
                nar.add("(", "type", "directory", "entry", "(", "name", "d", "node");
            }
            assertRefused("nested more than 256 deep", nar.toByteArray());
        }

        @Test
        void refusesSenselessLimits() {
            NarSize size = new NarSize(1);
            assertThrows(IllegalArgumentException.class, () -> new NarLimits(-1, 1, 1, size));
            assertThrows(IllegalArgumentException.class, () -> new NarLimits(1, 256, 1, size));
            assertThrows(IllegalArgumentException.class, () -> new NarLimits(1, 1, 4096, size));
        }

        @Test
        void stopsALongStreamAtTheLimit() {
            byte[] head = start().add("(", "type", "regular", "contents").number(1000).toByteArray();
            InputStream large = new SequenceInputStream(new ByteArrayInputStream(head),
                    new ByteArrayInputStream(new byte[1 << 20]));
            assertThrows(FormatException.class,
                    () -> NarReader.read(large, NarLimits.upTo(new NarSize(10_000)), new Events()));
        }
    }

    private static int indexOf(byte[] bytes, byte[] wanted) {
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        throw new AssertionError("not there");
    }
}
