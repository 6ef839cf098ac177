// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.LinkTarget;

/**
 * What a NAR says of one file of a tree, and what tells that it changed.
 *
 * @param size in bytes: of the contents, or of a symlink's target; 0 for a directory
 * @param modified in nanoseconds since the epoch
 */
record TreeFile(Kind kind, long size, long modified) {
    enum Kind {
        DIRECTORY, REGULAR, EXECUTABLE, SYMLINK;

        boolean isRegular() {
            return this == REGULAR || this == EXECUTABLE;
        }
    }

    /**
     * Looks at {@code path} without following it. A file is executable when its owner may execute it, as in Guix's
     * {@code write-file}.
     *
     * @throws UnsupportedTreeException when it is a device, a socket or a pipe
     */
    static TreeFile of(Path path) throws IOException {
        PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class,
                LinkOption.NOFOLLOW_LINKS);
        long modified = attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
        if (attributes.isDirectory()) {
            return new TreeFile(Kind.DIRECTORY, 0, modified);
        }
        if (attributes.isSymbolicLink()) {
            return new TreeFile(Kind.SYMLINK, attributes.size(), modified);
        }
        if (!attributes.isRegularFile()) {
            throw new UnsupportedTreeException("neither a file nor a directory nor a symlink: " + path);
        }
        boolean executable = attributes.permissions().contains(PosixFilePermission.OWNER_EXECUTE);
        return new TreeFile(executable ? Kind.EXECUTABLE : Kind.REGULAR, attributes.size(), modified);
    }

    /**
     * The names in a directory, in the order of a NAR.
     *
     * @throws UnsupportedTreeException when one of them is not UTF-8
     */
    static List<EntryName> entries(Path directory) throws IOException {
        List<EntryName> names = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path entry : stream) {
                names.add(FileNames.name(entry));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Collections.sort(names);
        return names;
    }

    /** What the symlink {@code path} says, letter by letter. */
    static LinkTarget target(Path path) throws IOException {
        return FileNames.target(path, Files.readSymbolicLink(path));
    }
}
