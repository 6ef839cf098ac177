// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.extension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.guixp2p.bridge.testing.ScriptedNode;
import org.guixp2p.bridge.testing.ServedItem;
import org.guixp2p.bridge.testing.TreeListing;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.Trees;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real {@code guix-daemon} that substitutes by the extension, on a store of its own: {@code src/test/guile/real-daemon.sh}
 * gives it one in a mount namespace.
 */
@EnabledIf(value = "isPossible", disabledReason = "there is no guix-daemon, no /gnu to mount a store at, or no right to")
class RealDaemonTest {
    private static final String HELLO = "y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1";
    private static final String MIXED_TREE = "f9pj1jf0dx7j5j98d2pfl4s10a7hcfsi-mixed-tree-1.0";

    @TempDir
    private Path directory = Path.of("");

    /** {@link #HELLO} and what it refers to, in the order of names. */
    private static final List<String> CLOSURE = List.of("0d11kd1ihcqv35ajz4xx2cfwalqvfb5d-lib2-1.2", MIXED_TREE,
            "fb9rh6v6abjjksks9c4lkdj704dipl2f-lib3-1.3", "i4sfiz40zy8ca2vc5bzq4khivlyh1r7q-lib1-1.1",
            "jrf89a44rjp6iv2405f3j5bcdpfq0g1a-lib6-1.6", "nmzvn2chwyrf6b1wykryv4bbycq836gh-lib4-1.4", HELLO,
            "zr28kp8qv9bhswxwpljqk3g8yxzj411h-lib5-1.5");

    private final ServedItem shell = ServedItem.fixture("c3m05d5dai3qccdw77pb9kgl1dcimy10-sh");

    private @Nullable ScriptedNode node;

    static boolean isPossible() {
        return Guile.daemon().isPresent() && ExtensionTest.isRoot() && Files.isDirectory(Path.of("/gnu"))
                && Guile.inPath("unshare").isPresent();
    }

    private ScriptedNode node() {
        if (node == null) {
            try {
                node = ScriptedNode.listen(Files.createDirectory(directory.resolve("run")));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return node;
    }

    @AfterEach
    void cleanUp() {
        node().close();
        Trees.makeDeletable(directory);
    }

    @Test
    void substitutesAClosure() throws IOException {
        node().serve(ServedItem.fixtures());
        String output = realise(HELLO);
        assertRestored(output);
        for (String name : CLOSURE) {
            assertTrue(output.contains("downloading from guixp2p://scripted/" + name), output);
        }
        assertTrue(Files.isDirectory(store().resolve(".links")));
    }

    /** After a failure the daemon goes on with the same process: it gets its next request, and answers. */
    @Test
    void oneItemThatCannotBeGotDoesNotSpoilTheOthers() throws IOException {
        ServedItem tree = ServedItem.fixture(MIXED_TREE);
        byte[] spoilt = tree.nar();
        spoilt[spoilt.length / 2] ^= 1;
        node().serve(tree.withNar(spoilt)).serve(shell);
        String output = realise("--keep-going", MIXED_TREE, shell.baseName());
        assertFalse(output.contains("valid /gnu/store/" + MIXED_TREE), output);
        assertTrue(output.contains("guix-p2p: nar of /gnu/store/" + MIXED_TREE + " has hash sha256:"), output);
        assertFalse(Files.exists(store().resolve(MIXED_TREE)));
        assertTrue(output.contains("valid " + shell.path() + "\n"), output);
    }

    /** Guix's own substituter, in the same process, finds all that it needs there. */
    @Test
    void withoutANodeGuixGetsAllItself() throws IOException {
        try (FixtureServer server = new FixtureServer()) {
            String output = realise(Map.of("GUIX_P2P_SOCKET", directory.resolve("nowhere").toString(),
                    "GUIX_P2P_FALLBACK", "builtin", "SUBSTITUTE_URLS", server.url()), HELLO);
            assertRestored(output);
            assertTrue(output.contains("guix-p2p: no node: "), output);
            for (String name : CLOSURE) {
                assertTrue(output.contains("downloading from " + server.url() + "/nar/zstd/" + name), output);
            }
        }
    }

    /** What the node has sent of the item on which it dies is forgotten, and what came before stays. */
    @Test
    void whatANodeThatDiesOwesGuixGetsItself() throws IOException {
        node().serve(ServedItem.fixtures()).onSubstitute(exchange -> exchange.serve(exchange.item()))
                .onSubstitute(exchange -> {
                    byte[] nar = exchange.item().nar();
                    exchange.narinfo(exchange.item());
                    exchange.nar(nar, 0, nar.length / 2);
                    node().close();
                });
        try (FixtureServer server = new FixtureServer()) {
            String output = realise(Map.of("GUIX_P2P_FALLBACK", "builtin", "SUBSTITUTE_URLS", server.url()), HELLO);
            assertRestored(output);
            assertEquals(1, downloads(output, "guixp2p://scripted/"), output);
            assertEquals(CLOSURE.size() - 1, downloads(output, server.url() + "/nar/zstd/"), output);
        }
    }

    private static long downloads(String output, String from) {
        return CLOSURE.stream().filter(name -> output.contains("downloading from " + from + name)).count();
    }

    /** All of {@link #CLOSURE} is valid, and what it was. */
    private void assertRestored(String output) throws IOException {
        assertEquals(CLOSURE.stream().map(name -> "valid /gnu/store/" + name).toList(),
                output.lines().filter(line -> line.matches("(valid|spoilt) .*")).sorted().toList(), output);
        Path original = Files.createDirectory(directory.resolve("original"));
        Fixtures.unpackStore(original);
        for (String name : CLOSURE) {
            assertEquals(TreeListing.of(original.resolve(name)), TreeListing.of(store().resolve(name)));
        }
    }

    private Path store() {
        return directory.resolve("daemon/store");
    }

    /** Has a daemon substitute items, and returns what its client prints. */
    private String realise(String... names) throws IOException {
        return realise(Map.of(), names);
    }

    /** @param more of its environment, before what it has otherwise */
    private String realise(Map<String, String> more, String... names) throws IOException {
        List<String> words = new ArrayList<>(List.of(Guile.script("real-daemon.sh").toString(),
                directory.resolve("daemon").toString(), Guile.daemon().orElseThrow().toString()));
        words.addAll(Guile.interpreter());
        words.add(Guile.script("realise.scm").toString());
        Stream.of(names).map(name -> name.startsWith("--") ? name : "/gnu/store/" + name).forEach(words::add);
        Path configuration = Files.createDirectories(directory.resolve("etc"));
        if (!Files.exists(configuration.resolve("acl"))) {
            Fixtures.copy("keys/acl", configuration);
        }
        Map<String, String> environment = new Guile(Guile.SOURCE).environment();
        environment.putAll(Map.of("GUIX_CONFIGURATION_DIRECTORY", configuration.toString(), "GUIX_P2P_SOCKET",
                node().socket().toString(), "GUIX_P2P_FALLBACK", "none", "GUIX_P2P_BRIDGE_CONF", "/nowhere"));
        environment.putAll(more);
        return Guile.run(words, environment);
    }
}
