// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.LinkTarget;

/**
 * A directory held open, whose entries are reached by name relative to it: whatever happens meanwhile to the path that
 * led to it, nothing is read, written or deleted elsewhere, and no symlink is followed.
 *
 * <p>The JDK can make directories, symlinks and hard links by path only. That the path still leads here is checked
 * first, and that a new directory or symlink really is here afterwards. In between, only somebody could lead it astray
 * who may rename directories that belong to the restorer's user.
 */
final class OpenDirectory implements Closeable {
    /** Nobody else may plant anything in a directory, or read a file, while it is restored. */
    private static final Set<PosixFilePermission> PRIVATE_DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> NEW_DIRECTORY = PosixFilePermissions
            .asFileAttribute(PRIVATE_DIRECTORY);
    private static final FileAttribute<Set<PosixFilePermission>> NEW_FILE = PosixFilePermissions
            .asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final Set<OpenOption> CREATE = Set.of(StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

    private final Path path;
    private final SecureDirectoryStream<Path> stream;
    /** What tells this directory from every other: its device and inode. */
    private final Object key;

    private OpenDirectory(Path path, SecureDirectoryStream<Path> stream, Object key) {
        this.path = path;
        this.stream = stream;
        this.key = key;
    }

    private static OpenDirectory of(Path path, SecureDirectoryStream<Path> stream) throws IOException {
        try {
            Object key = key(stream.getFileAttributeView(BasicFileAttributeView.class).readAttributes());
            return new OpenDirectory(path, stream, key);
        } catch (IOException e) {
            stream.close();
            throw e;
        }
    }

    /** Opens {@code path}, a directory or a symlink to one: it is what the caller trusts. */
    @SuppressWarnings("StreamResourceLeak") // it is this object's, which is to be closed
    static OpenDirectory open(Path path) throws IOException {
        DirectoryStream<Path> stream = Files.newDirectoryStream(path);
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return of(path, secure);
        }
        stream.close();
        throw new UnsupportedTreeException("this file system has no directories that can be held open: "
                + FileNames.shown(path));
    }

    /** Opens the directory {@code name} in this one, which must not be a symlink. */
    OpenDirectory openDirectory(Path name) throws IOException {
        return of(path.resolve(name), stream.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS));
    }

    Path path() {
        return path;
    }

    /** Whether this is the directory that {@code key} tells from every other. */
    boolean is(Object key) {
        return this.key.equals(key);
    }

    /** Opens the file {@code name} to read it; a symlink is an error. A pipe waits for its writer: look before. */
    @SuppressWarnings("MustBeClosedChecker") // it is the caller's
    FileChannel openFile(Path name) throws IOException {
        SeekableByteChannel channel = stream.newByteChannel(name, READ);
        if (channel instanceof FileChannel file) {
            return file;
        }
        channel.close();
        throw new UnsupportedTreeException("not a file of the default file system: " + FileNames.shown(path));
    }

    /**
     * Makes an empty directory that only its owner may use; {@code name} must not exist.
     *
     * @return where it was made; {@link #checkPlace} says whether that is here
     */
    Path createDirectory(Path name) throws IOException {
        Path created = pathOf(name);
        Files.createDirectory(created, NEW_DIRECTORY);
        return created;
    }

    /** Makes an empty file that only its owner may use, and opens it; {@code name} must not exist. */
    SeekableByteChannel createFile(Path name) throws IOException {
        return stream.newByteChannel(name, CREATE, NEW_FILE);
    }

    /** Makes a symlink; {@code name} must not exist. Returns as {@link #createDirectory} does. */
    Path createSymlink(Path name, LinkTarget target) throws IOException {
        Path created = pathOf(name);
        Symlinks.create(created, target);
        return created;
    }

    /**
     * The path of {@code name} in this directory, for what cannot be done relative to it.
     *
     * @throws IOException when the path leads elsewhere by now
     */
    Path pathOf(Path name) throws IOException {
        if (!key.equals(key(Files.readAttributes(path, BasicFileAttributes.class)))) {
            throw new IOException("was moved away meanwhile: " + FileNames.shown(path));
        }
        return path.resolve(name);
    }

    /**
     * Looks whether what was made as {@code created} is {@code name} in this directory.
     *
     * @throws IOException when it was made elsewhere
     */
    void checkPlace(Path name, Path created) throws IOException {
        BasicFileAttributes there = Files.readAttributes(created, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!key(attributes(name)).equals(key(there))) {
            throw new IOException("its directory was moved away meanwhile: " + FileNames.shown(created));
        }
    }

    static Object key(BasicFileAttributes attributes) throws IOException {
        Object key = attributes.fileKey();
        if (key == null) {
            throw new UnsupportedTreeException("this file system does not tell one file from another");
        }
        return key;
    }

    boolean contains(Path name) throws IOException {
        try {
            attributes(name);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private BasicFileAttributes attributes(Path name) throws IOException {
        return stream.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
    }

    PosixFileAttributeView posixView(Path name) {
        return stream.getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }

    /** The view of this directory itself. */
    PosixFileAttributeView posixView() {
        return stream.getFileAttributeView(PosixFileAttributeView.class);
    }

    /** Sets the times of the symlink {@code name} itself; the JDK can do that by path only. */
    void setSymlinkTimes(Path name, FileTime time) throws IOException {
        Files.getFileAttributeView(path.resolve(name), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setTimes(time, time, null);
    }

    /**
     * Deletes {@code name} and all that is in it. Directories that their owner may not write, as in a store, are made
     * writable first; symlinks are deleted, not followed.
     */
    void deleteTree(Path name) throws IOException {
        if (!attributes(name).isDirectory()) {
            stream.deleteFile(name);
            return;
        }
        try (OpenDirectory directory = openDirectory(name)) {
            PosixFileAttributeView view = directory.posixView();
            if (!view.readAttributes().permissions().containsAll(PRIVATE_DIRECTORY)) {
                view.setPermissions(PRIVATE_DIRECTORY);
            }
            for (Path entry : directory.names()) {
                directory.deleteTree(entry);
            }
        }
        stream.deleteDirectory(name);
    }

    /** The names in this directory, in any order; to be asked once. */
    List<Path> names() throws IOException {
        List<Path> names = new ArrayList<>();
        try {
            for (Path entry : stream) {
                names.add(entry.getFileName());
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    /**
     * The names in this directory, in the order of a NAR; to be asked once.
     *
     * @throws UnsupportedTreeException when one of them is not UTF-8
     */
    List<EntryName> entries() throws IOException {
        List<EntryName> entries = new ArrayList<>();
        for (Path name : names()) {
            entries.add(FileNames.name(path.resolve(name)));
        }
        Collections.sort(entries);
        return entries;
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
