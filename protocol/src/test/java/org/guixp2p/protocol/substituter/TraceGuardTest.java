// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongSupplier;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceGuardTest {
    private static final Destination TREE = Destination
            .of(new StorePath("f9pj1jf0dx7j5j98d2pfl4s10a7hcfsi-mixed-tree-1.0"));
    private static final String STARTED = "@ download-started " + TREE + " http://x 5\n";
    private static final String PROGRESS = "@ download-progress " + TREE + " http://x 5 3\n";
    private static final String SUCCEEDED = "@ download-succeeded " + TREE + " http://x 5\n";

    private static String pass(TraceGuard guard, String text) {
        return new String(guard.pass(ByteBuffer.wrap(text.getBytes(UTF_8))), UTF_8);
    }

    private static String close(TraceGuard guard) {
        return new String(guard.close(), UTF_8);
    }

    private static String passed(String text) {
        TraceGuard guard = new TraceGuard(TREE, true);
        return pass(guard, text) + close(guard);
    }

    /** As {@link #passed}, for a client that shows people a bar. */
    private static String shown(String text) {
        TraceGuard guard = new TraceGuard(TREE, false);
        return pass(guard, text) + close(guard);
    }

    @Test
    void aWholeDownloadPasses() {
        assertEquals(STARTED + PROGRESS + SUCCEEDED + "\n", passed(STARTED + PROGRESS + SUCCEEDED + "\n"));
        assertEquals((STARTED + SUCCEEDED).repeat(2), passed((STARTED + SUCCEEDED).repeat(2)));
    }

    /** A client that reads traces shows people nothing but what it makes of them, and what else comes it prints as it is. */
    @ParameterizedTest
    @ValueSource(strings = {"text\n", "guix-p2p: all is well\n", "substitute: guix-p2p: error\n", " \n", "\r", "\r\r",
        "x",
        "\r\u001b[K hello 40%", "\u001b[K", "\u001b[31m", "\u0000\n", "\u200b\n", " STARTED", "\u001b[KSTARTED",
        "x\r", "text\n@ build-log 1 1\n"})
    void freeTextIsDroppedWhereTracesAreRead(String text) {
        assertEquals("\n" + STARTED + SUCCEEDED + "\n",
                passed("\n" + text.replace("STARTED", STARTED) + "\n" + STARTED + SUCCEEDED + "\n")
                        .replaceFirst("^\n\n", "\n"));
    }

    @Test
    void theTranscriptPassesButForTheOtherItem() {
        String transcript = Fixtures.text("transcripts/substitute-extended-trace.stderr");
        String expected = transcript.lines().filter(line -> line.isEmpty() || line.contains(TREE.path()))
                .map(line -> line + "\n").reduce("", String::concat);
        assertEquals(expected, passed(transcript));
    }

    @Test
    void progressBarsPass() {
        String transcript = Fixtures.text("transcripts/substitute-closure.stderr");
        TraceGuard guard = new TraceGuard(TREE, false);
        assertEquals(transcript, pass(guard, transcript) + close(guard));
        assertEquals("\r\u001b[K hello ▕███▌ ▏ ä 🎉\n", shown("\r\u001b[K hello ▕███▌ ▏ ä 🎉\n"));
    }

    /** Each is followed by a line of text, so that what is held back and not dropped would come out. */
    @ParameterizedTest
    @ValueSource(strings = {"@ substituter-succeeded /gnu/store/x\n", "@ substituter-started /gnu/store/x substitute\n",
        "@ hash-mismatch /gnu/store/x sha256 a b\n", "@ build-log 4711 5\n", "@\n", "@ \n", "@x\n", "@ build-log 1 1\r",
        "\u0000@ build-log 1 1\n", "\u200b@ build-log 1 1\n", "\t@ build-log 1 1\n", "\u001b[31m@ build-log 1 1\n",
        "\u001b@ build-log 1 1\n", "\u001b[@@ build-log 1 1\n", "@ \u001b[Kbuild-log 1 1\n", "@ build\u0000-log 1 1\n",
        "\u001b[\u001b[0m@ build-log 1 1\n", "\u001b[1\u001b\u001b[0m@ build-log 1 1\n",
        "@ download-started /gnu/store/other http://x 5\n", "@ download-succeeded DEST http://x 5\n",
        "@ download-progress DEST http://x 5 3\n", "@ download-started DEST http://x nonsense\n",
        "@ download-started DEST http://x\n", "@ download-started DEST http://x 5\r",
        "@ download-started DEST\u0000 http://x 5\n", "@ download-started DEST.tmp http://x 5\n",
        "@ download-started DEST no-scheme/nar/x 5\n", "@ download-started DEST http://ä 5\n"})
    void hostileLinesAreDropped(String line) {
        assertEquals(STARTED + SUCCEEDED, passed(line.replace("DEST", TREE.path()) + STARTED + SUCCEEDED));
        // As the terminal would show it: no line of it begins so.
        for (String seen : shown(line.replace("DEST", TREE.path()) + "text\n").split("[\n\r]", -1)) {
            assertFalse(seen.startsWith("@"), seen);
        }
    }

    /** What people take for this side's own messages. */
    @ParameterizedTest
    @ValueSource(strings = {"guix-p2p: all is well\n", "guix-p2p:\n", "substitute: guix-p2p: error\n",
        "  guix-p2p: indented\n", "\u00a0\u3000guix-p2p: indented\n", "GUIX-P2P: loud\n", "gu\u0000ix-p2p: x\n",
        "gu\u200bix-p2p: x\n", "\u001bguix-p2p: x\n", "guix-p2p: x\r", "guix-p2p: without an end", "@ x\n",
        "\u0000@ x\n"})
    void linesThatLookLikeOursAreDropped(String line) {
        assertEquals("before\nafter\n", shown("before\n" + line).strip() + "\n" + shown("after\n"));
        assertEquals("\r\u001b[K", shown("\r\u001b[K" + line).replace("\n", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"guix-p2p is a program\n", "guix\n", " \n", "substitutes: 5\n", "x guix-p2p: y\n", "g\n"})
    void linesThatOnlyBeginAlikeAreNot(String line) {
        assertEquals(line, shown(line));
    }

    /** A carriage return goes back over what is there: two harmless lines must not make one that is not. */
    @Test
    void nothingIsPutTogetherFromTwoLines() {
        assertEquals("?uix-p2p: x\r\u001b[Kg\n", shown("?uix-p2p: x\rg\n"));
        assertEquals("gui\r\u001b[K[[Kx\n", shown("gui\r\u001b[\u001b[Kx\n"));
        assertEquals("gui[Kx-p2p: x\n", shown("gui\u001b[Kx-p2p: x\n"));
    }

    private static final class Time implements LongSupplier {
        private long nanos;

        @Override
        public long getAsLong() {
            return nanos;
        }
    }

    @Test
    void aFloodIsCutToSoMuchASecond() {
        Time time = new Time();
        TraceGuard guard = new TraceGuard(TREE, false, time);
        String flood = ("x".repeat(99) + "\n").repeat(10_000);
        String first = pass(guard, flood);
        assertTrue(first.length() <= TraceGuard.MOST_AT_ONCE + 2 && first.length() > TraceGuard.MOST_AT_ONCE - 100,
                "" + first.length());
        assertEquals("", pass(guard, flood + "\n\r\n"));
        time.nanos += 1_000_000_000;
        String next = pass(guard, flood);
        assertTrue(next.length() <= TraceGuard.MOST_PER_SECOND + 2 && next.length() > TraceGuard.MOST_PER_SECOND - 100,
                "" + next.length());
    }

    /** A line cut by the bound must not become the beginning of what comes when there is room again. */
    @Test
    void aLineThatIsCutIsEnded() {
        Time time = new Time();
        TraceGuard guard = new TraceGuard(TREE, false, time);
        String most = "x".repeat(TraceGuard.MOST_AT_ONCE - 5);
        assertEquals(most + "\n" + "guiy", pass(guard, most + "\nguiy" + "y".repeat(50)));
        time.nanos += 1_000_000_000;
        assertEquals("\n-p2p: x\n", pass(guard, "rest\n-p2p: x\n"));
    }

    @Test
    void aFloodOfTracesLeavesTheDownloadWhole() {
        Time time = new Time();
        TraceGuard guard = new TraceGuard(TREE, true, time);
        String passed = pass(guard, STARTED + PROGRESS.repeat(10_000) + SUCCEEDED + (STARTED + SUCCEEDED).repeat(9));
        assertTrue(passed.length() <= TraceGuard.MOST_AT_ONCE + SUCCEEDED.length(), "" + passed.length());
        assertTrue(passed.endsWith(SUCCEEDED), passed.substring(passed.length() - 200));
        checkHarmless(passed, TREE);
        assertEquals("", close(guard));
        time.nanos += 1_000_000_000;
        assertEquals(STARTED + PROGRESS, pass(guard, STARTED + PROGRESS));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, value = {"\u001b[2J\u001b[1;1Ha|[2J[1;1Ha",
        "\u001b]0;title\u0007a|]0;titlea", "\u009b2Ja|2Ja", "a\u0008\u0007\u007f\tb|ab", "a\u202eb\u2028c|abc",
        "\u001b[KA|[KA", "a\u001b|a", "a\u001b[|a[", "a\ue000b|ab", "a\ufffdb|ab", "a\udb40\udc41b|ab"})
    void controlCharactersAreDropped(String text, String expected) {
        assertEquals(expected + "\n", shown(text));
    }

    @Test
    void bytesThatAreNoTextAreDropped() {
        TraceGuard guard = new TraceGuard(TREE, false);
        byte[] passed = guard
                .pass(ByteBuffer.wrap(new byte[]{'a', (byte) 0x9b, 'K', (byte) 0xff, (byte) 0xc0, (byte) 0xaf,
                    (byte) 0xed, (byte) 0xa0, (byte) 0x80, 'b', (byte) 0xc3}));
        assertEquals("aKb", new String(passed, UTF_8));
        assertEquals("\n", close(guard));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x\n@ build-log 1 1\n", "x\r\n@ build-log 1 1\n", "x\r@ build-log 1 1\n"})
    void linesBeginAfterBothLineEnds(String text) {
        assertEquals(text.substring(0, text.indexOf('@')).replace("\r", "\r\u001b[K") + "y\n", shown(text + "y\n"));
    }

    @Test
    void anAtSignWithinALineIsText() {
        assertEquals("user@host @ work\n", shown("user@host @ work\n"));
    }

    @Test
    void downloadsAreBalanced() {
        assertEquals(STARTED + SUCCEEDED, passed(STARTED + STARTED + SUCCEEDED + SUCCEEDED + PROGRESS));
    }

    /** A bar of more than 100% ends Guix's client with an error. */
    @Test
    void progressEndsAtTheSize() {
        String start = "@ download-progress " + TREE + " http://x ";
        assertEquals(STARTED + SUCCEEDED, passed(STARTED + start + "5 6\n" + start + "0 1\n" + start
                + "100 1000000\n" + SUCCEEDED));
        String good = start + "5 5\n" + start + "- 6\n" + start + "0 0\n";
        assertEquals(STARTED + good + SUCCEEDED, passed(STARTED + good + SUCCEEDED));
        assertEquals(STARTED + PROGRESS + "@ download-succeeded " + TREE + " http://x 3\n\n",
                passed(STARTED + PROGRESS + start + "5 999\n"));
    }

    @Test
    void whatIsOpenIsClosed() {
        String closing = "@ download-succeeded " + TREE + " http://x ";
        assertEquals(STARTED + closing + "0\n\n", passed(STARTED));
        assertEquals(STARTED + PROGRESS + closing + "3\n\n", passed(STARTED + PROGRESS + "@ download-progr"));
        assertEquals(STARTED + closing + "0\n\n", passed(STARTED + "oops"));
        assertEquals("\r\u001b[K hello 40%\n", shown("\r\u001b[K hello 40%"));
        // Neither ours nor yet another's: it is not printed.
        assertEquals("", shown("guix-p"));
        assertEquals("", passed(""));
    }

    @Test
    void afterItsEndAGuardBeginsAnew() {
        TraceGuard guard = new TraceGuard(TREE, true);
        assertEquals(STARTED, pass(guard, STARTED + "@ held"));
        assertEquals("@ download-succeeded " + TREE + " http://x 0\n\n", close(guard));
        assertEquals("", close(guard));
        assertEquals(STARTED + SUCCEEDED, pass(guard, STARTED + SUCCEEDED));
        assertEquals("", close(guard));
    }

    @Test
    void withoutTracesNoneAreLetThrough() {
        assertEquals("a\nb\n", shown("a\n" + STARTED + PROGRESS + "b\n" + SUCCEEDED));
    }

    @Test
    void aLineIsNotHeldForEver() {
        assertEquals(STARTED + SUCCEEDED, passed("@ " + "x".repeat(1 << 20) + "\n" + STARTED + SUCCEEDED));
        assertEquals("b\n", shown(" ".repeat(1 << 20) + "\nb\n"));
    }

    @Property(tries = 500)
    void cutsChangeNothing(@ForAll("texts") String text, @ForAll @IntRange(min = 1, max = 7) int atOnce,
            @ForAll boolean traces) {
        byte[] bytes = text.getBytes(UTF_8);
        TraceGuard guard = new TraceGuard(TREE, traces);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 0; at < bytes.length; at += atOnce) {
            out.writeBytes(guard.pass(ByteBuffer.wrap(bytes, at, Math.min(atOnce, bytes.length - at))));
        }
        out.writeBytes(guard.close());
        assertEquals(traces ? passed(text) : shown(text), out.toString(UTF_8));
    }

    @Property(tries = 500)
    void whateverComesOutIsHarmless(@ForAll("texts") String text) {
        checkHarmless(passed(text), TREE);
        for (String line : passed(text).split("\n", -1)) {
            assertTrue(line.isEmpty() || line.startsWith("@ download-"), line);
        }
        checkHarmless(shown(text), TREE);
        for (String line : shown(text).split("[\n\r]", -1)) {
            String seen = line.replaceFirst("^\u001b\\[K", "");
            assertFalse(seen.startsWith("@") || seen.strip().startsWith("guix-p2p:"), line);
        }
    }

    /** What a client would see: every line with an at sign first is a trace of this download, in order. */
    static void checkHarmless(String text, Destination destination) {
        boolean open = false;
        for (String line : text.split("[\n\r]", -1)) {
            if (line.startsWith("@")) {
                TraceLine trace;
                try {
                    trace = TraceLine.parse(line);
                } catch (FormatException e) {
                    throw new AssertionError("passed: " + line, e);
                }
                assertEquals(destination, trace.destination());
                assertEquals(trace instanceof TraceLine.Started, !open, text);
                if (trace instanceof TraceLine.Progress progress && progress.size().isPresent()) {
                    assertTrue(progress.done() <= progress.size().getAsLong(), text);
                }
                open = !(trace instanceof TraceLine.Succeeded);
            }
        }
        assertTrue(!open, text);
        assertTrue(text.isEmpty() || text.endsWith("\n") || text.endsWith("\r"), text);
        assertTrue(text.replace("\u001b[K", "").chars()
                .noneMatch(c -> c != '\n' && c != '\r' && Character.isISOControl(c)), text);
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> pieces = Arbitraries.of(List.of(STARTED, PROGRESS, SUCCEEDED,
                PROGRESS.replace("5 3", "5 6"), PROGRESS.replace("5 3", "- 9"), "@", "@ ", "\n", "\r", "\u001b",
                "[", "K", "\u001b[K", "\u001b[2J", "\u0000", "x", "é", "█", "🎉", "\u009b", " ", "\u202e",
                "guix-p2p:", "guix", "-p2p: x", "substitute: ",
                "@ build-log 1 1\n", "@ download-started /other http://x 5\n", STARTED.strip(), "5"));
        return pieces.list().ofMaxSize(14).map(list -> String.join("", list));
    }
}
