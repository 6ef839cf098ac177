// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Test;

class GivenBlocksTest {
    private final List<NodeEvent> events = new ArrayList<>();
    private final GivenBlocks given = new GivenBlocks(events::add);

    private static NarHash nar(int number) {
        return new NarHash(Sha256.hash(Integer.toString(number).getBytes(StandardCharsets.UTF_8)));
    }

    /** All blocks of a NAR are as large as the NAR, give or take what rounding makes. */
    @Test
    void itIsToldOnceOfEachNar() {
        long bytes = 3 * BlockLayout.BLOCK_BYTES - 60_000L;
        for (int block = 0; block < 3; block++) {
            given.count(nar(1), new NarSize(bytes));
        }
        assertEquals(List.of(), events);
        given.tick();
        assertEquals(List.of(new NodeEvent.BlocksServed(nar(1).toString(), 3, bytes)), events);
        given.tick();
        assertEquals(1, events.size());
    }

    @Test
    void nothingIsLeftOutHoweverManyNarsAreGiven() {
        int nars = 3 * GivenBlocks.MOST;
        for (int times = 0; times < 2; times++) {
            IntStream.range(0, nars).forEach(i -> given.count(nar(i), new NarSize(1000)));
        }
        given.tick();
        assertEquals(2L * nars * 1000, events.stream()
                .mapToLong(event -> event instanceof NodeEvent.BlocksServed some ? some.bytes() : 0).sum());
    }
}
