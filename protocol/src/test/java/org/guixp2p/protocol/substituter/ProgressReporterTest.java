// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProgressReporterTest {
    private static final StorePath TREE = new StorePath("f9pj1jf0dx7j5j98d2pfl4s10a7hcfsi-mixed-tree-1.0");
    private static final StorePath LIB1 = CommandTest.B;
    private static final NixOptions TRACED = NixOptions.parse("print-extended-build-trace=1\n");
    private static final NixOptions PLAIN = NixOptions.parse("terminal-columns=80\n");
    private static final long MS = 1_000_000;
    private static final long T0 = Long.MAX_VALUE - 100 * MS;

    private static ProgressReporter reporter(NixOptions options, StorePath path, OptionalLong size) {
        return ProgressReporter.of(options, Destination.of(path),
                URI.create("http://127.0.0.1:8181/nar/zstd/" + path.baseName()), path.name(), size);
    }

    @Test
    void tracesAreThoseOfTheTranscript() {
        ProgressReporter reporter = reporter(TRACED, TREE, OptionalLong.empty());
        String text = reporter.started(T0) + reporter.progress(131_075, T0 + 3 * MS)
                + reporter.progress(400_000, T0 + 150 * MS) + reporter.finished(753_080, T0 + 190 * MS);
        String transcript = Fixtures.text("transcripts/substitute-extended-trace.stderr");
        String first = transcript.substring(transcript.indexOf("@ "), transcript.indexOf("\n\n") + 2);
        assertEquals(first, text);
    }

    @Test
    void theBarIsThatOfTheTranscript() {
        ProgressReporter reporter = reporter(PLAIN, LIB1, OptionalLong.empty());
        String text = reporter.started(T0) + reporter.progress(693, T0 + 367_000)
                + reporter.progress(693, T0 + 199 * MS) + reporter.finished(693, T0 + 1_717_700);
        String transcript = Fixtures.text("transcripts/substitute-closure.stderr");
        assertEquals(transcript.substring(transcript.indexOf("Downloading"), transcript.indexOf("\n\n") + 2), text);
    }

    static List<String[]> ofGuix() {
        InputStream lines = Objects
                .requireNonNull(ProgressReporterTest.class.getResourceAsStream("progress-lines.tsv"));
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(lines, StandardCharsets.UTF_8))) {
            return reader.lines().filter(line -> !line.startsWith("#")).map(line -> line.split("\t", -1)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void barsOfAllSizesAreDrawnAsGuixDrawsThem() {
        List<String[]> lines = ofGuix();
        assertTrue(lines.size() > 200);
        for (String[] line : lines) {
            OptionalLong size = line[0].equals("-") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(line[0]));
            BarReporter bar = new BarReporter(URI.create("http://x"), "hello-2.12.1", size, Integer.parseInt(line[3]));
            assertEquals("\r\u001b[K" + line[4], bar.report(Long.parseLong(line[1]), Long.parseLong(line[2])));
        }
    }

    static List<NixOptions> styles() {
        return List.of(TRACED, PLAIN);
    }

    @ParameterizedTest
    @MethodSource("styles")
    void reportsAreAtLeastTwoHundredMillisecondsApart(NixOptions style) {
        ProgressReporter reporter = reporter(style, LIB1, OptionalLong.of(1000));
        String ignored = reporter.started(T0);
        assertTrue(ignored.endsWith("%") || ignored.endsWith(" 1000\n"));
        int reports = 0;
        // The clock runs over: only differences count.
        for (int i = 0; i < 1000; i++) {
            reports += reporter.progress(i, T0 + i * MS).isEmpty() ? 0 : 1;
        }
        assertEquals(5, reports);
    }

    @Test
    void aKnownSizeIsToldFromTheStart() {
        ProgressReporter traced = reporter(TRACED, LIB1, OptionalLong.of(1000));
        assertTrue(traced.started(T0).endsWith("lib1-1.1 1000\n"));
        assertTrue(traced.progress(10, T0).endsWith("lib1-1.1 1000 10\n"));
        assertTrue(traced.finished(1000, T0).endsWith(" 1000 1000\n@ download-succeeded " + LIB1
                + " http://127.0.0.1:8181/nar/zstd/i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1 1000\n\n"));
    }

    @Test
    void aBarOfAnUnknownSizeBeginsWithTheFirstByte() {
        ProgressReporter plain = reporter(PLAIN, LIB1, OptionalLong.empty());
        assertTrue(plain.started(T0).endsWith("...\n"));
        assertEquals("", plain.progress(0, T0 + MS));
        assertEquals("\n\n", plain.finished(0, T0 + 2 * MS));
    }

    @Test
    void moreThanWasAnnouncedDoesNotBurstTheBar() {
        ProgressReporter plain = reporter(PLAIN, LIB1, OptionalLong.of(10));
        assertTrue(plain.started(T0).contains("  0.0%"));
        assertTrue(plain.progress(100, T0 + MS).endsWith("100.0%"));
    }

    @Test
    void whatIsGivenUpIsEndedOnce() {
        ProgressReporter traced = reporter(TRACED, LIB1, OptionalLong.of(1000));
        assertTrue(traced.started(T0).startsWith("@ download-started"));
        assertTrue(traced.progress(10, T0).startsWith("@ download-progress"));
        String end = traced.abandoned();
        assertTrue(end.startsWith("@ download-succeeded ") && end.endsWith(" 10\n"), end);
        assertEquals("", traced.abandoned());
        ProgressReporter plain = reporter(PLAIN, LIB1, OptionalLong.of(1000));
        assertTrue(plain.started(T0).startsWith("Downloading"));
        assertEquals("\n", plain.abandoned());
    }

    @Test
    void whatNeverBeganIsNotEnded() {
        ProgressReporter traced = reporter(TRACED, LIB1, OptionalLong.empty());
        assertThrows(IllegalStateException.class, () -> traced.progress(1, T0));
        assertThrows(IllegalStateException.class, () -> traced.finished(1, T0));
        assertEquals("", traced.abandoned());
        assertThrows(IllegalStateException.class, () -> traced.started(T0));
    }

    @Test
    void oneReporterIsForOneDownload() {
        ProgressReporter traced = reporter(TRACED, LIB1, OptionalLong.empty());
        assertTrue(traced.started(T0).startsWith("@ "));
        assertThrows(IllegalStateException.class, () -> traced.started(T0));
        assertTrue(traced.finished(1, T0).startsWith("@ "));
        assertThrows(IllegalStateException.class, () -> traced.progress(2, T0));
        assertThrows(IllegalStateException.class, () -> traced.finished(2, T0));
        assertEquals("", traced.abandoned());
    }
}
