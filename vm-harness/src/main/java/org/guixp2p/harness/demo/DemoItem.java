// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.guixp2p.harness.tree.StoreItems;
import org.guixp2p.harness.tree.TreeMaker;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeSerializer;

/**
 * Something to be sent.
 *
 * @param nar what its NAR is known by
 * @param original its tree, where seeders read it
 * @param made what the tree holds
 * @param origin where it comes from, for people
 */
record DemoItem(StorePath path, TreeSerializer.Identity nar, Path original, TreeMaker.Made made, String origin) {
    private static final String NAME = "guix-p2p-demo-tree";
    /** Of a real store item the hash part is a SHA-256 folded to so many bytes. */
    private static final int HASH_BYTES = 20;

    /** The directory that stands for {@code /gnu/store} below {@code root}, made when it is not there. */
    static Path storeBelow(Path root) throws IOException {
        return Files.createDirectories(root.resolve(StorePath.STORE.substring(1)));
    }

    /** A real item that would do, when there is one. */
    static Optional<StorePath> inStore(DemoPlan plan) throws IOException {
        return StoreItems.choose(plan.store(), plan.maxStoreItem());
    }

    /** The items of a demonstration, made below {@code root}: a tree of this machine's files, and {@code real} if any. */
    static List<DemoItem> make(DemoPlan plan, Path root, Optional<StorePath> real)
            throws IOException, InterruptedException {
        Path store = storeBelow(root);
        List<DemoItem> items = new ArrayList<>();
        items.add(tree(plan, store));
        if (real.isPresent()) {
            Path source = plan.store().resolve(real.get().baseName());
            Path copy = store.resolve(real.get().baseName());
            TreeMaker.Made made = TreeMaker.copy(source, copy);
            items.add(new DemoItem(real.get(), TreeSerializer.identify(copy), copy, made, source.toString()));
        }
        return items;
    }

    /** A tree has no derivation to take its hash part from; its own NarHash, cut short, does as well here. */
    private static DemoItem tree(DemoPlan plan, Path store) throws IOException, InterruptedException {
        Path unnamed = store.resolve(".unnamed");
        TreeMaker.Made made = TreeMaker.make(plan.sources(), unnamed, plan.size().bytes());
        if (made.files() == 0) {
            throw new IOException("there is nothing to make a tree of " + plan.size() + " from in " + plan.sources());
        }
        TreeSerializer.Identity nar = TreeSerializer.identify(unnamed);
        byte[] hash = Arrays.copyOf(nar.hash().digest().bytes(), HASH_BYTES);
        StorePath path = new StorePath(NixBase32.encode(hash) + "-" + NAME);
        Path original = Files.move(unnamed, store.resolve(path.baseName()));
        String origin = made.sources().stream().map(Path::toString).collect(Collectors.joining(", "));
        return new DemoItem(path, nar, original, made, origin);
    }

    /** The tree in a few words. */
    String describe() {
        return made.files() + " files, " + made.directories() + " directories and " + made.symlinks()
                + " symlinks from " + origin;
    }
}
