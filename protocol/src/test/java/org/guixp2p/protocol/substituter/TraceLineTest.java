// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.util.List;
import java.util.OptionalLong;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceLineTest {
    @Test
    void thoseOfTheTranscriptAreReadAndWrittenAgain() throws FormatException {
        List<String> lines = Fixtures.text("transcripts/substitute-extended-trace.stderr").lines()
                .filter(line -> line.startsWith("@")).toList();
        assertEquals(8, lines.size());
        for (String line : lines) {
            assertEquals(line + "\n", TraceLine.parse(line).text());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "@", "@ ", "@ download-started", "@ download-started /a http://x",
        "@ download-started /a http://x 5 6", "@ download-started /a http://x 5 ", "@ download-started  /a http://x 5",
        "@ download-started a http://x 5", "@ download-started /a http://x|y 5", "@ download-started /a http://x x",
        "@ download-started /a http://x -5", "@ download-started /a http://x 1234567890123456789",
        "@ download-progress /a http://x 5", "@ download-progress /a http://x 5 -",
        "@ download-progress /a http://x - ",
        "@ download-succeeded /a http://x -", "@ download-succeeded /a http://x", "@ download-failed /a http://x 5",
        "@ substituter-started /a substitute", "@ substituter-succeeded /a", "@ hash-mismatch /a sha256 x y",
        "@ build-log 1 2", " @ download-started /a http://x 5", "@  download-started /a http://x 5",
        "download-started /a http://x 5", "@ download-started /a/../b http://x 5"})
    void othersAreRefused(String line) {
        assertThrows(FormatException.class, () -> TraceLine.parse(line));
    }

    @Test
    void linesEndSomewhere() {
        String url = "http://" + "x".repeat(TraceLine.MAX_LENGTH);
        assertThrows(FormatException.class, () -> TraceLine.parse("@ download-started /a " + url + " 5"));
    }

    @Property(tries = 200)
    void linesSurviveTheirText(@ForAll("path") StorePath path, @ForAll @LongRange(max = 1L << 40) long size,
            @ForAll boolean known) throws FormatException {
        Destination destination = Destination.of(path);
        URI url = URI.create("guixp2p://" + path.hashPart() + "/" + size);
        OptionalLong announced = known ? OptionalLong.of(size) : OptionalLong.empty();
        for (TraceLine line : List.of(new TraceLine.Started(destination, url, announced),
                new TraceLine.Progress(destination, url, announced, size / 2),
                new TraceLine.Succeeded(destination, url, size))) {
            assertEquals(line, TraceLine.parse(line.text().strip()));
        }
    }

    @Provide
    Arbitrary<StorePath> path() {
        return CommandTest.path();
    }
}
