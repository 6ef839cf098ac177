// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramsTest {
    @TempDir
    private Path directory = Path.of("");

    /** A fault in the settings that 'guix-p2p setup' wrote here, which would end the substituter, is none of the demo's. */
    @Test
    void theSubstituterDoesNotReadThisMachinesSettings() throws IOException, InterruptedException {
        Programs programs = Programs.ofThisProcess();
        Path conf = Path.of(programs.environment().getOrDefault("GUIX_P2P_BRIDGE_CONF", "/etc/guix-p2p/bridge.conf"));
        assertFalse(Files.exists(conf), conf.toString());
        Path wrong = Files.writeString(directory.resolve("bridge.conf"), "colour = blue\n");
        Files.setPosixFilePermissions(wrong, PosixFilePermissions.fromString("rw-------"));
        assertEquals(1, query(programs, wrong), "such a fault");
        assertEquals(0, query(programs, conf));
    }

    private static int query(Programs programs, Path conf) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", "exec \"$@\" 4>&1 </dev/null", "sh");
        builder.command().addAll(programs.substituter("--query"));
        builder.environment().clear();
        builder.environment().putAll(programs.environment());
        builder.environment().put("GUIX_P2P_BRIDGE_CONF", conf.toString());
        Process process = builder.redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return process.waitFor();
    }
}
