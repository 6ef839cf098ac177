// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What became of a download that is over, or of an item that was not promised, and why.
 *
 * @param id the number of the download, or of the refusal: both are counted together
 * @param storePath the item's full path
 * @param narHash {@code sha256:} and the hash in nix-base32; empty when no narinfo counts
 * @param narBytes size of the NAR
 * @param outcome {@code done}, {@code failed} or {@code not-claimed}: whoever asked about it was told that it cannot be had
 * @param began when, by ISO 8601
 * @param seconds how long it took
 * @param from {@code peers}, {@code servers}, {@code peers-and-servers}, {@code disk} or {@code nowhere}
 * @param whyNotPeers why not all of it came from peers: {@code policy} (servers are asked first, and had it), {@code private},
 *        {@code no-provider}, {@code too-few}, {@code failed}, {@code slower}, {@code no-metadata} (no narinfo counts); or null when it did, or nothing was missing
 * @param answer all of this in words for people
 * @param phases what it was at, one after the other
 * @param sources where its bytes came from
 * @param turns what came to nothing, in the order in which that was given up
 * @param troubles what peers were caught out at, or why those who had it gave it no more, the first ones
 * @param requeuedBlocks blocks that had to be asked for again
 * @param corruptBlocks blocks that did not match the manifest
 * @param restarts how often it began again
 * @param failure why it failed, or null
 */
public record BuildStatus(long id, String storePath, String narHash, long narBytes, String outcome, String began,
        double seconds, String from, @Nullable String whyNotPeers, String answer, List<Phase> phases,
        List<TransferStatus.Source> sources, List<Turn> turns, List<Trouble> troubles, long requeuedBlocks,
        long corruptBlocks, int restarts, @Nullable String failure) {
    /** What may have become of it. */
    static final List<String> OUTCOMES = List.of("done", "failed", "not-claimed");

    public BuildStatus {
        phases = List.copyOf(phases);
        sources = List.copyOf(sources);
        turns = List.copyOf(turns);
        troubles = List.copyOf(troubles);
    }

    /** Those of {@code some}, of which the last to end comes first; of those that ended together that with the higher number. */
    public static List<BuildStatus> latestFirst(Stream<BuildStatus> some) {
        record Over(long endedMillis, BuildStatus build) {}
        // When each ended is in a text, which is read once.
        return some.map(build -> new Over(build.endedMillis(), build))
                .sorted(Comparator.comparingLong(Over::endedMillis).thenComparing(over -> over.build().id())
                        .reversed())
                .map(Over::build).toList();
    }

    /** When it ended, in milliseconds since 1970. */
    long endedMillis() {
        return Instant.parse(began).toEpochMilli() + Math.round(seconds * Duration.ofSeconds(1).toMillis());
    }

    /** Whether it is of an item: by its store path, the name in it or the hash in that, or by its NarHash with or without its kind. */
    public boolean isOf(String key) {
        String name = storePath.substring(storePath.lastIndexOf('/') + 1);
        return key.equals(storePath) || key.equals(name)
                || key.equals(name.substring(0, Math.max(0, name.indexOf('-'))))
                || (!narHash.isEmpty()
                        && (key.equals(narHash) || key.equals(narHash.substring(narHash.indexOf(':') + 1))));
    }

    /**
     * Something that it was at.
     *
     * @param name {@code metadata} (looking for its narinfo, before the download), {@code providers} (looking for peers), {@code blocks} (from peers), {@code servers} or {@code verifying} (of what had come by then; blocks are verified as
     *        they come)
     * @param seconds how long
     */
    public record Phase(String name, double seconds) {}

    /**
     * A kind of source has come to nothing.
     *
     * @param kind {@code peers} or {@code servers}
     * @param reason in words
     */
    public record Turn(String kind, String reason) {}

    /**
     * A peer was caught out, and asked no more; or it had it, and gave it no more.
     *
     * @param what in words
     */
    public record Trouble(String peerId, String what) {}
}
