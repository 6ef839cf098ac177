// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.tree;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Says how a restored tree differs from what an original must become in the store: the same names, kinds, contents and link
 * targets, byte by byte; files with mode 0444 or, when their owner may run the original, 0555; directories 0555; and 1 second
 * after the epoch as the modification time of everything (Guix: {@code restore-file} in {@code guix/serialization.scm}).
 */
public final class TreeComparison {
    private static final Instant STORE_TIME = Instant.ofEpochSecond(1);

    private final Path original;
    private final int most;
    private final List<String> differences = new ArrayList<>();

    private TreeComparison(Path original, int most) {
        this.original = original;
        this.most = most;
    }

    /**
     * The differences, one line each that begins with the name within the tree; none when {@code restored} is right.
     *
     * @param most differences to look for before the comparison ends
     */
    public static List<String> differences(Path original, Path restored, int most) throws IOException {
        TreeComparison comparison = new TreeComparison(original, most);
        comparison.node(original, restored);
        return List.copyOf(comparison.differences);
    }

    private void node(Path before, Path after) throws IOException {
        PosixFileAttributes expected = attributes(before);
        PosixFileAttributes found = attributes(after);
        if (!found.lastModifiedTime().toInstant().equals(STORE_TIME)) {
            differs(before, "modified at " + found.lastModifiedTime() + ", not at " + STORE_TIME);
        }
        String kind = kind(expected);
        if (!kind.equals(kind(found))) {
            differs(before, kind(found) + " instead of " + kind);
        } else if (expected.isDirectory()) {
            mode(before, "r-xr-xr-x", found);
            entries(before, after);
        } else if (expected.isSymbolicLink()) {
            target(before, after);
        } else {
            boolean executable = expected.permissions().contains(PosixFilePermission.OWNER_EXECUTE);
            mode(before, executable ? "r-xr-xr-x" : "r--r--r--", found);
            contents(before, after);
        }
    }

    private static PosixFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static String kind(PosixFileAttributes attributes) {
        if (attributes.isDirectory()) {
            return "directory";
        }
        if (attributes.isSymbolicLink()) {
            return "symlink";
        }
        return attributes.isRegularFile() ? "regular file" : "special file";
    }

    private void mode(Path node, String expected, PosixFileAttributes found) {
        String mode = PosixFilePermissions.toString(found.permissions());
        if (!mode.equals(expected)) {
            differs(node, "mode " + mode + " instead of " + expected);
        }
    }

    private void target(Path before, Path after) throws IOException {
        Path expected = Files.readSymbolicLink(before);
        Path found = Files.readSymbolicLink(after);
        if (!found.equals(expected)) {
            differs(before, "points to " + found + " instead of " + expected);
        }
    }

    private void contents(Path before, Path after) throws IOException {
        long at = Files.mismatch(before, after);
        if (at >= 0) {
            differs(before, "other contents from byte " + at + " on");
        }
    }

    private void entries(Path before, Path after) throws IOException {
        Set<String> expected = names(before);
        Set<String> found = names(after);
        for (String name : expected) {
            if (isEnough()) {
                return;
            }
            if (found.contains(name)) {
                node(before.resolve(name), after.resolve(name));
            } else {
                differs(before.resolve(name), "missing");
            }
        }
        found.removeAll(expected);
        found.forEach(name -> differs(before.resolve(name), "not in the original"));
    }

    private static Set<String> names(Path directory) throws IOException {
        Set<String> names = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        }
        return names;
    }

    private boolean isEnough() {
        return differences.size() >= most;
    }

    private void differs(Path node, String how) {
        if (!isEnough()) {
            String name = original.relativize(node).toString();
            differences.add((name.isEmpty() ? "." : name) + ": " + how);
        }
    }
}
