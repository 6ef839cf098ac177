// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.builtin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.guixp2p.harness.server.NarinfoServer;
import org.guixp2p.harness.tree.RandomTree;
import org.guixp2p.harness.world.Fetch;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.NarSource;
import org.guixp2p.protocol.narinfo.NarUrl;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.substituter.NixOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PlainSubstituterTest {
    private static final long SIZE = 20_000;
    private static final StorePath NOWHERE = new StorePath("1".repeat(StorePath.HASH_LENGTH) + "-nowhere");

    @TempDir
    private Path directory;

    private final SigningKey key = SigningKey.generate(new SecureRandom());
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private TreeItem one;
    private TreeItem other;
    private NarinfoServer server;

    @BeforeEach
    void start() throws Exception {
        for (String name : List.of("store", "narinfos", "nars", "cache", "restored")) {
            Files.createDirectory(directory.resolve(name));
        }
        one = make("one", 1);
        other = make("other", 2);
        sign(key, one, List.of(one.path(), other.path()));
        sign(key, other, List.of());
        server = NarinfoServer.start(directory.resolve("narinfos"), Optional.of(directory.resolve("nars")),
                InetAddress.getLoopbackAddress(), requests::add);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private TreeItem make(String name, long seed) throws Exception {
        Path unnamed = directory.resolve("store/unnamed");
        TreeItem item = TreeItem.named(unnamed, directory.resolve("store"), name, RandomTree.make(unnamed, SIZE, seed),
                "random bytes");
        item.writeNar(nar(item));
        return item;
    }

    private Path nar(TreeItem item) {
        return directory.resolve("nars").resolve(item.path().baseName());
    }

    private void sign(SigningKey with, TreeItem item, List<StorePath> references) throws IOException {
        NarSource source = new NarSource(new NarUrl("nar/none/" + item.path().baseName()), "none", Optional.empty());
        Files.write(directory.resolve("narinfos").resolve(item.path().hashPart() + ".narinfo"),
                new NarinfoSigner(with, "test").sign(new NarinfoDraft(item.path(), item.nar().hash(),
                        item.nar().size(), references, Optional.empty()), List.of(source)).raw());
    }

    private PlainSubstituter substituter() throws IOException {
        NixOptions options = NixOptions.parse("substitute-urls=http://" + server.address()
                + "\nprint-extended-build-trace=1\ndeduplicate=yes\n");
        return new PlainSubstituter(options, Acl.of(List.of(key.publicKey())), directory.resolve("cache"),
                new PrintStream(log, true, UTF_8));
    }

    private String query(String commands) throws IOException {
        ByteArrayOutputStream replies = new ByteArrayOutputStream();
        try (PlainSubstituter substituter = substituter()) {
            substituter.query(new ByteArrayInputStream(commands.getBytes(UTF_8)), replies);
        }
        return replies.toString(UTF_8);
    }

    private String substitute(TreeItem item) throws IOException {
        ByteArrayOutputStream replies = new ByteArrayOutputStream();
        String command = "substitute " + item.path() + " " + restored(item) + "\n";
        try (PlainSubstituter substituter = substituter()) {
            substituter.substitute(new ByteArrayInputStream(command.getBytes(UTF_8)), replies);
        }
        return replies.toString(UTF_8);
    }

    private Path restored(TreeItem item) {
        return directory.resolve("restored").resolve(item.path().baseName());
    }

    private String info(TreeItem item, StorePath... references) {
        StringBuilder text = new StringBuilder(item.path() + "\n\n" + references.length + "\n");
        for (StorePath reference : references) {
            text.append(reference).append('\n');
        }
        return text.append("0\n").append(item.nar().size().bytes()).append('\n').toString();
    }

    @Test
    void whatIsKnownIsNotAskedForAgain() throws Exception {
        String all = "info " + one.path() + " " + NOWHERE + " " + other.path() + " \n";
        assertEquals(info(one, one.path(), other.path()) + info(other) + "\n", query(all));
        assertEquals(3, requests.size());
        assertEquals(info(other) + "\n" + one.path() + "\n\n",
                query("info " + other.path() + " \nhave " + one.path() + " \n"));
        assertEquals(3, requests.size());
    }

    @Test
    void aNarinfoOfAnotherKeyDoesNotCount() throws Exception {
        server.close();
        sign(SigningKey.generate(new SecureRandom()), one, List.of());
        server = NarinfoServer.start(directory.resolve("narinfos"), Optional.of(directory.resolve("nars")),
                InetAddress.getLoopbackAddress(), requests::add);
        assertEquals("\n", query("info " + one.path() + " \n"));
        assertThrows(IOException.class, () -> substitute(one));
    }

    @Test
    void anItemIsRestoredAndShared() throws Exception {
        assertEquals("success " + one.nar().hash() + " " + one.nar().size() + "\n", substitute(one));
        List<String> failures = new ArrayList<>();
        assertEquals(1, Fetch.checkRestored(one, restored(one), failures));
        assertEquals(List.of(), failures);
        String text = log.toString(UTF_8);
        assertTrue(text.startsWith("@ download-started ") && text.contains("@ download-succeeded "), text);
    }

    @Test
    void anotherNarLeavesNothing() throws Exception {
        byte[] bytes = Files.readAllBytes(nar(one));
        bytes[bytes.length / 2] ^= 1;
        Files.write(nar(one), bytes);
        String reply = substitute(one);
        assertTrue(reply.startsWith("hash-mismatch sha256 " + one.nar().hash().base32() + " "), reply);
        assertFalse(Files.exists(restored(one)));
    }

    @Test
    void aNarThatIsCutShortLeavesNothing() throws Exception {
        byte[] bytes = Files.readAllBytes(nar(one));
        Files.write(nar(one), Arrays.copyOf(bytes, bytes.length / 2));
        assertThrows(IOException.class, () -> substitute(one));
        assertFalse(Files.exists(restored(one)));
    }

    @Test
    void whatTheServerDoesNotHaveIsNotFound() throws Exception {
        server.close();
        Files.delete(nar(one));
        server = NarinfoServer.start(directory.resolve("narinfos"), Optional.of(directory.resolve("nars")),
                InetAddress.getLoopbackAddress(), requests::add);
        assertEquals("not-found\n", substitute(one));
        assertFalse(Files.exists(restored(one)));
    }
}
