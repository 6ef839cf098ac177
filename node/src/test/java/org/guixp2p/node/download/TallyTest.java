// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Test;

class TallyTest {
    private static final int BLOCKS = 6;
    private static final long BYTES = BlockLayout.BLOCK_BYTES;

    private final Tally tally = new Tally(last -> {}, new BlockLayout(new NarSize(BLOCKS * BYTES)));

    @Test
    void theMapSaysWhichBlockCameFromWhichSource() {
        assertEquals(List.of(-1, BLOCKS), tally.blockMap().runs());
        tally.resumed(0, BYTES);
        tally.received("a", 2, BYTES);
        tally.received("a", 3, BYTES);
        tally.received("b", 5, BYTES);
        assertEquals(List.of(new TransferStatus.Source("disk", BYTES), new TransferStatus.Source("a", 2 * BYTES),
                new TransferStatus.Source("b", BYTES)), tally.sources());
        assertEquals(List.of(0, 1, -1, 1, 1, 2, -1, 1, 2, 1), tally.blockMap().runs());
    }

    @Test
    void whatWasGivenUpIsNotOnTheMapUntilItIsFoundGood() {
        tally.received("liar", 0, BYTES);
        tally.received("a", 1, BYTES);
        tally.restarted("the whole was wrong");
        assertEquals(List.of(-1, BLOCKS), tally.blockMap().runs());
        tally.received("b", 0, BYTES);
        tally.carried(1, BYTES);
        assertEquals(List.of(0, 1, 1, 1, -1, BLOCKS - 2), tally.blockMap().runs());
        assertEquals(List.of("b", "a"), tally.sources().stream().map(TransferStatus.Source::name).toList());
    }
}
