// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.random.RandomGenerator;
import org.guixp2p.harness.tree.TreeMaker;

/** A small tree as packages have: a program, a library or two with a symlink to one, documentation. No compression makes it smaller. */
final class PackageTree {
    private static final List<String> PLACES = List.of("bin", "lib", "share/doc");
    private static final String EXECUTABLE = "rwxr-xr-x";
    private static final int BUFFER_BYTES = 64 * 1024;
    /** The root, {@code share}, and {@link #PLACES}. */
    private static final int DIRECTORIES = 5;

    private PackageTree() {}

    /**
     * Makes the directory {@code tree}.
     *
     * @param bytes contents of all files together, at least one a file
     */
    static TreeMaker.Made make(Path tree, long bytes, int files, RandomGenerator random) throws IOException {
        for (String place : PLACES) {
            Files.createDirectories(tree.resolve(place));
        }
        long left = bytes;
        for (int i = 0; i < files; i++) {
            int after = files - i - 1;
            long size = after == 0 ? left : random.nextLong(1, Math.max(2, 2 * left / (after + 1)));
            size = Math.min(size, left - after);
            Path file = tree.resolve(PLACES.get(i % PLACES.size())).resolve("file-%02d".formatted(i));
            write(file, size, random);
            if (i % PLACES.size() == 0) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(EXECUTABLE));
            }
            left -= size;
        }
        Files.createSymbolicLink(tree.resolve("lib/program"), Path.of("../bin/file-00"));
        return new TreeMaker.Made(bytes, files, DIRECTORIES, 1, List.of());
    }

    private static void write(Path file, long size, RandomGenerator random) throws IOException {
        byte[] buffer = new byte[(int) Math.min(size, BUFFER_BYTES)];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long left = size; left > 0; left -= buffer.length) {
                random.nextBytes(buffer);
                out.write(buffer, 0, (int) Math.min(left, buffer.length));
            }
        }
    }
}
