// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** In processes of their own: from whom algorithms are taken is a matter of the whole process. */
@Timeout(60)
class NativeCryptoTest {
    private static final String CORRETTO = "AmazonCorrettoCryptoProvider";

    /** Says who hashes and encrypts, and what comes out. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) throws GeneralSecurityException {
            NativeCrypto.install();
            System.out.println(NativeCrypto.install().map(NativeCrypto::remedy).orElse("as it should be"));
            System.out.println(NativeCrypto.describe());
            System.out.println(Sha256.hash("abc".getBytes(StandardCharsets.US_ASCII)).hex());
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(new byte[16], "AES"),
                    new GCMParameterSpec(128, new byte[12]));
            System.out.println(HexFormat.of().formatHex(cipher.doFinal(new byte[16])));
        }
    }

    /** FIPS 180-4's example, and test case 2 of the specification of GCM. */
    private static List<String> output(String hashing, String encrypting) {
        return List.of("SHA-256 by " + hashing + ", AES-GCM by " + encrypting,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf");
    }

    @Test
    @EnabledIfSystemProperty(named = "os.arch", matches = "amd64|aarch64")
    void nativeCodeHashesAndEncrypts() throws Exception {
        List<String> lines = run();
        assertEquals("as it should be", lines.getFirst());
        assertEquals(output(CORRETTO, CORRETTO), lines.subList(1, lines.size()));
    }

    @Test
    @EnabledIfSystemProperty(named = "os.arch", matches = "amd64|aarch64")
    void withoutItsLibraryTheJdkDoes() throws Exception {
        List<String> lines = run("-Djava.io.tmpdir=/dev/null");
        assertTrue(lines.getFirst().contains("unpacked into /dev/null, where programs must be allowed to run"),
                lines::toString);
        assertEquals(output("SUN", "SunJCE"), lines.subList(1, lines.size()));
    }

    @Test
    void whereThereIsNoLibraryNothingIsAmiss() throws Exception {
        List<String> lines = run("-Djava.io.tmpdir=/dev/null", "-Dos.arch=riscv64");
        assertEquals("as it should be", lines.getFirst());
        assertEquals(output("SUN", "SunJCE"), lines.subList(1, lines.size()));
    }

    private static List<String> run(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                Program.class.getName()));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try {
            List<String> lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
            process.waitFor(1, TimeUnit.SECONDS);
            return lines;
        } finally {
            process.destroyForcibly();
        }
    }
}
