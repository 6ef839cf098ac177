// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.world;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
public record TreeItem(StorePath path, TreeSerializer.Identity nar, Path original, TreeMaker.Made made, String origin) {
    /** Of a real store item the hash part is a SHA-256 folded to so many bytes. */
    private static final int HASH_BYTES = 20;
    private static final int BUFFER_BYTES = 1 << 20;

    /** The directory that stands for {@code /gnu/store} below {@code root}, made when it is not there. */
    public static Path storeBelow(Path root) throws IOException {
        return Files.createDirectories(root.resolve(StorePath.STORE.substring(1)));
    }

    /**
     * Names a tree that was made in {@code store}. It has no derivation to take its hash part from; its own NarHash, cut short,
     * does as well here.
     *
     * @param unnamed where it is, right in {@code store}; it is moved
     */
    public static TreeItem named(Path unnamed, Path store, String name, TreeMaker.Made made, String origin)
            throws IOException {
        TreeSerializer.Identity nar = TreeSerializer.identify(unnamed);
        byte[] hash = Arrays.copyOf(nar.hash().digest().bytes(), HASH_BYTES);
        StorePath path = new StorePath(NixBase32.encode(hash) + "-" + name);
        Path original = Files.move(unnamed, store.resolve(path.baseName()));
        return new TreeItem(path, nar, original, made, origin);
    }

    /** Writes its NAR to {@code file}. */
    public void writeNar(Path file) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES)) {
            TreeSerializer.write(original, out);
        }
    }

    /** The tree in a few words. */
    public String describe() {
        return made.files() + " files, " + made.directories() + " directories and " + made.symlinks()
                + " symlinks from " + origin;
    }
}
