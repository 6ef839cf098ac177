// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.LinkTarget;
import org.jspecify.annotations.Nullable;

/**
 * A file of a tree that is read. It is reached by its name in the directory in which it lies, which is held open; so
 * whoever puts a symlink in the place of a directory leads nobody out of the tree.
 *
 * @param directory where it lies; null for the tree's root, whose path is the caller's
 */
record TreeEntry(@Nullable OpenDirectory directory, Path path) {
    static TreeEntry root(Path tree) {
        return new TreeEntry(null, tree);
    }

    static TreeEntry in(OpenDirectory directory, EntryName name) {
        return new TreeEntry(directory, directory.path().resolve(name.text()));
    }

    private Path name() {
        return path.getFileName();
    }

    /** What lies here now. */
    TreeFile look() throws IOException {
        return directory == null ? TreeFile.of(path) : TreeFile.of(path, directory.posixView(name()).readAttributes());
    }

    /** What lies here now, with the time of its last change, which the JDK tells by path only. */
    TreeFile lookClosely() throws IOException {
        TreeFile byPath = TreeFile.of(path);
        if (directory != null && !byPath.key().equals(look().key())) {
            throw changed(null);
        }
        return byPath;
    }

    /**
     * Opens this, which must still be the directory that was {@code seen}.
     *
     * @throws TreeChangedException when it is another one, or none
     */
    OpenDirectory openDirectory(TreeFile seen) throws IOException {
        OpenDirectory opened;
        try {
            opened = directory == null ? OpenDirectory.open(path) : directory.openDirectory(name());
        } catch (FileSystemException e) {
            throw ifChanged(seen, e);
        }
        if (!opened.is(seen.key())) {
            opened.close();
            throw changed(null);
        }
        return opened;
    }

    /** Opens this, which must be a regular file, and not be a symlink by now. */
    FileChannel openFile(TreeFile seen) throws IOException {
        try {
            return directory == null
                    ? FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)
                    : directory.openFile(name());
        } catch (FileSystemException e) {
            throw ifChanged(seen, e);
        }
    }

    /** What the symlink says, letter by letter. The JDK reads it by path: that it is the same is checked afterwards. */
    LinkTarget target(TreeFile seen) throws IOException {
        try {
            LinkTarget target = FileNames.target(path, Files.readSymbolicLink(path));
            check(seen);
            return target;
        } catch (FileSystemException e) {
            throw ifChanged(seen, e);
        }
    }

    /**
     * Looks whether all is as it was.
     *
     * @throws TreeChangedException when this is no longer what was {@code seen}
     */
    void check(TreeFile seen) throws IOException {
        TreeFile now;
        try {
            now = look();
        } catch (FileSystemException | UnsupportedTreeException e) {
            throw changed(e);
        }
        if (!now.isStill(seen)) {
            throw changed(null);
        }
    }

    /** The failure itself, unless it came because this is something else by now. */
    private IOException ifChanged(TreeFile seen, FileSystemException failure) {
        try {
            check(seen);
            return failure;
        } catch (IOException e) {
            e.addSuppressed(failure);
            return e;
        }
    }

    private TreeChangedException changed(@Nullable IOException cause) {
        return new TreeChangedException("changed while it was read: " + FileNames.shown(path), cause);
    }
}
