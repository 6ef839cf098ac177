// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.guixp2p.harness.tree.StoreItems;
import org.guixp2p.harness.tree.TreeMaker;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.TreeSerializer;

/** What a demonstration sends. */
final class DemoItems {
    private static final String NAME = "guix-p2p-demo-tree";

    private DemoItems() {}

    /** A real item that would do, when there is one. */
    static Optional<StorePath> inStore(DemoPlan plan) throws IOException {
        return StoreItems.choose(plan.store(), plan.maxStoreItem());
    }

    /** The items of a demonstration, made below {@code root}: a tree of this machine's files, and {@code real} if any. */
    static List<TreeItem> make(DemoPlan plan, Path root, Optional<StorePath> real)
            throws IOException, InterruptedException {
        Path store = TreeItem.storeBelow(root);
        List<TreeItem> items = new ArrayList<>();
        items.add(tree(plan, store));
        if (real.isPresent()) {
            Path source = plan.store().resolve(real.get().baseName());
            Path copy = store.resolve(real.get().baseName());
            TreeMaker.Made made = TreeMaker.copy(source, copy);
            items.add(new TreeItem(real.get(), TreeSerializer.identify(copy), copy, made, source.toString()));
        }
        return items;
    }

    private static TreeItem tree(DemoPlan plan, Path store) throws IOException, InterruptedException {
        Path unnamed = store.resolve(".unnamed");
        TreeMaker.Made made = TreeMaker.make(plan.sources(), unnamed, plan.size().bytes());
        if (made.files() == 0) {
            throw new IOException("there is nothing to make a tree of " + plan.size() + " from in " + plan.sources());
        }
        String origin = made.sources().stream().map(Path::toString).collect(Collectors.joining(", "));
        return TreeItem.named(unnamed, store, NAME, made, origin);
    }
}
