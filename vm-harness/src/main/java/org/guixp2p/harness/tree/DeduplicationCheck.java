// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.tree;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.protocol.store.TreeSerializer;

/**
 * Whether the files of an item share their bytes through the store's {@code .links}, as Guix's own would (Guix: {@code
 * guix/store/deduplication.scm}).
 *
 * @param shared files that do
 * @param apart names, within the item, of files that should and do not
 */
public record DeduplicationCheck(int shared, List<String> apart) {
    /** Guix leaves smaller files alone. */
    private static final long SMALLEST_BYTES = 8192;

    public DeduplicationCheck {
        apart = List.copyOf(apart);
    }

    /** Looks at every file of {@code item}, which lies in its store. */
    public static DeduplicationCheck of(Path item) throws IOException {
        Path links = item.resolveSibling(".links");
        List<String> shared = new ArrayList<>();
        List<String> apart = new ArrayList<>();
        Files.walkFileTree(item, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile() && attributes.size() >= SMALLEST_BYTES) {
                    Path entry = links.resolve(TreeSerializer.identify(file).hash().base32());
                    boolean same = Files.exists(entry, LinkOption.NOFOLLOW_LINKS) && Files.isSameFile(entry, file);
                    (same ? shared : apart).add(item.relativize(file).toString());
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return new DeduplicationCheck(shared.size(), apart);
    }
}
