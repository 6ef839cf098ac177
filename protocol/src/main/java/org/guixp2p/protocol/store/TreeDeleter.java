// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Deletes trees as they lie in a store, whose directories not even their owner may write. */
public final class TreeDeleter {
    private TreeDeleter() {}

    /**
     * Deletes {@code tree}, whatever it is, and all below it; a symlink is deleted, never followed.
     *
     * @return whether it was there
     * @throws IOException when something could not be deleted; what came before it is gone
     */
    public static boolean delete(Path tree) throws IOException {
        Path absolute = tree.toAbsolutePath();
        Path parent = absolute.getParent();
        Path name = absolute.getFileName();
        if (parent == null || name == null) {
            throw new IllegalArgumentException("not a tree in a directory: " + tree);
        }
        OpenDirectory directory;
        try {
            directory = OpenDirectory.open(parent);
        } catch (NoSuchFileException e) {
            return false;
        }
        try (directory) {
            if (!directory.contains(name)) {
                return false;
            }
            directory.deleteTree(name);
            return true;
        }
    }
}
