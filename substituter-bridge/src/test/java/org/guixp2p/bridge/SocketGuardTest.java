// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said when there is no socket that may be believed. */
class SocketGuardTest {
    @TempDir
    private Path directory;

    private SocketGuard guard;

    @BeforeEach
    void trustThisUser() throws IOException {
        guard = new SocketGuard(System.getProperty("user.name"));
    }

    private String refused(Path socket) {
        return String.valueOf(assertThrows(NodeFailure.class, () -> guard.check(socket)).getMessage());
    }

    @Test
    void theSocketIsNamedThatIsNotThere() {
        for (Path socket : new Path[]{directory.resolve("socket"), directory.resolve("nowhere/socket")}) {
            assertEquals("no node listens at " + socket + ": no such file or directory", refused(socket));
        }
    }

    @Test
    void whatIsInThePlaceOfTheSocketOrItsDirectoryIsNamed() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertEquals(file + " is no socket", refused(file));
        String below = refused(file.resolve("socket"));
        assertTrue(below.startsWith(file + " is no directory"), below);
    }
}
