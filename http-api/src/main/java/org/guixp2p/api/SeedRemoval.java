// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is offered no more. */
public record SeedRemoval(List<Removed> removed) {
    public SeedRemoval {
        removed = List.copyOf(removed);
    }

    /**
     * One thing.
     *
     * @param storePath the item's full path
     * @param narHash of a NAR that was kept; else null
     * @param source {@code manual}: it was named; {@code downloaded}: it was kept; {@code store}: the store offered it
     * @param inSeedPaths whether it stands in {@code seed_paths}, so that the next start offers it again
     */
    public record Removed(String storePath, @Nullable String narHash, String source, boolean inSeedPaths) {}
}
