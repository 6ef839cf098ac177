// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One download.
 *
 * @param id its number; those that began later have higher ones
 * @param storePath the item's full path
 * @param narHash {@code sha256:} and the hash in nix-base32
 * @param narBytes size of the NAR as its narinfo says, -1 when it does not say
 * @param state {@code providers}, {@code blocks}, {@code servers}, {@code done} or {@code failed}
 * @param verifiedBytes how much of it is there, from the first byte on, accepted by the strict reader
 * @param seconds since it was asked for, until it ended
 * @param providers how many peers stand for the manifest that is followed, or for the best one
 * @param sources how many NAR bytes came from where
 * @param blockMap which parts of it came from which of the sources
 * @param requeuedBlocks blocks that had to be asked for again
 * @param corruptBlocks blocks that did not match the manifest
 * @param duplicatedBytes NAR bytes that came twice
 * @param restarts how often it began again because the whole did not have its hash
 * @param failure why it failed, or null
 */
public record TransferStatus(long id, String storePath, String narHash, long narBytes, String state,
        long verifiedBytes, double seconds, int providers, List<Source> sources, BlockMap blockMap,
        long requeuedBlocks,
        long corruptBlocks, long duplicatedBytes, int restarts, @Nullable String failure) {
    public TransferStatus {
        sources = List.copyOf(sources);
    }

    /**
     * Where bytes came from.
     *
     * @param name a peer id, the URL of a server, or {@code disk} for what an earlier download had left here
     * @param bytes uncompressed NAR bytes
     */
    public record Source(String name, long bytes) {}
}
