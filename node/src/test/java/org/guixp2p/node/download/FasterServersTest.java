// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.junit.jupiter.api.Test;

class FasterServersTest {
    private static final String URL = "http://a/nar/x";
    /** Blocks that are missing: some 26 MB. */
    private static final int MISSING = 100;

    private final FasterServers faster = new FasterServers(Duration.ofSeconds(10));

    private static Optional<FasterServers.Expected> server(double seconds) {
        return Optional.of(new FasterServers.Expected(URL, seconds));
    }

    @Test
    void whoseRestTakesMuchLongerIsSlower() {
        faster.begin(0, 0);
        faster.received(1_000_000);
        assertEquals(new Verdict.Slower(
                "they bring 100 kB/s, and the rest would take 262 s; all of it from " + URL + " should take 5 s",
                100_000),
                faster.look(server(4.2), 0, MISSING, 10_000).orElseThrow());
    }

    @Test
    void nothingIsSaidBeforeTheEndOfAWindow() {
        faster.begin(0, 0);
        faster.received(1000);
        assertTrue(faster.look(server(1), 0, MISSING, 9_999).isEmpty());
        assertTrue(faster.look(server(1), 0, MISSING, 10_000).isPresent());
        // And each window is looked at by itself.
        assertTrue(faster.look(server(1), 0, MISSING, 19_999).isEmpty());
        faster.received(100_000_000);
        assertTrue(faster.look(server(1), 0, MISSING, 20_000).isEmpty());
    }

    /** The user's line may have had a bad moment: whether it is a stall is for others to say. */
    @Test
    void aWindowWithoutAByteSaysNothing() {
        faster.begin(0, 0);
        assertTrue(faster.look(server(1), 0, MISSING, 10_000).isEmpty());
    }

    @Test
    void ofAServerOfWhichNothingIsKnownNothingIsThought() {
        faster.begin(0, 0);
        faster.received(1000);
        assertTrue(faster.look(Optional.empty(), 0, MISSING, 10_000).isEmpty());
    }

    @Test
    void aServerIsAskedForALargeGainOnly() {
        // A rest of 26.2 s, within three times as long.
        faster.begin(0, 0);
        faster.received(10_000_000);
        assertTrue(faster.look(server(9), 0, MISSING, 10_000).isEmpty());
        // One of 10.5 s, of which nobody would win ten.
        faster.received(25_000_000);
        assertTrue(faster.look(server(1), 0, MISSING, 20_000).isEmpty());
        faster.received(10_000_000);
        assertTrue(faster.look(server(8), 0, MISSING, 30_000).isPresent());
    }

    @Test
    void blocksThatCameCompressedCountWhole() {
        faster.begin(10, 0);
        faster.received(1_000);
        assertTrue(faster.look(server(1), 10 + MISSING, MISSING, 10_000).isEmpty());
    }

    @Test
    void whatIsLeftOfASmallNarIsWaitedFor() {
        faster.begin(0, 0);
        faster.received(BlockLayout.BLOCK_BYTES);
        assertTrue(faster.look(server(0.1), 1, 1, 10_000).isEmpty());
        assertTrue(faster.look(server(0.1), 1, 0, 20_000).isEmpty());
    }
}
