// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.madeup;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.guixp2p.api.BlockMap;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.TransferStatus;
import org.jspecify.annotations.Nullable;

/** One download, from the first question to the last block. */
final class MadeUpDownload {
    private static final int BLOCK = 256 * 1024;
    private static final int NEAR = 24;
    private static final double LOOKING_SECONDS = 1.2;

    private final long id;
    private final MadeUpItem item;
    private final Instant began;
    private final String[] givers;
    private final Map<String, Long> sources = new LinkedHashMap<>();
    private final List<MadeUpPeer> peers;
    private final Map<String, Long> owed = new LinkedHashMap<>();
    private double seconds;
    private int there;
    private int requeued;
    private String state = "providers";
    private @Nullable String failure;

    /** @param peers who has it; none is a download that fails */
    MadeUpDownload(long id, MadeUpItem item, Instant began, List<MadeUpPeer> peers) {
        this.id = id;
        this.item = item;
        this.began = began;
        this.peers = List.copyOf(peers);
        this.givers = new String[Math.toIntExact(Math.ceilDiv(item.narBytes(), BLOCK))];
        Arrays.fill(givers, "");
    }

    long id() {
        return id;
    }

    MadeUpItem item() {
        return item;
    }

    String state() {
        return state;
    }

    double seconds() {
        return seconds;
    }

    boolean isOver() {
        return state.equals("done") || state.equals("failed");
    }

    /** Goes on for some seconds; says how many blocks came from whom. */
    Map<MadeUpPeer, Integer> goOn(double span, RandomGenerator random) {
        seconds += span;
        Map<MadeUpPeer, Integer> came = new LinkedHashMap<>();
        if (seconds < LOOKING_SECONDS) {
            return came;
        }
        if (peers.isEmpty()) {
            state = "failed";
            failure = "no connected peer has it; a server does not have it either";
            return came;
        }
        state = "blocks";
        for (MadeUpPeer peer : peers) {
            long bytes = owed.getOrDefault(peer.id(), 0L) + peer.gives(span, random);
            int blocks = Math.toIntExact(Math.min(bytes / BLOCK, givers.length - there));
            owed.put(peer.id(), bytes % BLOCK);
            for (int block = 0; block < blocks; block++) {
                take(peer, random);
            }
            if (blocks > 0) {
                came.put(peer, blocks);
            }
        }
        requeued += random.nextInt(40) == 0 ? 1 : 0;
        state = there == givers.length ? "done" : "blocks";
        return came;
    }

    private void take(MadeUpPeer peer, RandomGenerator random) {
        List<Integer> open = new ArrayList<>();
        for (int block = 0; block < givers.length && open.size() < NEAR; block++) {
            if (givers[block].isEmpty()) {
                open.add(block);
            }
        }
        int block = open.get(random.nextInt(open.size()));
        givers[block] = peer.id();
        sources.merge(peer.id(), bytesOf(block), Long::sum);
        peer.gave(bytesOf(block));
        there++;
    }

    private long bytesOf(int block) {
        return Math.min(BLOCK, item.narBytes() - (long) block * BLOCK);
    }

    private long firstMissing() {
        int first = 0;
        while (first < givers.length && !givers[first].isEmpty()) {
            first++;
        }
        return Math.min((long) first * BLOCK, item.narBytes());
    }

    private List<TransferStatus.Source> given() {
        return sources.entrySet().stream().map(each -> new TransferStatus.Source(each.getKey(), each.getValue()))
                .toList();
    }

    TransferStatus status() {
        List<String> names = List.copyOf(sources.keySet());
        return new TransferStatus(id, item.storePath(), item.narHash(), item.narBytes(), state, firstMissing(), seconds,
                peers.size(), given(), BlockMap.of(givers.length, names.size(), block -> names.indexOf(givers[block])),
                requeued, 0, 0, 0, failure);
    }

    /** What became of it. */
    BuildStatus build() {
        boolean failed = failure != null;
        return new BuildStatus(id, item.storePath(), item.narHash(), item.narBytes(), state, began.toString(), seconds,
                failed ? "nowhere" : "peers", failed ? "no-provider" : null,
                failed
                        ? "It was not fetched: " + failure + "."
                        : "All of it came from " + (sources.size() == 1 ? "one peer." : sources.size() + " peers."),
                failed
                        ? List.of(new BuildStatus.Phase("providers", seconds))
                        : List.of(new BuildStatus.Phase("providers", LOOKING_SECONDS),
                                new BuildStatus.Phase("blocks", Math.max(0, seconds - LOOKING_SECONDS))),
                given(), failed ? List.of(new BuildStatus.Turn("peers", "no connected peer has it")) : List.of(),
                requeued > 1 && !failed
                        ? List.of(new BuildStatus.Trouble(peers.getFirst().id(), "it gave nothing for 5 s"))
                        : List.of(),
                requeued, 0, 0, failure);
    }
}
