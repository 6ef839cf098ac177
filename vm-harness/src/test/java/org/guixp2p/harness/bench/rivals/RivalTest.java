// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.rivals;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each of the other programs that is there fetches a file; those that are not are only named. */
@Timeout(120)
class RivalTest {
    private static final int BYTES = 700_001;
    private static final int RATE = 2_000_000;

    @TempDir
    private Path parent;

    private Path file(Workplace place) throws IOException {
        byte[] bytes = new byte[BYTES];
        new Random(3).nextBytes(bytes);
        return Files.write(Files.createDirectory(place.directory().resolve("file")).resolve("item.nar"), bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"curl", "curl-tee", "aria2c", "libtorrent"})
    void theFileComesOverShapedLinks(String name) throws Exception {
        Rival rival = Rival.named(name);
        assumeTrue(rival.missing().isEmpty(), () -> "optional: what " + name + " needs is not all there");
        try (Workplace place = Workplace.open(parent, "rival", 1)) {
            Path file = file(place);
            Course course = new Course(place, file, Sha256.hash(Files.readAllBytes(file)), 2,
                    Optional.of(new Link(RATE, Duration.ZERO)), Optional.empty());
            double seconds = rival.fetch(course);
            assertTrue(seconds >= (BYTES - 2.0 * Link.BURST) / (2.0 * RATE),
                    () -> seconds + " s: no link was in the way");
            assertEquals(List.of(), place.processes().running());
            try (Stream<Path> left = Files.list(place.directory())) {
                assertEquals(List.of(file.getParent()), left.toList());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"curl", "curl-tee"})
    void anotherFileIsAFailure(String name) throws Exception {
        Rival rival = Rival.named(name);
        assumeTrue(rival.missing().isEmpty(), () -> "optional: what " + name + " needs is not all there");
        try (Workplace place = Workplace.open(parent, "rival", 1)) {
            Course course = new Course(place, file(place), Sha256.hash(new byte[1]), 1, Optional.empty(),
                    Optional.empty());
            IOException e = assertThrows(IOException.class, () -> rival.fetch(course));
            assertTrue(String.valueOf(e.getMessage()).contains("another hash"), e::getMessage);
        }
    }
}
