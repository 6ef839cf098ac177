// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.TransferStatus;

/** What is said on the control socket of downloads, in a line each. */
final class BuildAnswers {
    private static final int MOST_SOURCES = 64;

    private BuildAnswers() {}

    static Map<String, Object> describe(BuildStatus build) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("path", build.storePath());
        members.put("nar", build.narHash());
        members.put("size", build.narBytes());
        members.put("outcome", build.outcome());
        members.put("began", build.began());
        members.put("seconds", build.seconds());
        members.put("from", build.from());
        String whyNotPeers = build.whyNotPeers();
        if (whyNotPeers != null) {
            members.put("why_not_peers", whyNotPeers);
        }
        members.put("answer", build.answer());
        members.put("phases", build.phases().stream()
                .map(phase -> Map.of("name", phase.name(), "seconds", phase.seconds())).toList());
        members.put("sources", sources(build.sources()));
        members.put("came_to_nothing", build.turns().stream()
                .map(turn -> Map.of("kind", turn.kind(), "reason", turn.reason())).toList());
        members.put("troubles", troubles(build.troubles()));
        members.put("requeued_blocks", build.requeuedBlocks());
        members.put("corrupt_blocks", build.corruptBlocks());
        members.put("restarts", build.restarts());
        return members;
    }

    /** Of one that is not over: as much of the same as is known. */
    static Map<String, Object> underWay(TransferStatus transfer) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("path", transfer.storePath());
        members.put("nar", transfer.narHash());
        members.put("size", transfer.narBytes());
        members.put("outcome", "under-way");
        members.put("seconds", transfer.seconds());
        members.put("answer", "It is under way: " + transfer.verifiedBytes() + " of " + transfer.narBytes()
                + " bytes are there and verified.");
        members.put("phases", List.of());
        members.put("at", transfer.state());
        members.put("sources", sources(transfer.sources()));
        members.put("came_to_nothing", List.of());
        members.put("troubles", List.of());
        members.put("requeued_blocks", transfer.requeuedBlocks());
        members.put("corrupt_blocks", transfer.corruptBlocks());
        members.put("restarts", transfer.restarts());
        return members;
    }

    /** Those that gave most: a line holds no more. */
    private static List<Map<String, Object>> sources(List<TransferStatus.Source> sources) {
        return sources.stream().sorted(Comparator.comparingLong(TransferStatus.Source::bytes).reversed())
                .limit(MOST_SOURCES)
                .map(source -> Map.<String, Object>of("name", source.name(), "bytes", source.bytes())).toList();
    }

    private static List<Map<String, String>> troubles(List<BuildStatus.Trouble> troubles) {
        return troubles.stream().map(trouble -> Map.of("peer_id", trouble.peerId(), "what", trouble.what())).toList();
    }
}
