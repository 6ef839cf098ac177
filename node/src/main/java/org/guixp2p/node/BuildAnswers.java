// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.api.BuildStatus;

/** What is said on the control socket of downloads that are over. A line holds all of it. */
final class BuildAnswers {
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
        members.put("sources", build.sources().stream()
                .map(source -> Map.of("name", source.name(), "bytes", source.bytes())).toList());
        members.put("came_to_nothing", build.turns().stream()
                .map(turn -> Map.of("kind", turn.kind(), "reason", turn.reason())).toList());
        members.put("troubles", troubles(build.troubles()));
        members.put("requeued_blocks", build.requeuedBlocks());
        members.put("corrupt_blocks", build.corruptBlocks());
        members.put("restarts", build.restarts());
        return members;
    }

    private static List<Map<String, String>> troubles(List<BuildStatus.Trouble> troubles) {
        return troubles.stream().map(trouble -> Map.of("peer_id", trouble.peerId(), "what", trouble.what())).toList();
    }
}
