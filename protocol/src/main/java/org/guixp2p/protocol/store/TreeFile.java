// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.item.NarSize;

/**
 * What a NAR says of one file of a tree, and what tells that it changed.
 *
 * <p>Names, sizes and times say little in a store, where everything was modified one second after the epoch. So the file
 * itself counts, by its number and, since a freed number is given away at once, its birth. The time of its last change
 * (ctime) counts only while the file has a single link: when Guix deduplicates another item, or collects it, the files
 * that they share are changed in no other way than that their links are. A directory has no links, and its own time
 * tells of every entry that was made, replaced or moved.
 *
 * @param size in bytes: of the contents, or of a symlink's target; 0 for a directory
 * @param identity made of device, number, birth and time of modification
 * @param changed the time of the last change in nanoseconds since the epoch; 0 when it is unknown or does not count
 * @param key what tells the file from all others that there are now
 */
record TreeFile(Kind kind, long size, long identity, long changed, Object key) {
    private static final String ATTRIBUTES = "unix:mode,size,nlink,ctime,creationTime,lastModifiedTime,fileKey";
    private static final int TYPE = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int SYMLINK = 0120000;
    private static final int REGULAR = 0100000;
    private static final int OWNER_EXECUTES = 0100;

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
     * @throws UnsupportedTreeException when it is a device, a socket or a pipe, or larger than any NAR
     */
    static TreeFile of(Path path) throws IOException {
        Map<String, Object> found = Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        int mode = (Integer) value(found, "mode");
        Kind kind = switch (mode & TYPE) {
            case DIRECTORY -> Kind.DIRECTORY;
            case SYMLINK -> Kind.SYMLINK;
            case REGULAR -> (mode & OWNER_EXECUTES) != 0 ? Kind.EXECUTABLE : Kind.REGULAR;
            default -> throw unsupported(path);
        };
        boolean counts = kind == Kind.DIRECTORY || (Integer) value(found, "nlink") == 1;
        return of(path, kind, (Long) value(found, "size"), (FileTime) value(found, "creationTime"),
                (FileTime) value(found, "lastModifiedTime"), value(found, "fileKey"),
                counts ? nanos((FileTime) value(found, "ctime")) : 0);
    }

    /** What was seen of {@code path} through the directory in which it lies; throws as {@link #of(Path)} does. */
    static TreeFile of(Path path, PosixFileAttributes seen) throws IOException {
        Kind kind;
        if (seen.isDirectory()) {
            kind = Kind.DIRECTORY;
        } else if (seen.isSymbolicLink()) {
            kind = Kind.SYMLINK;
        } else if (seen.isRegularFile()) {
            kind = seen.permissions().contains(PosixFilePermission.OWNER_EXECUTE) ? Kind.EXECUTABLE : Kind.REGULAR;
        } else {
            throw unsupported(path);
        }
        return of(path, kind, seen.size(), seen.creationTime(), seen.lastModifiedTime(), OpenDirectory.key(seen), 0);
    }

    private static TreeFile of(Path path, Kind kind, long size, FileTime born, FileTime modified, Object key,
            long changed) throws IOException {
        if (kind != Kind.DIRECTORY && size > NarSize.MAX_BYTES) {
            throw new UnsupportedTreeException("a file of " + size + " bytes, more than the " + NarSize.MAX_BYTES
                    + " of a NAR: " + FileNames.shown(path));
        }
        long identity = mixed(mixed(mixed(key.hashCode()) + nanos(born)) + nanos(modified));
        return new TreeFile(kind, kind == Kind.DIRECTORY ? 0 : size, identity, changed, key);
    }

    private static UnsupportedTreeException unsupported(Path path) {
        return new UnsupportedTreeException("neither a file nor a directory nor a symlink: " + FileNames.shown(path));
    }

    private static Object value(Map<String, Object> attributes, String name) {
        return Objects.requireNonNull(attributes.get(name), name);
    }

    private static long nanos(FileTime time) {
        return time.to(TimeUnit.NANOSECONDS);
    }

    /** The finaliser of SplitMix64: every bit of the argument matters to every bit of the result. */
    private static long mixed(long bits) {
        long mixed = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }

    /** Whether this, seen now, is as it was when it was {@code earlier}. */
    boolean isStill(TreeFile earlier) {
        return isStill(earlier.kind, earlier.size, earlier.identity, earlier.changed);
    }

    boolean isStill(Kind earlierKind, long earlierSize, long earlierIdentity, long earlierChanged) {
        return kind == earlierKind && size == earlierSize && identity == earlierIdentity
                && (changed == 0 || earlierChanged == 0 || changed == earlierChanged);
    }
}
