// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.bridge.FrameType;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandTest {
    static final StorePath A = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    static final StorePath B = new StorePath("i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1");

    @Nested
    class Correct {
        @ParameterizedTest
        @ValueSource(strings = {"query-closure", "query-extended-trace"})
        void whatTheDaemonAskedIsReadAndWrittenAgain(String transcript) throws FormatException {
            List<String> lines = Fixtures.text("transcripts/" + transcript + ".stdin").lines().toList();
            assertFalse(lines.isEmpty());
            for (String line : lines) {
                assertEquals(line, Command.parseQuery(line).line());
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"substitute-closure", "substitute-extended-trace"})
        void whatTheDaemonOrderedIsReadAndWrittenAgain(String transcript) throws FormatException {
            List<String> lines = Fixtures.text("transcripts/" + transcript + ".stdin").lines().toList();
            assertFalse(lines.isEmpty());
            for (String line : lines) {
                Command.Substitute command = Command.parseSubstitute(line);
                assertEquals(line, command.line());
                assertEquals(Destination.of(command.path()), command.destination());
                assertTrue(command.destination().isFor(command.path()));
            }
        }

        @Test
        void blanksDoNotMatterAndRepetitionsCountOnce() throws FormatException {
            assertEquals(new Command.Have(List.of(A, B)),
                    Command.parseQuery("  have  " + A + " " + B + "   " + A));
            assertEquals(new Command.Info(List.of(A)), Command.parseQuery("info " + A));
        }

        @Test
        void aRepairGoesBesideTheItem() throws FormatException {
            Command.Substitute command = Command.parseSubstitute("substitute " + A + " " + A + ".tmp");
            assertEquals(Destination.repairing(A), command.destination());
            assertTrue(command.destination().isFor(A));
            assertFalse(command.destination().isFor(B));
        }
    }

    @Nested
    class Insufficient {
        @ParameterizedTest
        @ValueSource(strings = {"", " ", "have", "have ", "info  ", "substitute"})
        void aQueryNamesAPath(String line) {
            assertThrows(FormatException.class, () -> Command.parseQuery(line));
        }

        @Test
        void aSubstitutionNamesPathAndDestination() {
            for (String line : List.of("", "substitute", "substitute " + A, "substitute " + A + " ")) {
                assertThrows(FormatException.class, () -> Command.parseSubstitute(line), line);
            }
        }
    }

    @Nested
    class Invalid {
        @Test
        void unknownCommandsAreNamed() {
            FormatException refused = assertThrows(FormatException.class, () -> Command.parseQuery("haves " + A));
            assertEquals("query: 'have PATH…' or 'info PATH…' expected, found 'haves " + A + "'", refused.getMessage());
            assertThrows(FormatException.class, () -> Command.parseQuery("HAVE " + A));
            assertThrows(FormatException.class, () -> Command.parseQuery("substitute " + A + " " + A));
            assertThrows(FormatException.class, () -> Command.parseSubstitute("have " + A + " " + A));
        }

        @ParameterizedTest
        @ValueSource(strings = {"/etc/passwd", "/gnu/store", "/gnu/store/", "/gnu/store/..", "/gnu/store/x", "x",
            "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello/bin", "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-a\tb",
            "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-a\r", "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-\u00e4"})
        void pathsLieInTheStore(String path) {
            assertThrows(FormatException.class, () -> Command.parseQuery("have " + path + " "));
            assertThrows(FormatException.class, () -> Command.parseQuery("info " + A + " " + path));
            assertThrows(FormatException.class, () -> Command.parseSubstitute("substitute " + path + " " + A));
        }

        @ParameterizedTest
        @ValueSource(strings = {"x", "x/y", "/", "//", "/a/", "/a//b", "/a/./b", "/a/../b", "/..", "/a\tb", "/a\u0000b",
            "/a\u00a0b", "/a\u007f", "/a\u2028b"})
        void destinationsAreAbsoluteAndNormal(String destination) {
            assertThrows(FormatException.class,
                    () -> Command.parseSubstitute("substitute " + A + " " + destination));
            assertThrows(IllegalArgumentException.class, () -> new Destination(destination));
        }

        @Test
        void nothingFollowsTheDestination() {
            assertThrows(FormatException.class, () -> Command.parseSubstitute("substitute " + A + " " + A + " " + A));
        }

        @Test
        void queriesCannotBeMadeWrong() {
            assertThrows(IllegalArgumentException.class, () -> new Command.Have(List.of()));
            assertThrows(IllegalArgumentException.class, () -> new Command.Info(List.of(A, A)));
        }
    }

    @Nested
    class InvalidLength {
        @Test
        void linesEndSomewhere() {
            String longest = "x".repeat(Command.MAX_LINE_BYTES - 5);
            FormatException unknown = assertThrows(FormatException.class, () -> Command.parseQuery("have " + longest));
            assertTrue(String.valueOf(unknown.getMessage()).length() < 200);
            FormatException tooLong = assertThrows(FormatException.class,
                    () -> Command.parseQuery("have  " + longest));
            assertEquals("command: longer than 10485760 bytes", tooLong.getMessage());
        }

        @Test
        void pathsEndSomewhere() throws FormatException {
            String most = "have " + (A + " ").repeat(Command.MAX_PATHS);
            assertEquals(List.of(A), Command.parseQuery(most).paths());
            FormatException tooMany = assertThrows(FormatException.class, () -> Command.parseQuery(most + A));
            assertEquals("command: more than 131072 paths", tooMany.getMessage());
        }

        @Test
        void aLongQuestionIsAskedInParts() throws FormatException {
            List<StorePath> paths = new ArrayList<>();
            for (int i = 0; i < 60_000; i++) {
                paths.add(new StorePath(A.hashPart() + "-" + i + "x".repeat(i % 50)));
            }
            for (Command.Query whole : List.of(new Command.Info(paths), new Command.Have(paths))) {
                List<Command.Query> parts = whole.parts();
                assertEquals(3, parts.size());
                List<StorePath> again = new ArrayList<>();
                for (Command.Query part : parts) {
                    assertEquals(whole.getClass(), part.getClass());
                    assertTrue(part.line().length() <= FrameType.COMMAND.maxLength());
                    again.addAll(part.paths());
                }
                assertTrue(parts.getFirst().line().length() > Command.MAX_PART_BYTES - 300);
                assertEquals(paths, again);
            }
            Command.Query small = new Command.Info(List.of(A, B));
            assertEquals(List.of(small), small.parts());
        }

        @Test
        void destinationsEndSomewhere() throws FormatException {
            Destination.parse("/" + "x".repeat(Destination.MAX_LENGTH - 1));
            assertThrows(FormatException.class, () -> Destination.parse("/" + "x".repeat(Destination.MAX_LENGTH)));
        }
    }

    @Property(tries = 200)
    void commandsSurviveTheirLines(@ForAll("paths") List<StorePath> paths) throws FormatException {
        Command.Query have = new Command.Have(paths);
        Command.Query info = new Command.Info(paths);
        assertEquals(have, Command.parseQuery(have.line()));
        assertEquals(info, Command.parseQuery(info.line()));
        Command.Substitute substitute = new Command.Substitute(paths.getFirst(),
                Destination.repairing(paths.getLast()));
        assertEquals(substitute, Command.parseSubstitute(substitute.line()));
    }

    @Provide
    Arbitrary<List<StorePath>> paths() {
        return path().list().ofMinSize(1).ofMaxSize(6).uniqueElements();
    }

    static Arbitrary<StorePath> path() {
        Arbitrary<String> hash = Arbitraries.strings().withChars("0123456789abcdfghijklmnpqrsvwxyz").ofLength(32);
        Arbitrary<String> name = Arbitraries.strings().withCharRange('a', 'z').withCharRange('0', '9')
                .withChars("+-_?=").ofMinLength(1).ofMaxLength(30);
        return Combinators.combine(hash, name).as((h, n) -> new StorePath(h + "-" + n));
    }
}
