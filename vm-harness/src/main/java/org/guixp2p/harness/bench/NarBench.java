// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.tree.RandomTree;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.store.NarIndex;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.BlockLayout;

/** Reads the NAR of a tree block by block through its index, as it is given to peers, in turn with {@code tar}. */
final class NarBench {
    private static final long SPARE_ROOM = 64L << 20;
    private static final long BYTES_PER_FILE = 4096;
    /** To {@code /dev/null} itself, GNU tar reads no file. What it has to say goes to this process. */
    private static final String TAR = "tar -C \"$1\" -cf - . 2>&3 | cat > /dev/null";
    private static final double NANOS = 1e9;
    private static final double KEPT_DIGITS = 1e4;

    private final Plan plan;
    private final Consumer<String> steps;
    private final List<String> failures = new ArrayList<>();
    private final List<Double> narRuns = new ArrayList<>();
    private final List<Double> tarRuns = new ArrayList<>();
    private final byte[] block = new byte[BlockLayout.BLOCK_BYTES];
    private long narBytes;
    private double indexSeconds;

    /**
     * What is to be measured.
     *
     * @param size of the contents of all files
     * @param seed what files hold
     * @param parent where the work directory is made
     */
    record Plan(ByteCount size, int files, int rounds, long seed, Path parent) {}

    private interface Blocks {
        void take(byte[] bytes, int length);
    }

    NarBench(Plan plan, Consumer<String> steps) {
        this.plan = plan;
        this.steps = steps;
    }

    /** Measures; throws as {@link TransferBench#run} does. */
    NarReport run() throws InterruptedException {
        long room = plan.size().bytes() + plan.files() * BYTES_PER_FILE + SPARE_ROOM;
        try (Workplace place = Workplace.open(plan.parent(), "guix-p2p-bench", room)) {
            steps.accept("making %d files, seed %d".formatted(plan.files(), plan.seed()));
            Path tree = place.directory().resolve("tree");
            RandomTree.make(tree, plan.size().bytes(), plan.files(), plan.seed());
            measure(place, tree);
        } catch (IOException e) {
            failures.add(String.valueOf(e.getMessage()));
        }
        int left = (int) ProcessHandle.current().descendants().filter(ProcessHandle::isAlive).count();
        if (left > 0) {
            failures.add(left + " processes are left running");
        }
        double nar = median(narRuns);
        double tar = median(tarRuns);
        return new NarReport(failures.isEmpty(), failures, plan.size().bytes(), plan.files(), narBytes, indexSeconds,
                nar, tar, nar > 0 ? rounded(tar / nar) : 0, narRuns, tarRuns, left);
    }

    private void measure(Workplace place, Path tree) throws IOException, InterruptedException {
        long began = System.nanoTime();
        try (NarIndex index = NarIndex.of(tree)) {
            indexSeconds = since(began);
            narBytes = index.narSize().bytes();
            for (int round = 1; round <= plan.rounds(); round++) {
                began = System.nanoTime();
                read(index, (_, _) -> {});
                narRuns.add(since(began));
                tarRuns.add(tar(place, tree, round));
                steps.accept(String.format(Locale.ROOT, "round %d: %.3f s through the index, %.3f s by tar", round,
                        narRuns.getLast(), tarRuns.getLast()));
            }
            check(tree, index);
        }
    }

    private void read(NarIndex index, Blocks blocks) throws IOException {
        for (long at = 0; at < narBytes; at += block.length) {
            blocks.take(block, index.read(at, block, 0, block.length));
        }
    }

    private static double tar(Workplace place, Path tree, int round) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", "exec 3>&1; " + TAR, "sh", tree.toString())
                .redirectErrorStream(true);
        long began = System.nanoTime();
        Child tar = place.processes().start("tar-" + round, builder);
        String said = new String(tar.process().getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int status = tar.process().waitFor();
        double seconds = since(began);
        // The status is that of 'cat'.
        if (status != 0 || !said.isEmpty()) {
            throw new IOException("tar does not read the tree: " + said);
        }
        return seconds;
    }

    private void check(Path tree, NarIndex index) throws IOException {
        MessageDigest digest = Sha256.digest();
        read(index, (bytes, length) -> digest.update(bytes, 0, length));
        if (!new NarHash(Sha256.finish(digest)).equals(TreeSerializer.identify(tree).hash())) {
            failures.add("what was read is not the NAR of the tree");
        }
    }

    private static double since(long began) {
        return rounded((System.nanoTime() - began) / NANOS);
    }

    private static double rounded(double value) {
        return Math.round(value * KEPT_DIGITS) / KEPT_DIGITS;
    }

    /** Of an even number, the smaller of the two in the middle; 0 of none. */
    static double median(List<Double> all) {
        return all.stream().sorted().skip(Math.max(0, (all.size() - 1) / 2)).findFirst().orElse(0.0);
    }
}
