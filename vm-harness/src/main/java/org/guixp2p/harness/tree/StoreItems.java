// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.tree;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;

/** Finds something to show in a real store. */
public final class StoreItems {
    /** Items to look at: enough to find a large one, few enough to be quick in a store of hundreds of thousands. */
    private static final int LOOKED_AT = 64;

    private StoreItems() {}

    /**
     * The largest of some items that are directories with at most {@code bytes} of contents, all of it readable.
     *
     * @param store such as {@code /gnu/store}; it need not exist
     */
    public static Optional<StorePath> choose(Path store, long bytes) throws IOException {
        if (!Files.isDirectory(store) || !Files.isReadable(store)) {
            return Optional.empty();
        }
        Optional<StorePath> best = Optional.empty();
        long most = 0;
        for (StorePath item : some(store)) {
            long size = size(store.resolve(item.baseName()), bytes);
            if (size > most && size <= bytes) {
                most = size;
                best = Optional.of(item);
            }
        }
        return best;
    }

    private static List<StorePath> some(Path store) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(store, StoreItems::isItem)) {
            return StreamSupport.stream(entries.spliterator(), false).limit(LOOKED_AT)
                    .map(entry -> new StorePath(entry.getFileName().toString())).sorted().toList();
        }
    }

    private static boolean isItem(Path entry) {
        try {
            StorePath.parseBaseName(entry.getFileName().toString());
            return Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS);
        } catch (FormatException e) {
            return false;
        }
    }

    /** The size of the files together; anything above {@code atMost} when it is more, or something cannot be read. */
    private static long size(Path item, long atMost) throws IOException {
        long[] sum = {0};
        Files.walkFileTree(item, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                boolean usable = attributes.isSymbolicLink() || (attributes.isRegularFile() && Files.isReadable(file));
                sum[0] += usable ? attributes.size() : atMost + 1;
                return sum[0] > atMost ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                sum[0] = atMost + 1;
                return FileVisitResult.TERMINATE;
            }
        });
        return sum[0];
    }
}
