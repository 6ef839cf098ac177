// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.madeup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.EventSource;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.api.TransferStatus;
import org.junit.jupiter.api.Test;

/** What is made up holds together, as the page believes it. */
class MadeUpNodeTest {
    private static final int STEPS = 2000;

    private final MadeUpNode node = new MadeUpNode(() -> Instant.EPOCH, new Random(1));

    private static <T> T now(CompletionStage<T> answer) {
        return answer.toCompletableFuture().join();
    }

    @Test
    void mapsAndSourcesAndStatesAgree() {
        Set<String> states = new HashSet<>();
        for (int step = 0; step < STEPS; step++) {
            node.pass(0.5);
            for (TransferStatus transfer : now(node.transfers())) {
                states.add(transfer.state());
                List<Integer> runs = transfer.blockMap().runs();
                int cells = IntStream.range(0, runs.size() / 2).map(run -> runs.get(2 * run + 1)).sum();
                assertEquals(Math.ceilDiv(transfer.blockMap().blocks(), transfer.blockMap().blocksPerCell()), cells);
                assertTrue(runs.stream().allMatch(number -> number >= -1));
                long bytes = transfer.sources().stream().mapToLong(TransferStatus.Source::bytes).sum();
                assertTrue(bytes >= transfer.verifiedBytes() && bytes <= transfer.narBytes(), transfer::toString);
                if (transfer.state().equals("done")) {
                    assertEquals(transfer.narBytes(), bytes);
                    assertNull(transfer.failure());
                }
            }
        }
        assertEquals(Set.of("providers", "blocks", "done", "failed"), states);
        List<BuildStatus> builds = now(node.builds());
        assertTrue(builds.size() <= 48 && now(node.transfers()).size() <= 43);
        assertEquals(Set.of("done", "failed", "not-claimed"),
                builds.stream().map(BuildStatus::outcome).collect(Collectors.toSet()));
        assertEquals(9, now(node.peers()).size());
    }

    @Test
    void eventsGoOnWhereAReaderWas() {
        for (int step = 0; step < STEPS; step++) {
            node.pass(0.5);
        }
        EventSource events = node.events();
        EventSource.Some first = events.after(0, event -> true, 100);
        EventSource.Some next = events.after(first.last(), event -> true, 1);
        assertEquals(first.events().getLast().number() + 1, next.events().getFirst().number());
        assertTrue(events.after(1, event -> true, 1).gap(), "the first ones are forgotten");
        assertTrue(events.after(0, NodeEvent.DownloadSucceeded.class::isInstance, 9999).events().size() > 1);
    }
}
