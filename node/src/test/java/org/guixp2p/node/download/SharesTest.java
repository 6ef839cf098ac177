// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

class SharesTest {
    private static final int BLOCKS = 1_000;
    private static final List<PeerId> PEERS = IntStream.range(0, 10)
            .mapToObj(i -> new PeerId(Sha256.hash(new byte[]{(byte) i}))).toList();

    private static long count(int block, int rank) {
        return PEERS.stream().filter(peer -> Shares.of(peer, PEERS, BLOCKS).get(rank).get(block)).count();
    }

    private static long size(BlockSet set) {
        return IntStream.range(0, BLOCKS).filter(set::get).count();
    }

    @Test
    void eachBlockFallsToOneFirstAndToAnotherSecond() {
        for (int block = 0; block < BLOCKS; block += 37) {
            assertEquals(1, count(block, 0));
            assertEquals(1, count(block, 1));
            assertEquals(1, count(block, 2));
        }
    }

    @Test
    void sharesAreAboutEqual() {
        for (PeerId peer : PEERS) {
            long size = size(Shares.of(peer, PEERS, BLOCKS).getFirst());
            assertTrue(size > 60 && size < 150, () -> size + " of " + BLOCKS);
        }
    }

    @Test
    void whoeverIsAloneHasAll() {
        assertEquals(BLOCKS, size(Shares.of(PEERS.getFirst(), List.of(), BLOCKS).getFirst()));
    }

    @Test
    void whenOneLeavesOnlyItsShareMoves() {
        List<PeerId> rest = PEERS.subList(1, PEERS.size());
        for (PeerId peer : rest) {
            BlockSet before = Shares.of(peer, PEERS, BLOCKS).getFirst();
            BlockSet after = Shares.of(peer, rest, BLOCKS).getFirst();
            assertTrue(IntStream.range(0, BLOCKS).noneMatch(block -> before.get(block) && !after.get(block)));
        }
    }
}
