// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class GuixCommandTest {
    private static final String ANSWER = "echo 'guix (GNU Guix) 1.4.0'; echo 'Copyright (C) 2022 the Guix authors'";

    @TempDir
    private Path directory;

    private Path guix(String name, String script) throws IOException {
        Path file = Files.createDirectories(directory.resolve(name)).resolve("guix");
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    private static String directory(Path guix) {
        return Objects.requireNonNull(guix.getParent()).toString();
    }

    private static String refused(Map<String, String> environment) {
        return String.valueOf(assertThrows(NoGuixException.class, () -> GuixCommand.find(environment)).getMessage());
    }

    private String refused(String script) throws IOException {
        return refused(Map.of("PATH", directory(guix("refused", script))));
    }

    @Test
    void theFirstOnPathThatCanBeRunIsTaken() throws Exception {
        Files.createDirectories(directory.resolve("directory/guix"));
        Files.setPosixFilePermissions(guix("no-program", ANSWER), PosixFilePermissions.fromString("rw-r--r--"));
        Path first = guix("first", ANSWER);
        guix("second", "echo 'guix (GNU Guix) 2.0'");
        String path = "%1$s/nothing::%1$s/directory:%1$s/no-program:%1$s/first:%1$s/second".formatted(directory);
        assertEquals(new GuixCommand(List.of(first.toString()), Map.of(), "1.4.0"),
                GuixCommand.find(Map.of("PATH", path)));
    }

    @Test
    void theVariableNamesAnotherWithItsArguments() throws Exception {
        Path named = guix("named", "[ \"$*\" = '--extra --version' ] && echo 'x (GNU Guix) 1.5.0-1.abc'");
        Path other = guix("other", ANSWER);
        assertEquals(new GuixCommand(List.of(named.toString(), "--extra"), Map.of(), "1.5.0-1.abc"),
                GuixCommand.find(Map.of("PATH", directory(other), "GUIX_P2P_BUILTIN",
                        " " + named + " \t--extra ")));
        assertEquals("1.4.0", GuixCommand
                .find(Map.of("PATH", directory(other), "GUIX_P2P_BUILTIN", " ")).version());
    }

    @Test
    void itFindsWhatItNeedsWhereItWasBuiltAndNothingElse() throws Exception {
        Path seen = directory.resolve("seen");
        Path file = guix("built", "/usr/bin/env > " + seen + "; pwd >> " + seen + "; " + ANSWER);
        Map<String, String> needed = Map.of("GUIX_UNINSTALLED", "1", "GUILE_LOAD_PATH", "/built",
                "GUILE_LOAD_COMPILED_PATH", "/built/c", "GUILE_AUTO_COMPILE", "0");
        GuixCommand found = GuixCommand.find(Map.of("PATH", directory(file), "GUIX_UNINSTALLED", "1",
                "GUILE_LOAD_PATH", "/built", "GUILE_LOAD_COMPILED_PATH", "/built/c", "GUILE_AUTO_COMPILE", "0",
                "NIX_STORE_DIR", "/elsewhere", "GUIX_EXTENSIONS_PATH", "/elsewhere"));
        assertEquals(needed, found.environment());
        List<String> lines = Files.readAllLines(seen);
        assertTrue(lines.contains("GUILE_LOAD_PATH=/built") && lines.contains("LC_ALL=C.UTF-8"), lines::toString);
        assertTrue(lines.contains("/"), lines::toString);
        assertFalse(lines.toString().contains("/elsewhere"), lines::toString);
    }

    @Test
    void whereNoneIsItSaysWhatCanBeDone() {
        assertEquals("no 'guix' is on PATH; GUIX_P2P_BUILTIN can name it",
                refused(Map.of("PATH", directory.toString())));
        assertEquals("no 'guix' is on PATH; GUIX_P2P_BUILTIN can name it", refused(Map.of()));
    }

    @Test
    void whatDoesNotRunIsNone() throws Exception {
        String message = refused(Map.of("PATH", "/usr/bin", "GUIX_P2P_BUILTIN", "/nowhere/guix"));
        assertTrue(message.startsWith("'/nowhere/guix --version' cannot be started: "), message);
        message = refused("echo 'no code for module (guix ui)' >&2; exit 3");
        assertTrue(message.endsWith("--version' ends with status 3 and says no code for module (guix ui)"), message);
        message = refused(ANSWER + "; exit 1");
        assertTrue(message.contains("ends with status 1"), message);
        message = refused("exit 0");
        assertTrue(message.endsWith("ends with status 0 and says nothing"), message);
        message = refused("echo 'guix 5'");
        assertTrue(message.endsWith("ends with status 0 and says guix 5"), message);
    }

    @Test
    void whatDoesNotAnswerIsEnded() throws Exception {
        Path file = guix("deaf", "/bin/sleep 1000; " + ANSWER);
        Set<ProcessHandle> before = ProcessHandle.current().descendants().collect(Collectors.toSet());
        String message = String.valueOf(assertThrows(NoGuixException.class,
                () -> GuixCommand.find(Map.of("PATH", directory(file)), Duration.ofMillis(300)))
                .getMessage());
        assertTrue(message.endsWith("--version' has not answered within 300 ms"), message);
        assertEquals(List.of(), ProcessHandle.current().descendants()
                .filter(each -> each.isAlive() && !before.contains(each)).toList());
    }
}
