// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.guixp2p.protocol.hash.Sha256;

/** All that a NAR, and the way Guix restores it, determines of a tree: names, kinds, modes, times, targets, contents. */
public final class TreeListing {
    private TreeListing() {}

    /** One line for every node, by its name relative to {@code root}. */
    public static SortedMap<String, String> of(Path root) {
        SortedMap<String, String> listing = new TreeMap<>();
        try (Stream<Path> nodes = Files.walk(root)) {
            for (Path node : (Iterable<Path>) nodes::iterator) {
                listing.put(root.relativize(node).toString(), describe(node));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return listing;
    }

    private static String describe(Path node) throws IOException {
        long seconds = Files.getLastModifiedTime(node, LinkOption.NOFOLLOW_LINKS).to(TimeUnit.SECONDS);
        if (Files.isSymbolicLink(node)) {
            return "link " + seconds + " -> " + Files.readSymbolicLink(node);
        }
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(node, LinkOption.NOFOLLOW_LINKS));
        return Files.isDirectory(node)
                ? "directory " + mode + " " + seconds
                : "file " + mode + " " + seconds + " " + Sha256.hash(Files.readAllBytes(node)).hex();
    }
}
