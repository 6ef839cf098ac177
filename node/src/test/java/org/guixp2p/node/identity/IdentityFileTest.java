// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.identity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityFileTest {
    /** RFC 8410, section 10.3, the first example, and RFC 8032's prefix of its public key. */
    private static final String RFC_8410 = """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
            -----END PRIVATE KEY-----
            """;
    private static final String RFC_8410_PUBLIC = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";

    @TempDir
    Path directory;

    private Path file;
    private final SecureRandom random = new SecureRandom();

    @BeforeEach
    void file() {
        file = directory.resolve("state/identity");
    }

    private void write(String content) throws IOException {
        Files.createDirectories(directory.resolve("state"));
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private String refusal() {
        IdentityException refused = assertThrows(IdentityException.class,
                () -> IdentityFile.loadOrCreate(file, random));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains(file.toString()) && message.lines().count() == 1, message);
        return message;
    }

    @Test
    void theFirstStartMakesAKeyAndLaterOnesReadIt() throws Exception {
        NodeIdentity first = IdentityFile.loadOrCreate(file, random);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals("rwx------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("state"))));
        try (var left = Files.list(directory.resolve("state"))) {
            assertEquals(List.of(file), left.toList());
        }
        NodeIdentity second = IdentityFile.loadOrCreate(file, random);
        assertEquals(first.peerId(), second.peerId());
        assertEquals(first.certificate(), second.certificate());
        assertArrayEquals(first.keys().getPrivate().getEncoded(), second.keys().getPrivate().getEncoded());
    }

    @Test
    void aKeyFromElsewhereIsRead() throws Exception {
        write(RFC_8410);
        NodeIdentity identity = IdentityFile.load(file);
        byte[] raw = HexFormat.of().parseHex(RFC_8410_PUBLIC);
        assertArrayEquals(raw, Ed25519Keys.raw(identity.keys().getPublic()));
        assertEquals(PeerId.ofPublicKey(raw), identity.peerId());
        assertEquals(RFC_8410_PUBLIC, HexFormat.of().formatHex(Ed25519Keys.raw(identity.certificate().getPublicKey())));
    }

    @Test
    void theCertificateIsTheNodesOwn() throws Exception {
        NodeIdentity identity = NodeIdentity.generate(random);
        identity.certificate().verify(identity.keys().getPublic());
        identity.certificate().checkValidity();
        assertEquals("CN=" + identity.peerId(), identity.certificate().getSubjectX500Principal().getName());
        assertNotEquals(identity.peerId(), NodeIdentity.generate(random).peerId());
    }

    @Test
    void aPrintedIdentityShowsNoKey() {
        NodeIdentity identity = NodeIdentity.generate(random);
        assertEquals(identity.peerId().toString(), identity.toString());
    }

    @Test
    void onlyEd25519KeysNameNodes() throws GeneralSecurityException {
        for (String algorithm : List.of("X25519", "EC", "Ed448")) {
            var pair = KeyPairGenerator.getInstance(algorithm).generateKeyPair();
            assertThrows(GeneralSecurityException.class, () -> Ed25519Keys.raw(pair.getPublic()), algorithm);
            assertThrows(IllegalArgumentException.class, () -> NodeIdentity.of(pair), algorithm);
            assertThrows(GeneralSecurityException.class, () -> Ed25519Keys.fromPkcs8(pair.getPrivate().getEncoded()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rwx--x---"})
    void aKeyThatOthersMayUseIsRefused(String permissions) throws IOException {
        write(RFC_8410);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        assertTrue(refusal().contains("chmod 600"));
        assertEquals(RFC_8410, Files.readString(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\n====\n-----END PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"})
    void whatIsNoKeyIsRefusedAndKept(String content) throws IOException {
        write(content);
        assertTrue(refusal().contains("not a node's key"));
        assertEquals(content, Files.readString(file));
    }

    @Test
    void aKeyOfAnotherKindIsRefused() throws Exception {
        byte[] other = KeyPairGenerator.getInstance("X25519").generateKeyPair().getPrivate().getEncoded();
        write("-----BEGIN PRIVATE KEY-----\n" + Base64.getEncoder().encodeToString(other)
                + "\n-----END PRIVATE KEY-----\n");
        assertTrue(refusal().contains("Ed25519"));
    }

    @Test
    void aHugeFileIsRefusedUnread() throws IOException {
        write(RFC_8410 + " ".repeat(IdentityFile.MAX_BYTES));
        assertTrue(refusal().contains("longer than"));
    }

    @Test
    void neitherALinkNorADirectoryIsAKey() throws IOException {
        Path elsewhere = directory.resolve("elsewhere");
        Files.writeString(elsewhere, RFC_8410);
        Files.createDirectories(directory.resolve("state"));
        Files.createSymbolicLink(file, elsewhere);
        assertTrue(refusal().contains("regular file"));
        Files.delete(file);
        Files.createSymbolicLink(file, directory.resolve("nowhere"));
        assertTrue(refusal().contains("regular file"));
        assertFalse(Files.exists(directory.resolve("nowhere")));
        Files.delete(file);
        Files.createDirectory(file);
        assertTrue(refusal().contains("regular file"));
    }

    @Test
    void anUnusableDirectoryIsNamed() throws IOException {
        Files.writeString(directory.resolve("state"), "in the way");
        assertTrue(String.valueOf(assertThrows(IdentityException.class, () -> IdentityFile.loadOrCreate(file, random))
                .getMessage()).startsWith("cannot write the node's key: " + directory.resolve("state")));
        IdentityException missing = assertThrows(IdentityException.class,
                () -> IdentityFile.load(directory.resolve("none")));
        assertEquals("cannot read the node's key: " + directory.resolve("none") + ": no such file or directory",
                missing.getMessage());
    }

    @Test
    void startsAtTheSameTimeAgreeOnOneKey() throws Exception {
        Set<PeerId> seen = ConcurrentHashMap.newKeySet();
        try (var pool = Executors.newFixedThreadPool(8)) {
            Callable<Boolean> start = () -> seen.add(IdentityFile.loadOrCreate(file, random).peerId());
            for (Future<Boolean> done : pool.invokeAll(IntStream.range(0, 24).mapToObj(_ -> start).toList())) {
                done.get();
            }
        }
        assertEquals(Set.of(IdentityFile.load(file).peerId()), seen);
    }
}
