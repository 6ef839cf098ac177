// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.guixp2p.protocol.store.Deduplicator;
import org.guixp2p.protocol.store.Restorer;
import org.guixp2p.protocol.store.TreeDeleter;
import org.guixp2p.protocol.store.TreeSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeduplicationCheckTest {
    @TempDir
    Path directory;

    private Path original = Path.of("");
    private Path item = Path.of("");

    @BeforeEach
    void makeTree() throws IOException {
        original = Files.createDirectory(directory.resolve("original"));
        Files.write(original.resolve("a"), new byte[8192]);
        Files.write(original.resolve("b"), new byte[8192]);
        Files.write(original.resolve("small"), new byte[8191]);
        item = directory.resolve("item");
    }

    @AfterEach
    void delete() throws IOException {
        TreeDeleter.delete(item);
    }

    @Test
    void filesThatShareTheirBytesAreCounted() throws IOException {
        try (Restorer restorer = new Restorer(item, new Deduplicator(directory.resolve(".links")))) {
            TreeSerializer.tell(original, restorer);
        }
        assertEquals(new DeduplicationCheck(2, List.of()), DeduplicationCheck.of(item));
    }

    @Test
    void withoutDeduplicationTheyStandApart() throws IOException {
        try (Restorer restorer = new Restorer(item)) {
            TreeSerializer.tell(original, restorer);
        }
        assertEquals(0, DeduplicationCheck.of(item).shared());
        assertEquals(2, DeduplicationCheck.of(item).apart().size());
    }

    @Test
    void aFileThatIsNotTheOneInLinksStandsApart() throws IOException {
        try (Restorer restorer = new Restorer(item, new Deduplicator(directory.resolve(".links")))) {
            TreeSerializer.tell(original, restorer);
        }
        Files.setPosixFilePermissions(item, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.delete(item.resolve("a"));
        Files.write(item.resolve("a"), new byte[8192]);
        assertEquals(new DeduplicationCheck(1, List.of("a")), DeduplicationCheck.of(item));
    }
}
