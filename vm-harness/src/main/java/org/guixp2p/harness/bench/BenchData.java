// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.guixp2p.harness.tree.RandomTree;
import org.guixp2p.harness.tree.TreeMaker;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.store.TreeSerializer;

/** Makes what is sent. */
final class BenchData {
    private static final String NAME = "guix-p2p-bench-tree";
    private static final int ZSTD_LEVEL = 3;
    private static final int BUFFER_BYTES = 1 << 20;

    private BenchData() {}

    /** Where package data is taken from, in this order, each as much of what is missing as those that follow it. */
    static List<Path> packageSources() {
        return List.of(Path.of("/usr/share/doc"), Path.of(System.getProperty("java.home")), Path.of("/usr/lib"));
    }

    /**
     * An item right in {@code store}.
     *
     * @param seed of random data
     */
    static TreeItem make(Data data, long size, long seed, Path store) throws IOException, InterruptedException {
        Path unnamed = store.resolve(".unnamed");
        return switch (data) {
            case RANDOM -> TreeItem.named(unnamed, store, NAME, RandomTree.make(unnamed, size, seed),
                    "random bytes, seed " + seed);
            case PACKAGE -> {
                TreeMaker.Made made = packageTree(unnamed, size);
                yield TreeItem.named(unnamed, store, NAME, made,
                        made.sources().stream().map(Path::toString).collect(Collectors.joining(", ")));
            }
        };
    }

    private static TreeMaker.Made packageTree(Path tree, long size) throws IOException, InterruptedException {
        Files.createDirectory(tree);
        List<Path> sources = packageSources();
        List<Path> used = new ArrayList<>();
        TreeMaker.Made all = new TreeMaker.Made(0, 0, 1, 0, List.of());
        for (int i = 0; i < sources.size(); i++) {
            long share = (size - all.bytes()) / (sources.size() - i);
            TreeMaker.Made part = TreeMaker.make(List.of(sources.get(i)), tree.resolve(Integer.toString(i)), share);
            used.addAll(part.sources());
            all = new TreeMaker.Made(all.bytes() + part.bytes(), all.files() + part.files(),
                    all.directories() + part.directories(), all.symlinks() + part.symlinks(), used);
        }
        if (all.files() == 0) {
            throw new IOException("there is nothing to make a tree from in " + sources);
        }
        return all;
    }

    /** How many bytes {@code zstd -3} makes of the whole NAR. */
    static long zstdBytes(TreeItem item) throws IOException {
        Counting counting = new Counting();
        try (OutputStream zstd = new BufferedOutputStream(new ZstdOutputStreamNoFinalizer(counting, ZSTD_LEVEL),
                BUFFER_BYTES)) {
            TreeSerializer.write(item.original(), zstd);
        }
        return counting.bytes;
    }

    private static final class Counting extends OutputStream {
        private long bytes;

        @Override
        public void write(int b) {
            bytes++;
        }

        @Override
        public void write(byte[] b, int offset, int length) {
            bytes += length;
        }
    }
}
