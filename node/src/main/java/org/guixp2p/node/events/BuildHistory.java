// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.TransferStatus;

/** The latest downloads that are over, and why each went as it did. Safe for several threads. */
final class BuildHistory {
    /** Some 2,500 that came from one peer each; fewer of such as many peers had a part in. */
    static final long MOST_BYTES = 3 << 20;
    /** What one takes of the heap besides its texts, and each of its parts. */
    private static final int BUILD_BYTES = 512;
    private static final int PART_BYTES = 96;

    private final Deque<BuildStatus> ended = new ArrayDeque<>();
    private long bytes;

    synchronized void add(BuildStatus build) {
        ended.addFirst(build);
        bytes += bytes(build);
        while (bytes > MOST_BYTES && ended.size() > 1) {
            bytes -= bytes(ended.removeLast());
        }
    }

    /** Those that ended last come first. */
    synchronized List<BuildStatus> all() {
        return new ArrayList<>(ended);
    }

    private static long bytes(BuildStatus build) {
        long parts = (long) build.phases().size() + build.sources().size() + build.turns().size()
                + build.troubles().size();
        Stream<String> texts = Stream.of(Stream.of(build.storePath(), build.narHash(), build.answer()),
                Stream.ofNullable(build.failure()), build.sources().stream().map(TransferStatus.Source::name),
                build.turns().stream().map(BuildStatus.Turn::reason),
                build.troubles().stream().map(BuildStatus.Trouble::what)).flatMap(some -> some);
        return BUILD_BYTES + PART_BYTES * parts + texts.mapToLong(String::length).sum();
    }
}
