// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.micro;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.store.NarIndex;
import org.guixp2p.protocol.store.TreeDeleter;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Blocks of a NAR that is not there, out of a tree of files of 16 KiB that the kernel has in its cache. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class NarIndexBenchmark {
    private static final int FILE_BYTES = 16 * 1024;
    private static final int PER_DIRECTORY = 100;

    /** How many files the tree has. */
    @Param({"100", "10000"})
    public int files;

    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[] block = new byte[BlockLayout.BLOCK_BYTES];
    private @Nullable Path tree;
    private @Nullable NarIndex index;

    /** Makes the tree. */
    @Setup(Level.Trial)
    public void make() throws IOException {
        Path made = Files.createTempDirectory("guix-p2p-bench-");
        tree = made;
        byte[] contents = new byte[FILE_BYTES];
        for (int i = 0; i < files; i++) {
            Path directory = Files.createDirectories(made.resolve(Integer.toString(i / PER_DIRECTORY)));
            random.nextBytes(contents);
            Files.write(directory.resolve(Integer.toString(i)), contents);
        }
        index = NarIndex.of(made);
    }

    /** Deletes it. */
    @TearDown(Level.Trial)
    public void delete() throws IOException {
        opened().close();
        TreeDeleter.delete(made());
    }

    private NarIndex opened() {
        NarIndex there = index;
        if (there == null) {
            throw new IllegalStateException("not set up");
        }
        return there;
    }

    private Path made() {
        Path there = tree;
        if (there == null) {
            throw new IllegalStateException("not set up");
        }
        return there;
    }

    @Benchmark
    public long makeIndex() throws IOException {
        try (NarIndex fresh = NarIndex.of(made())) {
            return fresh.narSize().bytes();
        }
    }

    @Benchmark
    public int readBlock() throws IOException {
        NarIndex there = opened();
        long position = random.nextLong(there.narSize().bytes() - block.length);
        return there.read(position, block, 0, block.length);
    }
}
