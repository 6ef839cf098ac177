// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.guixp2p.node.identity.IdentityFile;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.StoreDatabaseWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A set-up on loopback that is good, and then broken in one place. */
@Timeout(120)
class DoctorCommandTest {
    @TempDir
    private Path directory;

    private SetUp setUp;

    @BeforeEach
    void setUp() throws IOException {
        setUp = new SetUp(directory);
    }

    @AfterEach
    void close() {
        setUp.close();
    }

    /** There is one complaint of an error about this, with something to do, and the status says so. */
    private void assertError(String subject, String seen) throws IOException {
        assertEquals(2, setUp.examine("--json"), setUp.commands::err);
        assertTrue(setUp.findings().stream().anyMatch(finding -> finding.getString("subject").equals(subject)
                && finding.getString("verdict").equals("error") && finding.getString("seen").contains(seen)
                && !finding.getString("advice").isEmpty()), () -> setUp.complaints().toString());
    }

    /** Without a node, and well otherwise: what a test breaks shows beside that. */
    private List<String> otherErrors() {
        return setUp.complaints().stream()
                .filter(complaint -> complaint.startsWith("error ") && !complaint.startsWith("error node: ")).toList();
    }

    @Test
    void aGoodSetUpHasNoFault() throws Exception {
        try (SetUp other = new SetUp(Files.createDirectory(directory.resolve("other")))) {
            var peer = other.startNode().addresses();
            setUp.settings.put("bootstrap_peers", "guixp2p://" + peer.peer() + "@" + peer.swarm().getFirst());
            setUp.settings.put("store_root", directory.toString());
            storeDatabase().close();
            setUp.startNode();
            setUp.startDaemon();
            assertEquals(0, setUp.examine("--json"), setUp.commands::out);
            assertEquals(List.of(), setUp.complaints());
            assertTrue(setUp.findings().size() > 14, setUp.commands.out());
            assertEquals(0, setUp.examine());
            assertTrue(setUp.commands.out().contains("ok      listen address: "
                    + setUp.settings.get("listen_address") + " is held by the node"), setUp.commands.out());
            assertFalse(setUp.commands.out().contains("\u001b"));
            setUp.commands.at(new Terminal(Optional.empty(), true));
            assertEquals(0, setUp.examine());
            assertTrue(setUp.commands.out().startsWith("\u001b[32mok"), setUp.commands.out());
        }
    }

    private StoreDatabaseWriter storeDatabase() throws IOException, SQLException {
        return new StoreDatabaseWriter(Files.createDirectories(directory.resolve("var/guix/db")).resolve("db.sqlite"));
    }

    private String ofTheStore() throws IOException {
        setUp.examine("--json");
        return setUp.findings().stream().filter(finding -> finding.getString("subject").equals("store database"))
                .map(finding -> finding.getString("verdict") + " " + finding.getString("seen") + " | "
                        + finding.getString("advice"))
                .findFirst().orElseThrow();
    }

    @Test
    void aStoreDatabaseThatCannotBeReadIsAWarningAsLongAsTheStoreIsSeeded() throws Exception {
        setUp.settings.put("store_root", directory.toString());
        Path database = directory.resolve("var/guix/db/db.sqlite");
        assertEquals("warning nothing of the store is offered: there is no store database " + database
                + " | install Guix, or say where its store is (store_root), or set seed_store = off", ofTheStore());
        try (StoreDatabaseWriter daemon = storeDatabase()) {
            daemon.register(StorePath.parse("/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1"),
                    new NarHash(Sha256.hash(new byte[1])), 100, 1);
            assertEquals("ok " + database + " has 1 items | ", ofTheStore());
            Path state = Files.createDirectories(directory.resolve("excluding"));
            setUp.settings.put("state_dir", state.toString());
            Path excluded = Files.writeString(state.resolve("store-excluded"), "nothing of use");
            assertTrue(
                    ofTheStore().startsWith("warning nothing of the store is offered: " + excluded + ", which says"));
            Files.delete(excluded);
        }
        Files.writeString(database, "something else, and longer than the head of a database would be ".repeat(20));
        assertEquals("warning nothing of the store is offered: " + database + " is no SQLite database"
                + " | report this with what 'guix --version' says, or set seed_store = off", ofTheStore());
        setUp.settings.put("seed_store", "off");
        assertEquals("ok is not read: the store is not seeded (share, seed_store) | ", ofTheStore());
    }

    @Test
    void aNodeThatIsDownIsAnError() throws Exception {
        setUp.startDaemon();
        assertError("node", "no node answers the substituter at " + setUp.settings.get("socket_path"));
        assertEquals(List.of(), otherErrors());
    }

    @ParameterizedTest
    @CsvSource({"(acl (entry, is no ACL", "(acl), nothing is trusted", "'',is no ACL"})
    void anAclThatGuixWouldRejectIsAnError(String text, String seen) throws Exception {
        setUp.startDaemon();
        Files.writeString(directory.resolve("acl"), text);
        assertError("ACL", seen);
        assertEquals(1, otherErrors().size(), otherErrors().toString());
    }

    @Test
    void anAclThatIsNotThereIsAnError() throws Exception {
        Files.delete(directory.resolve("acl"));
        assertError("ACL", "no such file");
    }

    @Test
    void aPortThatSomebodyElseHasIsAnError() throws Exception {
        try (ServerSocket somebody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            setUp.settings.put("listen_address", "127.0.0.1:" + somebody.getLocalPort());
            assertError("listen address", "127.0.0.1:" + somebody.getLocalPort() + " cannot be listened at");
        }
    }

    /** The DHT listens by UDP at the same port. */
    @Test
    void aPortOfTheDhtThatSomebodyElseHasIsAnError() throws Exception {
        try (DatagramSocket somebody = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            setUp.settings.put("listen_address", "127.0.0.1:" + somebody.getLocalPort());
            setUp.settings.put("dht", "private");
            assertEquals(2, setUp.examine("--json"));
            assertFalse(setUp.complaints().toString().contains("listen address"), setUp.complaints().toString());
            setUp.settings.put("share", "world");
            assertError("listen address", "by UDP");
        }
    }

    @Test
    void aKeyThatOthersMayReadIsAnError() throws Exception {
        Path key = setUp.config().files().identity();
        IdentityFile.loadOrCreate(key, new SecureRandom());
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        assertError("identity", "others may use the node's key");
    }

    @Test
    void aStateDirectoryThatCannotBeMadeIsAnError() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        setUp.settings.put("state_dir", file.resolve("state").toString());
        assertError("state directory", "cannot be made");
        setUp.settings.put("state_dir", file.toString());
        assertError("state directory", "is not a directory");
    }

    @Test
    void aStateDirectoryThatAnybodyMayWriteToIsAnError() throws Exception {
        Path state = Files.createDirectory(directory.resolve("state"));
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertError("state directory", "anybody can write to it");
    }

    @Test
    void aBootstrapPeerThatIsGoneIsAnError() throws Exception {
        NodeIdentity gone = NodeIdentity.generate(new SecureRandom());
        setUp.settings.put("bootstrap_peers", "guixp2p://" + gone.peerId() + "@127.0.0.1:" + SetUp.freePort());
        assertError("bootstrap peers", "none of them answers");
        assertTrue(setUp.complaints().stream().anyMatch(complaint -> complaint.startsWith("warning bootstrap peers: ")
                && complaint.contains("(TCP connection)")), setUp.complaints().toString());
    }

    /** The node does not dial it, and so it is not dialled here: an address that is kept free for examples (RFC 5737). */
    @Test
    void aBootstrapPeerThatTheNodeDoesNotTalkToIsAWarning() throws Exception {
        NodeIdentity far = NodeIdentity.generate(new SecureRandom());
        setUp.settings.put("bootstrap_peers", "guixp2p://" + far.peerId() + "@192.0.2.9:6881");
        setUp.settings.put("share", "lan");
        setUp.examine("--json");
        assertEquals(1,
                setUp.complaints().stream().filter(complaint -> complaint.contains(" bootstrap peers: ")).count(),
                setUp.complaints().toString());
        assertTrue(setUp.complaints().stream().anyMatch(complaint -> complaint.startsWith("warning bootstrap peers: ")
                && complaint.contains("with share = lan the node does not talk to it")), setUp.complaints().toString());
    }

    @Test
    void aDaemonWithoutTheExtensionIsAnError() throws Exception {
        setUp.startDaemon(Map.of("GUIX_EXTENSIONS_PATH", ""));
        assertError("guix-daemon", "without GUIX_EXTENSIONS_PATH");
    }

    @Test
    void aDaemonWithAnotherExtensionIsAnError() throws Exception {
        setUp.startDaemon(Map.of("GUIX_EXTENSIONS_PATH", "/elsewhere"));
        assertError("guix-daemon", "where the extension is not");
    }

    @Test
    void serversThatDoNotServeAreAnError() throws Exception {
        setUp.settings.put("substitute_urls", "http://127.0.0.1:" + SetUp.freePort());
        assertError("substitute servers", "none of them answers");
    }

    @Test
    void wrongSettingsAreAllThatIsSaid() throws Exception {
        setUp.settings.put("shere", "lan");
        assertEquals(2, setUp.examine());
        assertTrue(
                Pattern.matches("error   configuration: .*my\\.conf:\\d+: shere: no such setting.*\\R {8}to do: .*\\R",
                        setUp.commands.out()),
                setUp.commands::out);
    }
}
