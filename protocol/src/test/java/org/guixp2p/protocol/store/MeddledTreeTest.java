// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.nar.NarWriter;
import org.guixp2p.protocol.testing.TreeNode.Directory;
import org.guixp2p.protocol.testing.TreeNode.RegularFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trees of somebody who wants their reader to wait, to count wrong, to read elsewhere or to print what he likes. */
class MeddledTreeTest {
    @TempDir
    Path directory;

    private Path tree() {
        Path tree = directory.resolve("tree");
        Directory.of(Map.of("a", new RegularFile("first"), "d", Directory.of(Map.of("f", new RegularFile("public")))))
                .create(tree);
        return tree;
    }

    private static Object moveAndLink(Path path, Path target) throws IOException {
        Files.move(path, path.resolveSibling("moved"));
        return Files.createSymbolicLink(path, target);
    }

    @Test
    void aFileThatBecomesAPipeKeepsNobodyWaiting() throws Exception {
        Path tree = tree();
        Path file = tree.resolve("a");
        Meddler meddler = new Meddler(new NarWriter(new ByteArrayOutputStream()), () -> {
            Files.deleteIfExists(file);
            return new ProcessBuilder("mkfifo", file.toString()).start().onExit().join();
        });
        assertTimeoutPreemptively(Duration.ofSeconds(20),
                () -> assertThrows(TreeChangedException.class, () -> TreeSerializer.tell(tree, meddler)));
    }

    @Test
    void aDirectoryThatBecomesASymlinkIsNotFollowed() throws Exception {
        Path tree = tree();
        Path outside = directory.resolve("outside");
        Directory.of(Map.of("f", new RegularFile("secret"))).create(outside);
        ByteArrayOutputStream nar = new ByteArrayOutputStream();
        // The file "a" comes before the directory.
        Meddler meddler = new Meddler(new NarWriter(nar), () -> moveAndLink(tree.resolve("d"), outside));
        TreeSerializer.tell(tree, meddler);
        assertFalse(nar.toString(StandardCharsets.ISO_8859_1).contains("secret"));
    }

    @Test
    void aDirectoryThatBecomesASymlinkWhileItIsReadIsNotFollowed() throws Exception {
        Path tree = directory.resolve("tree");
        Directory.of(Map.of("d", Directory.of(Map.of("e", new RegularFile("x"), "f", new RegularFile("public")))))
                .create(tree);
        Path outside = directory.resolve("outside");
        Directory.of(Map.of("e", new RegularFile("x"), "f", new RegularFile("secret"))).create(outside);
        ByteArrayOutputStream nar = new ByteArrayOutputStream();
        boolean[] done = new boolean[1];
        Meddler meddler = new Meddler(new NarWriter(nar), () -> {
            boolean first = !done[0];
            done[0] = true;
            return first ? moveAndLink(tree.resolve("d"), outside) : "";
        });
        TreeSerializer.tell(tree, meddler);
        assertTrue(nar.toString(StandardCharsets.ISO_8859_1).contains("public"));
        assertFalse(nar.toString(StandardCharsets.ISO_8859_1).contains("secret"));
    }

    /** Sparse files: they take no room. */
    @ParameterizedTest
    @CsvSource({"1099511627777,0", "1099511627776,1", "549755813888,549755813889"})
    void whatIsLargerThanAnyNarIsRefusedBeforeItIsRead(long first, long second) throws Exception {
        for (Map.Entry<String, Long> file : Map.of("a", first, "b", second).entrySet()) {
            try (RandomAccessFile sparse = new RandomAccessFile(directory.resolve(file.getKey()).toFile(), "rw")) {
                sparse.setLength(file.getValue());
            }
        }
        UnsupportedTreeException refused = assertThrows(UnsupportedTreeException.class, () -> NarIndex.of(directory));
        assertTrue(String.valueOf(refused.getMessage()).contains("more than"), refused.getMessage());
        if (first > NarSize.MAX_BYTES) {
            assertThrows(UnsupportedTreeException.class, () -> TreeSerializer.identify(directory));
        }
    }

    @Test
    void messagesAreOneHarmlessLine() throws Exception {
        Path odd = Files.createDirectory(directory.resolve("a\nb\u001b[31m\u202e\u2028"));
        Path pipe = odd.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        for (Path tree : List.of(odd, pipe)) {
            UnsupportedTreeException refused = assertThrows(UnsupportedTreeException.class, () -> NarIndex.of(tree));
            String message = String.valueOf(refused.getMessage());
            assertTrue(message.endsWith("/a\\x0ab\\x1b[31m\\u{202e}\\u{2028}/pipe"), message);
        }
    }
}
