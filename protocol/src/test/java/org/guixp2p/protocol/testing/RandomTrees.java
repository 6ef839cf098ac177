// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import org.guixp2p.protocol.testing.TreeNode.Directory;
import org.guixp2p.protocol.testing.TreeNode.RegularFile;
import org.guixp2p.protocol.testing.TreeNode.Symlink;

/**
 * Random trees for properties, with the shapes, names and sizes at which serialisations go wrong. They come from a seed
 * and do not shrink: jqwik takes minutes to make deep structures that could.
 */
public final class RandomTrees {
    private static final int MAX_DEPTH = 4;
    private static final int MAX_ENTRIES = 6;
    /** U+FFFD, U+FF5E and U+1F600: UTF-16 sorts the last, a surrogate pair, before the others; UTF-8 after them. */
    private static final List<String> TELLING_NAMES = List.of("\uFFFD", "\uFF5E", "\uD83D\uDE00", "\uD83D\uDE00a",
            "\uFFFDa", "a", "A", "a.b", "a b", "...", "..a", "é", "e\u0301", "\n", "12345678", "x".repeat(255));
    private static final List<String> TARGETS = List.of("../a", "/gnu/store/x", "a//b/", "é", ".", "t".repeat(4095));
    private static final int[] TELLING_SIZES = {0, 1, 7, 8, 9, 511, 8191, 8192, 8193};

    private RandomTrees() {}

    /** Trees of a few hundred nodes at most. */
    public static Arbitrary<TreeNode> trees() {
        return Arbitraries.randomValue(random -> node(random, MAX_DEPTH));
    }

    /** Names of entries, valid ones. */
    public static Arbitrary<String> names() {
        return Arbitraries.randomValue(RandomTrees::name);
    }

    private static TreeNode node(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 5 : 2)) {
            case 0 -> new Symlink(TARGETS.get(random.nextInt(TARGETS.size())));
            case 1 -> file(random);
            default -> directory(random, depth);
        };
    }

    private static TreeNode file(Random random) {
        byte[] contents = new byte[random.nextBoolean()
                ? TELLING_SIZES[random.nextInt(TELLING_SIZES.length)]
                : random.nextInt(100)];
        random.nextBytes(contents);
        return new RegularFile(random.nextBoolean(), contents);
    }

    private static TreeNode directory(Random random, int depth) {
        Map<String, TreeNode> entries = new HashMap<>();
        int count = random.nextInt(MAX_ENTRIES);
        for (int i = 0; i < count; i++) {
            entries.put(name(random), node(random, depth - 1));
        }
        return Directory.of(entries);
    }

    private static String name(Random random) {
        if (random.nextInt(3) == 0) {
            return TELLING_NAMES.get(random.nextInt(TELLING_NAMES.size()));
        }
        StringBuilder name = new StringBuilder();
        for (int length = 1 + random.nextInt(17); length > 0; length--) {
            name.append((char) ('a' + random.nextInt(26)));
        }
        return name.toString();
    }
}
