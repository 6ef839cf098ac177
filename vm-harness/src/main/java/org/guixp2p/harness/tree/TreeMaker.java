// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.tree;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.NarLimits;

/**
 * Copies what lies on this machine into a new tree, until that is large enough. Only what a NAR can hold and this user may
 * read comes along: directories, regular files and symlinks, the latter as they are. Always in the order of the names, so
 * that the same machine gives the same tree.
 *
 * <p>Copies and not hard links: whatever happens to the new tree, nothing happens to the machine's own files.
 */
public final class TreeMaker {
    /** When no more than this is missing, the tree is large enough. */
    static final long SLACK_BYTES = 64 * 1024;
    /** Files, directories and symlinks of a tree. */
    static final int MAX_ENTRIES = 100_000;
    /** As much as {@link NarLimits} lets be restored, less the root's own level and a directory for each source. */
    private static final int MAX_DEPTH = NarLimits.DEFAULT_DEPTH - 2;
    /** What the JDK puts where a name is not UTF-8. */
    private static final char REPLACEMENT = '\uFFFD';

    private final long target;
    private long bytes;
    private int files;
    private int directories;
    private int symlinks;

    private TreeMaker(long target) {
        this.target = target;
    }

    /**
     * What became of it.
     *
     * @param bytes contents of all files together
     * @param sources where it was taken from
     */
    public record Made(long bytes, int files, int directories, int symlinks, List<Path> sources) {
        public Made {
            sources = List.copyOf(sources);
        }
    }

    /** Directories that are large on most machines, the JDK that runs this first: it is there in any case. */
    public static List<Path> usualSources() {
        return List.of(Path.of(System.getProperty("java.home")), Path.of("/usr/share/doc"),
                Path.of("/usr/share/locale"), Path.of("/usr/lib"), Path.of("/run/current-system/profile/share"),
                Path.of("/run/current-system/profile/lib"));
    }

    /**
     * Makes the directory {@code tree}, with a directory in it for each source that is used.
     *
     * @param size bytes of contents to reach, or to come near to when files are too large or the sources too small
     * @throws IOException when {@code tree} cannot be written
     * @throws InterruptedException when this thread is told to stop; what was made stays
     */
    public static Made make(List<Path> sources, Path tree, long size) throws IOException, InterruptedException {
        TreeMaker maker = new TreeMaker(size);
        Files.createDirectory(tree);
        maker.directories++;
        List<Path> used = new ArrayList<>();
        for (Path source : distinct(sources)) {
            if (maker.isFull()) {
                break;
            }
            maker.directory(source, tree.resolve("%02d-%s".formatted(used.size() + 1, source.getFileName())), 0);
            used.add(source);
        }
        return maker.made(used);
    }

    /**
     * Copies all of {@code source}, a directory, to {@code tree}.
     *
     * @throws IOException when one of the two cannot be read or written
     * @throws InterruptedException when this thread is told to stop; what was made stays
     */
    public static Made copy(Path source, Path tree) throws IOException, InterruptedException {
        TreeMaker maker = new TreeMaker(Long.MAX_VALUE);
        maker.directory(source, tree, 0);
        return maker.made(List.of(source));
    }

    /** One of two names for the same directory would bring the same files twice. */
    private static Set<Path> distinct(List<Path> sources) {
        Set<Path> distinct = new LinkedHashSet<>();
        for (Path source : sources) {
            try {
                Path real = source.toRealPath();
                if (Files.isDirectory(real) && Files.isReadable(real) && real.getFileName() != null) {
                    distinct.add(real);
                }
            } catch (IOException e) {
                // Not there, or not for us: the list is of places that many machines have, not all.
            }
        }
        return distinct;
    }

    private Made made(List<Path> used) {
        return new Made(bytes, files, directories, symlinks, used);
    }

    private boolean isFull() {
        return bytes > target - SLACK_BYTES || files + directories + symlinks >= MAX_ENTRIES;
    }

    private void directory(Path source, Path copy, int depth) throws IOException, InterruptedException {
        List<Path> entries = entries(source);
        Files.createDirectory(copy);
        directories++;
        for (Path entry : entries) {
            if (isFull()) {
                return;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException("copying " + entry);
            }
            copy(entry, copy, depth + 1);
        }
    }

    private void copy(Path entry, Path into, int depth) throws IOException, InterruptedException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (FileSystemException e) {
            return; // it went away
        }
        Path copy = into.resolve(entry.getFileName());
        if (attributes.isDirectory()) {
            if (depth < MAX_DEPTH && Files.isReadable(entry) && Files.isExecutable(entry)) {
                directory(entry, copy, depth);
            }
        } else if (attributes.isSymbolicLink()) {
            Path to = Files.readSymbolicLink(entry);
            if (isUtf8(to)) {
                Files.createSymbolicLink(copy, to);
                symlinks++;
            }
        } else if (attributes.isRegularFile() && bytes + attributes.size() <= target && Files.isReadable(entry)) {
            Files.copy(entry, copy);
            files++;
            bytes += Files.size(copy);
        }
    }

    private static List<Path> entries(Path directory) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, TreeMaker::isNameable)) {
            stream.forEach(entries::add);
        }
        entries.sort(null);
        return entries;
    }

    private static boolean isNameable(Path entry) {
        try {
            EntryName.parse(entry.getFileName().toString());
            return isUtf8(entry.getFileName());
        } catch (FormatException e) {
            return false;
        }
    }

    private static boolean isUtf8(Path path) {
        return path.toString().indexOf(REPLACEMENT) < 0;
    }
}
