// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.guixp2p.harness.tree.TreeMaker;
import org.guixp2p.harness.world.SubstituteSite;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.item.StorePath;

/** Makes a closure: the same seed makes the same trees, names and references. */
final class ClosureMaker {
    /** Levels of references, of which real closures have about as many. */
    static final int DEPTH = 10;

    private static final String CONSONANTS = "bdfgklmnprstvz";
    private static final String VOWELS = "aeiou";
    private static final int MOST_SYLLABLES = 3;
    private static final int VERSIONS = 20;

    private final SplittableRandom random;
    private final Sizes sizes;
    private final long[] bytes;

    /**
     * Decides how large the items will be.
     *
     * @param total bytes of files of all together, about; 0 for the median of {@link Sizes}
     */
    ClosureMaker(int items, Sizes sizes, long total, long seed) {
        this.random = new SplittableRandom(seed);
        this.sizes = sizes;
        this.bytes = sizes.draw(items, total, random);
    }

    /** Bytes of files of all items together. */
    long bytes() {
        return Arrays.stream(bytes).sum();
    }

    /**
     * Makes the trees right in {@code store}.
     *
     * @throws InterruptedException when this thread is told to stop; what was made stays
     */
    Closure make(Path store) throws IOException, InterruptedException {
        ReferenceGraph graph = ReferenceGraph.make(bytes.length, DEPTH, random);
        List<TreeItem> items = new ArrayList<>();
        for (long size : bytes) {
            Path unnamed = store.resolve(".unnamed");
            TreeMaker.Made made = PackageTree.make(unnamed, size, 1 + random.nextInt(sizes.mostFiles()), random);
            items.add(TreeItem.named(unnamed, store, name(), made, "random bytes"));
            if (Thread.interrupted()) {
                throw new InterruptedException("making " + store);
            }
        }
        List<SubstituteSite.Offer> offers = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            List<StorePath> references = graph.references().get(i).stream().map(items::get).map(TreeItem::path)
                    .sorted().toList();
            offers.add(new SubstituteSite.Offer(items.get(i), references));
        }
        return new Closure(offers, graph.depth());
    }

    private String name() {
        StringBuilder name = new StringBuilder();
        for (int left = 1 + random.nextInt(MOST_SYLLABLES); left > 0; left--) {
            name.append(anyOf(CONSONANTS)).append(anyOf(VOWELS)).append(anyOf(CONSONANTS));
        }
        return name.append('-').append(random.nextInt(VERSIONS)).append('.').append(random.nextInt(VERSIONS))
                .toString();
    }

    private char anyOf(String letters) {
        return letters.charAt(random.nextInt(letters.length()));
    }
}
