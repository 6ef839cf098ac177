// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.TransferStatus;
import org.junit.jupiter.api.Test;

/** How many downloads are remembered. */
class BuildHistoryTest {
    private static final String PEER = "1".repeat(52);

    private final BuildHistory history = new BuildHistory();

    private static BuildStatus build(long id, int peers, String answer) {
        return new BuildStatus(id, "/gnu/store/" + "a".repeat(32) + "-a-package-with-a-name-1.2.3",
                "sha256:" + "b".repeat(52), 1, "done", "", 1,
                "peers", null, answer,
                Stream.of("metadata", "providers", "blocks").map(name -> new BuildStatus.Phase(name, 1)).toList(),
                IntStream.range(0, peers).mapToObj(i -> new TransferStatus.Source(PEER, 1)).toList(), List.of(),
                List.of(), 0, 0, 0, null);
    }

    private List<Long> ids() {
        return history.all().stream().map(BuildStatus::id).toList();
    }

    @Test
    void asManyAsASystemHasAreRemembered() {
        IntStream.range(0, 10_000).forEach(i -> history.add(build(i, 1, "All of it came from one peer.")));
        assertTrue(ids().size() >= 2_500, () -> ids().size() + " are");
        assertEquals(9_999, ids().getFirst());
    }

    @Test
    void ofThoseThatTellMoreFewerAre() {
        IntStream.range(0, 2_000).forEach(i -> history.add(build(i, Why.MOST_SOURCES, "x".repeat(2_000))));
        int most = (int) (BuildHistory.MOST_BYTES / (2_000 + Why.MOST_SOURCES * PEER.length()));
        assertTrue(ids().size() < most, () -> ids().size() + " are");
        assertEquals(1_999, ids().getFirst());
    }

    @Test
    void theLastOneIsWhateverItTells() {
        history.add(build(1, 1, "short"));
        history.add(build(2, 1, "x".repeat((int) BuildHistory.MOST_BYTES)));
        assertEquals(List.of(2L), ids());
        history.add(build(3, 1, "short"));
        assertEquals(List.of(3L), ids());
    }
}
