// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.protocol.store.TreeSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeMakerTest {
    private static final int FILE = 20_000;

    @TempDir
    Path directory;

    private Path source(String name) throws IOException {
        return Files.createDirectories(directory.resolve(name));
    }

    private static Path file(Path in, String name, int size) throws IOException {
        byte[] contents = new byte[size];
        contents[0] = (byte) name.hashCode();
        return Files.write(in.resolve(name), contents);
    }

    private List<String> names(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            return files.map(file -> tree.relativize(file).toString()).sorted().toList();
        }
    }

    @Test
    void aTreeEndsWhenItIsLargeEnough() throws Exception {
        Path source = source("source");
        for (int i = 0; i < 30; i++) {
            file(source, "%02d".formatted(i), FILE);
        }
        TreeMaker.Made made = TreeMaker.make(List.of(source), directory.resolve("tree"), 300_000);
        // 12 files make 240,000 bytes, within 64 KiB of what is wanted.
        assertEquals(new TreeMaker.Made(12 * FILE, 12, 2, 0, List.of(source.toRealPath())), made);
        assertEquals("01-source/11", names(directory.resolve("tree")).getLast());
    }

    @Test
    void aFileThatIsTooLargeIsPassedOver() throws Exception {
        Path source = source("source");
        file(source, "a", 10);
        file(source, "b", 200_000);
        file(source, "c", 30_000);
        TreeMaker.make(List.of(source), directory.resolve("tree"), 100_000);
        assertEquals(List.of("", "01-source", "01-source/a", "01-source/c"), names(directory.resolve("tree")));
    }

    @Test
    void sourcesFollowOneAnotherAndCountOnce() throws Exception {
        Path first = source("first");
        file(first, "a", FILE);
        Path second = source("second");
        file(second, "b", FILE);
        Path alias = Files.createSymbolicLink(directory.resolve("alias"), first);
        Path missing = directory.resolve("missing");
        TreeMaker.Made made = TreeMaker.make(List.of(missing, first, alias, second), directory.resolve("tree"),
                1_000_000);
        assertEquals(List.of(first.toRealPath(), second.toRealPath()), made.sources());
        assertEquals(List.of("", "01-first", "01-first/a", "02-second", "02-second/b"),
                names(directory.resolve("tree")));
    }

    @Test
    void whatNoNarHoldsStaysBehind() throws Exception {
        Path source = source("source");
        file(source, "plain", 10);
        file(source, "größe ☃", 10);
        shell("mkfifo \"$1/fifo\"", source);
        shell("touch \"$1/$(printf 'latin\\366')\"", source);
        shell("ln -s \"$(printf '\\377')\" \"$1/odd-target\"", source);
        Files.createSymbolicLink(source.resolve("dangling"), Path.of("nowhere/at all"));
        TreeMaker.Made made = TreeMaker.make(List.of(source), directory.resolve("tree"), 1_000_000);
        assertEquals(List.of("", "01-source", "01-source/dangling", "01-source/größe ☃", "01-source/plain"),
                names(directory.resolve("tree")));
        assertEquals(1, made.symlinks());
        assertEquals(Path.of("nowhere/at all"),
                Files.readSymbolicLink(directory.resolve("tree/01-source/dangling")));
        TreeSerializer.identify(directory.resolve("tree"));
    }

    private static void shell(String script, Path argument) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("/bin/sh", "-c", script, "sh", argument.toString()).inheritIO().start();
        assertEquals(0, process.waitFor());
    }

    @Test
    void symlinksAreNotFollowed() throws Exception {
        Path source = source("source");
        Files.createSymbolicLink(source.resolve("up"), Path.of(".."));
        TreeMaker.make(List.of(source), directory.resolve("tree"), 1_000_000);
        assertTrue(Files.isSymbolicLink(directory.resolve("tree/01-source/up")));
    }

    @Test
    void copiesAreFilesOfTheirOwn() throws Exception {
        Path source = source("source");
        Path program = file(source, "program", 10);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        file(source, "data", 10);
        TreeMaker.copy(source, directory.resolve("copy"));
        Path copy = directory.resolve("copy/program");
        assertFalse(Files.isSameFile(program, copy));
        assertTrue(Files.isExecutable(copy));
        assertEquals(TreeSerializer.identify(source), TreeSerializer.identify(directory.resolve("copy")));
        assertEquals(1, Files.getAttribute(copy, "unix:nlink", LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void anInterruptedThreadStops() throws Exception {
        Path source = source("source");
        file(source, "a", 10);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class,
                () -> TreeMaker.make(List.of(source), directory.resolve("tree"), 1_000_000));
    }

    @Test
    void theJdkAloneMakesATree() throws Exception {
        TreeMaker.Made made = TreeMaker.make(TreeMaker.usualSources(), directory.resolve("tree"), 2_000_000);
        assertTrue(made.bytes() > 2_000_000 - TreeMaker.SLACK_BYTES && made.bytes() <= 2_000_000, made::toString);
        assertEquals(Path.of(System.getProperty("java.home")).toRealPath(), made.sources().getFirst());
    }
}
