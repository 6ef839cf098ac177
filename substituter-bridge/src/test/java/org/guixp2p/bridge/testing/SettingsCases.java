// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How it is started, where it connects and where not, and where its settings come from. */
interface SettingsCases {
    String LIB1 = "i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1";

    @ParameterizedTest
    @ValueSource(strings = {"--query", "--substitute"})
    default void endsWithItsCommands(String mode, RestorerBench bench) {
        assertEquals(0, bench.start(mode).finish());
        bench.node();
        assertEquals(0, bench.start(mode).finish());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--frobnicate", "query", "--query-all", ""})
    default void anUnknownModeIsAnError(String mode, RestorerBench bench) {
        DaemonDriver driver = bench.start(mode);
        assertNotEquals(0, driver.awaitExit());
        assertFalse(driver.log().isBlank());
    }

    @Test
    default void noModeIsAnError(RestorerBench bench) {
        DaemonDriver driver = bench.start();
        assertNotEquals(0, driver.awaitExit());
        assertFalse(driver.log().isBlank());
    }

    /** The ways of a socket that must not be connected to. */
    @ParameterizedTest
    @ValueSource(strings = {"socket-writable-for-all", "directory-writable-for-all", "socket-of-another",
        "directory-of-another", "no-socket", "link-to-a-socket", "no-directory"})
    default void noTrustInASocketThat(String fault, RestorerBench bench) throws IOException {
        ServedItem item = ServedItem.fixture(LIB1);
        bench.serve(item);
        Path socket = bench.node().socket();
        switch (fault) {
            case "socket-writable-for-all" ->
                Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
            case "directory-writable-for-all" ->
                Files.setPosixFilePermissions(bench.runDirectory(), PosixFilePermissions.fromString("rwxrwxrwx"));
            case "socket-of-another" -> giveAway(socket, bench);
            case "directory-of-another" -> giveAway(bench.runDirectory(), bench);
            case "no-socket" -> bench.with("GUIX_P2P_SOCKET",
                    Files.writeString(bench.runDirectory().resolve("file"), "no socket").toString());
            case "link-to-a-socket" -> bench.with("GUIX_P2P_SOCKET",
                    Files.createSymbolicLink(bench.runDirectory().resolve("link"), socket).toString());
            default -> bench.with("GUIX_P2P_SOCKET", bench.directory() + "/absent/node.sock");
        }
        DaemonDriver driver = bench.substitute();
        assertEquals("not-found", bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertEquals(0, bench.node().unawaitedHellos());
        bench.assertStoreHolds();
    }

    /** Root can give a file away; anybody else names a user who it does not belong to. */
    private static void giveAway(Path file, RestorerBench bench) throws IOException {
        if (isRoot()) {
            Files.setOwner(file, file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("65534"));
        } else {
            bench.with("GUIX_P2P_USER", "root");
        }
    }

    @Test
    default void aNodeOfRootIsTrustedWhoeverItsUserIs(RestorerBench bench) {
        ServedItem item = ServedItem.fixture(LIB1);
        bench.serve(item);
        DaemonDriver driver = bench.with("GUIX_P2P_USER", "there-is-no-such-user").substitute();
        boolean root = System.getProperty("user.name").equals("root");
        assertEquals(root ? item.success() : "not-found", bench.substitute(driver, item));
        assertEquals(0, driver.finish());
    }

    @Test
    default void theNodesUserMayBeANumber(RestorerBench bench) throws IOException {
        ServedItem item = ServedItem.fixture(LIB1);
        bench.serve(item);
        if (isRoot()) {
            giveAway(bench.node().socket(), bench);
            giveAway(bench.runDirectory(), bench);
        }
        Object owner = Files.getAttribute(bench.node().socket(), "unix:uid");
        DaemonDriver driver = bench.with("GUIX_P2P_USER", String.valueOf(owner)).substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals(0, driver.finish());
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** The socket's file is root's, but who listens there is not. */
    @Test
    default void aListenerOfAnotherUserIsNotTrusted(RestorerBench bench) throws Exception {
        assumeTrue(isRoot(), "only root can become another user");
        Path socket = bench.runDirectory().resolve("other.sock");
        Files.setAttribute(bench.runDirectory(), "unix:gid", SubstituteCases.NOBODY);
        Files.setAttribute(bench.runDirectory(), "unix:mode", 0770);
        Files.setAttribute(bench.directory(), "unix:mode", 0755);
        Process listener = ForeignListener.start(SubstituteCases.NOBODY, socket, bench.directory());
        try {
            assertEquals("ready", listener.inputReader().readLine());
            Files.setAttribute(socket, "unix:uid", 0);
            DaemonDriver driver = bench.with("GUIX_P2P_SOCKET", socket.toString()).query();
            assertEquals(List.of(), driver.have(List.of(QueryCases.ABSENT)));
            assertEquals(0, driver.finish());
            assertTrue(driver.log().contains(" listens"), driver.log());
        } finally {
            listener.getOutputStream().close();
            listener.waitFor();
        }
    }

    @Test
    default void settingsComeFromTheFile(RestorerBench bench) throws IOException {
        ServedItem item = ServedItem.fixture(LIB1);
        bench.serve(item);
        Path conf = bench.directory().resolve("bridge.conf");
        Files.writeString(conf, """
                # Written by a test.
                socket = %s   # as the node has it
                fallback=none

                user = %s
                  acl = %s
                silence = 20
                patience = 100
                """.formatted(bench.node().socket(), System.getProperty("user.name"),
                bench.directory().resolve("acl")));
        bench.with("GUIX_P2P_BRIDGE_CONF", conf.toString()).without("GUIX_P2P_SOCKET").without("GUIX_P2P_FALLBACK")
                .without("GUIX_P2P_USER").without("GUIX_P2P_ACL");
        DaemonDriver driver = bench.substitute();
        assertEquals(item.success(), bench.substitute(driver, item));
        assertEquals("not-found", driver.substitute(QueryCases.ABSENT, bench.store() + "/absent"));
        assertEquals(0, driver.finish());

        // The environment comes before the file.
        DaemonDriver elsewhere = bench.with("GUIX_P2P_SOCKET", bench.directory() + "/absent.sock").withBuiltin()
                .substitute();
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(elsewhere, item));
        assertEquals(0, elsewhere.finish());
    }

    @ParameterizedTest
    @ValueSource(strings = {"socket", "colour = blue", "fallback = maybe", "fallback =", "silence = 0",
        "silence = soon",
        "silence = 3601", "patience = 0", "patience = 86401", "patience = long", "builtin =", "socket = relative/path",
        "= x", "acl = acl", "user ="})
    default void aFaultInTheFileIsToldWithItsLine(String line, RestorerBench bench) throws IOException {
        Path conf = bench.directory().resolve("bridge.conf");
        Files.writeString(conf, "# first\n" + line + "\n");
        bench.with("GUIX_P2P_BRIDGE_CONF", conf.toString()).without("GUIX_P2P_SOCKET").without("GUIX_P2P_FALLBACK")
                .without("GUIX_P2P_USER").without("GUIX_P2P_ACL");
        DaemonDriver driver = bench.query();
        assertEquals(1, driver.awaitExit());
        assertTrue(driver.log().contains(conf + ":2: "), driver.log());
    }

    /** What the environment says instead does not make it right: the next process may not have it. */
    @Test
    default void aFaultInTheFileIsToldEvenWhereItDoesNotCount(RestorerBench bench) throws IOException {
        Path conf = bench.directory().resolve("bridge.conf");
        Files.writeString(conf, "fallback = maybe\nfallback = none\n");
        DaemonDriver driver = bench.with("GUIX_P2P_BRIDGE_CONF", conf.toString()).query();
        assertEquals(1, driver.awaitExit());
        assertTrue(driver.log().contains(conf + ":1: "), driver.log());
    }

    @ParameterizedTest
    @ValueSource(strings = {"directory", "no-text", "long"})
    default void aFileThatCannotBeReadIsToldInOneLine(String fault, RestorerBench bench) throws IOException {
        Path conf = bench.directory().resolve("bridge.conf");
        switch (fault) {
            case "directory" -> Files.createDirectory(conf);
            case "no-text" -> Files.write(conf, new byte[]{'#', (byte) 0xff, '\n'});
            default -> Files.writeString(conf, "#".repeat(70_000) + "\n");
        }
        DaemonDriver driver = bench.with("GUIX_P2P_BRIDGE_CONF", conf.toString()).query();
        assertEquals(1, driver.awaitExit());
        assertTrue(driver.log().startsWith("guix-p2p: " + conf + ": "), driver.log());
        assertEquals(1, driver.log().lines().count(), driver.log());
    }

    @Test
    default void aFileThatAnybodyCanWriteIsPassedOver(RestorerBench bench) throws IOException {
        Path conf = bench.directory().resolve("bridge.conf");
        Files.writeString(conf, "fallback = none\nacl = " + Fixtures.copy("keys/rsa.pub", bench.directory()) + "\n");
        Files.setPosixFilePermissions(conf, PosixFilePermissions.fromString("rw-rw-rw-"));
        ServedItem item = ServedItem.fixture(LIB1);
        bench.with("GUIX_P2P_BRIDGE_CONF", conf.toString()).without("GUIX_P2P_FALLBACK");
        DaemonDriver driver = bench.substitute();
        assertEquals(BuiltinStandIn.SUCCESS, bench.substitute(driver, item));
        assertEquals(0, driver.finish());
        assertTrue(driver.log().contains(conf.toString()), driver.log());
    }
}
