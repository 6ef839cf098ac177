// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file with the token, and files that are none. */
class ApiTokenTest {
    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve(ApiToken.NAME);
    }

    private String token() throws StartException {
        return ApiToken.loadOrCreate(directory, new SecureRandom());
    }

    private void refused(String why) {
        StartException refusal = assertThrows(StartException.class, this::token);
        String said = String.valueOf(refusal.getMessage());
        assertTrue(said.contains(why) && said.contains(file().toString()) && said.lines().count() == 1, said);
    }

    @Test
    void itIsMadeOnceForItsUserAlone() throws Exception {
        String token = token();
        assertEquals(32, Base64.getUrlDecoder().decode(token).length);
        assertEquals(token + "\n", Files.readString(file()));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
        assertEquals(token, token());
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(file()), files.toList());
        }
        Files.delete(file());
        assertNotEquals(token, token());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw-r--r--", "rw--w----", "rw------x", "rwx------"})
    void whatOthersMayReadIsRefused(String permissions) throws Exception {
        String before = token();
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString(permissions));
        refused("others may know it");
        assertEquals(before + "\n", Files.readString(file()));
    }

    @Test
    void aLinkIsRefused() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        ApiToken.loadOrCreate(elsewhere, new SecureRandom());
        Files.createSymbolicLink(file(), elsewhere.resolve(ApiToken.NAME));
        refused("no regular file");
        Files.delete(file());
        Files.createSymbolicLink(file(), directory.resolve("nowhere"));
        refused("no regular file");
        Files.delete(file());
        Files.createDirectory(file());
        refused("no regular file");
    }

    private void write(String content) throws IOException {
        Files.writeString(file(), content);
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void whatIsEasyToGuessOrNoTokenIsRefused() throws Exception {
        for (String content : List.of("", "\n", "x".repeat(42), "x".repeat(43) + " y", "x".repeat(300),
                "ü".repeat(43), "x".repeat(43) + "\n" + "y".repeat(43))) {
            write(content);
            refused("43 or more");
        }
        write("x".repeat(43));
        assertEquals("x".repeat(43), token());
    }

    @Test
    void aDirectoryThatIsNotThereIsSaid() {
        assertThrows(StartException.class,
                () -> ApiToken.loadOrCreate(directory.resolve("none"), new SecureRandom()));
    }
}
