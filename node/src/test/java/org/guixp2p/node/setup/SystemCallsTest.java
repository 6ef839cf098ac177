// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemCallsTest {
    @TempDir
    Path directory;

    private final List<String> said = new ArrayList<>();

    @Test
    void theRunningSystemIsAskedForReal() throws Exception {
        SystemCalls system = SystemCalls.of(new SystemRoot(Path.of("/")), said::add);
        assertInstanceOf(SystemCalls.Real.class, system);
        assertTrue(system.hasUser("root"));
        assertFalse(system.hasUser("nobody-has-this-name"));
        assertEquals(0, system.run(List.of("true")));
        assertEquals(1, system.run(List.of("false")));
        assertEquals(List.of("running true", "running false"), said);
        assertThrows(IOException.class, () -> system.run(List.of("no-such-command-here")));
        assertThrows(IOException.class, () -> system.chown(directory, "nobody-has-this-name"));
    }

    @Test
    void aDirectoryIsGivenToAnotherUserByRoot() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can give files away");
        SystemCalls system = SystemCalls.of(new SystemRoot(Path.of("/")), said::add);
        Path given = Files.createDirectory(directory.resolve("given"));
        system.chown(given, "daemon");
        PosixFileAttributes attributes = Files.readAttributes(given, PosixFileAttributes.class);
        assertEquals("daemon", attributes.owner().getName());
        assertEquals("daemon", attributes.group().getName());
    }

    @Test
    void aSystemInADirectoryIsOnlyLookedAt() throws Exception {
        SystemCalls system = SystemCalls.of(new SystemRoot(directory), said::add);
        assertFalse(system.hasUser("guix-p2p"));
        Files.createDirectory(directory.resolve("etc"));
        Files.writeString(directory.resolve("etc/passwd"),
                "root:x:0:0::/root:/bin/sh\nguix-p2p:x:99:99::/:/bin/false\n");
        assertTrue(system.hasUser("guix-p2p"));
        assertFalse(system.hasUser("guix"));
        assertEquals(0, system.run(List.of("no-such-command-here", "x")));
        assertEquals(List.of("not run under " + directory + ": no-such-command-here x"), said);
    }
}
