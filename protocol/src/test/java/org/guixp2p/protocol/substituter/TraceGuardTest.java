// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
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

    @Test
    void aWholeDownloadPasses() {
        assertEquals(STARTED + PROGRESS + SUCCEEDED + "\n", passed(STARTED + PROGRESS + SUCCEEDED + "\n"));
        assertEquals((STARTED + SUCCEEDED).repeat(2), passed((STARTED + SUCCEEDED).repeat(2)));
    }

    @Test
    void theTranscriptPassesButForTheOtherItem() {
        String transcript = Fixtures.text("transcripts/substitute-extended-trace.stderr");
        String expected = transcript.lines().filter(line -> !line.startsWith("@") || line.contains(TREE.path()))
                .map(line -> line + "\n").reduce("", String::concat);
        assertEquals(expected, passed(transcript));
    }

    @Test
    void progressBarsPass() {
        String transcript = Fixtures.text("transcripts/substitute-closure.stderr");
        TraceGuard guard = new TraceGuard(TREE, false);
        assertEquals(transcript, pass(guard, transcript) + close(guard));
        assertEquals("\r\u001b[K hello ▕███▌ ▏ ä 🎉\n", passed("\r\u001b[K hello ▕███▌ ▏ ä 🎉\n"));
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
        "@ download-started DEST\u0000 http://x 5\n", "@ download-started DEST.tmp http://x 5\n"})
    void hostileLinesAreDropped(String line) {
        assertEquals("text\n", passed(line.replace("DEST", TREE.path()) + "text\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, value = {"\u001b[2J\u001b[1;1Ha|a",
        "\u001b]0;title\u0007a|]0;titlea", "\u009b2Ja|2Ja", "a\u0008\u0007\u007f\tb|ab", "a\u202eb\u2028c|abc",
        "\u001b[KA|\u001b[KA", "\u001b[1KA|A", "\u001b[?KA|A", "\u001b\u001b[KA|\u001b[KA", "a\u001b|a", "a\u001b[|a",
        "a\u001b[12|a", "a\ue000b|ab"})
    void controlCharactersAreDropped(String text, String expected) {
        assertEquals(expected + "\n", passed(text));
    }

    @Test
    void bytesThatAreNoTextAreDropped() {
        TraceGuard guard = new TraceGuard(TREE, true);
        byte[] passed = guard
                .pass(ByteBuffer.wrap(new byte[]{'a', (byte) 0x9b, 'K', (byte) 0xff, (byte) 0xc0, (byte) 0xaf,
                    (byte) 0xed, (byte) 0xa0, (byte) 0x80, 'b', (byte) 0xc3}));
        assertEquals("aKb", new String(passed, UTF_8));
        assertEquals("\n", close(guard));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x\n@ build-log 1 1\n", "x\r\n@ build-log 1 1\n", "x\r@ build-log 1 1\n"})
    void linesBeginAfterBothLineEnds(String text) {
        assertEquals(text.substring(0, text.indexOf('@')) + "y\n", passed(text + "y\n"));
    }

    @Test
    void anAtSignWithinALineIsText() {
        assertEquals("user@host @ work\n", passed("user@host @ work\n"));
    }

    @Test
    void aTraceStandsOnALineOfItsOwn() {
        assertEquals("\u001b[K\n", passed("\u001b[K" + STARTED));
        assertEquals("x\r\n", passed("x\r" + STARTED));
        assertEquals("x\n" + STARTED + SUCCEEDED, passed("x\n" + STARTED + SUCCEEDED));
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
        assertEquals(STARTED + PROGRESS + "@ download-succeeded " + TREE + " http://x 3\n",
                passed(STARTED + PROGRESS + start + "5 999\n"));
    }

    @Test
    void whatIsOpenIsClosed() {
        String closing = "@ download-succeeded " + TREE + " http://x ";
        assertEquals(STARTED + closing + "0\n", passed(STARTED));
        assertEquals(STARTED + PROGRESS + closing + "3\n", passed(STARTED + PROGRESS + "@ download-progr"));
        assertEquals(STARTED + "oops\n" + closing + "0\n", passed(STARTED + "oops"));
        assertEquals("\r\u001b[K hello 40%\n", passed("\r\u001b[K hello 40%"));
        assertEquals("", passed(""));
    }

    @Test
    void afterItsEndAGuardBeginsAnew() {
        TraceGuard guard = new TraceGuard(TREE, true);
        assertEquals(STARTED, pass(guard, STARTED + "@ held"));
        assertEquals("@ download-succeeded " + TREE + " http://x 0\n", close(guard));
        assertEquals("", close(guard));
        assertEquals(STARTED + SUCCEEDED, pass(guard, STARTED + SUCCEEDED));
        assertEquals("", close(guard));
    }

    @Test
    void withoutTracesNoneAreLetThrough() {
        TraceGuard guard = new TraceGuard(TREE, false);
        assertEquals("a\nb\n", pass(guard, "a\n" + STARTED + PROGRESS + "b\n" + SUCCEEDED) + close(guard));
    }

    @Test
    void aLineIsNotHeldForEver() {
        assertEquals("b\n", passed("@ " + "x".repeat(1 << 20) + "\nb\n"));
    }

    @Property(tries = 500)
    void cutsChangeNothing(@ForAll("texts") String text, @ForAll @IntRange(min = 1, max = 7) int atOnce) {
        byte[] bytes = text.getBytes(UTF_8);
        TraceGuard guard = new TraceGuard(TREE, true);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 0; at < bytes.length; at += atOnce) {
            out.writeBytes(guard.pass(ByteBuffer.wrap(bytes, at, Math.min(atOnce, bytes.length - at))));
        }
        out.writeBytes(guard.close());
        assertEquals(passed(text), out.toString(UTF_8));
    }

    @Property(tries = 500)
    void whateverComesOutIsHarmless(@ForAll("texts") String text) {
        checkHarmless(passed(text), TREE);
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
                "@ build-log 1 1\n", "@ download-started /other http://x 5\n", STARTED.strip(), "5"));
        return pieces.list().ofMaxSize(14).map(list -> String.join("", list));
    }
}
