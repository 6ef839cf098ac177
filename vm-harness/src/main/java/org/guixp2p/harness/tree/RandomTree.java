// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.tree;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** A tree of files that no compression makes smaller: the same seed gives the same tree. */
public final class RandomTree {
    /** As large as files get; a store item has many. */
    private static final long FILE_BYTES = 16L << 20;
    private static final int PER_DIRECTORY = 100;
    private static final int BUFFER_BYTES = 64 * 1024;

    private RandomTree() {}

    /**
     * Makes the directory {@code tree}.
     *
     * @param size bytes of contents, at least 1
     * @throws InterruptedException when this thread is told to stop; what was made stays
     */
    public static TreeMaker.Made make(Path tree, long size, long seed) throws IOException, InterruptedException {
        Files.createDirectory(tree);
        SplittableRandom random = new SplittableRandom(seed);
        int files = 0;
        for (long left = size; left > 0; left -= FILE_BYTES) {
            write(tree.resolve("%05d".formatted(files)), Math.min(left, FILE_BYTES), random);
            files++;
            if (Thread.interrupted()) {
                throw new InterruptedException("making " + tree);
            }
        }
        return new TreeMaker.Made(size, files, 1, 0, List.of());
    }

    /**
     * Makes the directory {@code tree} with so many files, all of about the same size, a hundred in each directory below it.
     *
     * @param size bytes of contents of all files together
     * @throws InterruptedException when this thread is told to stop; what was made stays
     */
    public static TreeMaker.Made make(Path tree, long size, int files, long seed)
            throws IOException, InterruptedException {
        Files.createDirectory(tree);
        SplittableRandom random = new SplittableRandom(seed);
        Path directory = tree;
        long left = size;
        for (int i = 0; i < files; i++) {
            if (i % PER_DIRECTORY == 0) {
                directory = Files.createDirectory(tree.resolve("%05d".formatted(i / PER_DIRECTORY)));
            }
            long bytes = left / (files - i);
            write(directory.resolve("%02d".formatted(i % PER_DIRECTORY)), bytes, random);
            left -= bytes;
            if (Thread.interrupted()) {
                throw new InterruptedException("making " + tree);
            }
        }
        return new TreeMaker.Made(size, files, 1 + Math.ceilDiv(files, PER_DIRECTORY), 0, List.of());
    }

    private static void write(Path file, long size, SplittableRandom random) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long left = size; left > 0; left -= buffer.length) {
                random.nextBytes(buffer);
                out.write(buffer, 0, (int) Math.min(left, buffer.length));
            }
        }
    }
}
