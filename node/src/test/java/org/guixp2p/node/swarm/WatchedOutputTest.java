// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How much peers take, in a time that passes only while something is written. */
class WatchedOutputTest {
    private static final long LEAST = SwarmSettings.STANDARD.takenAMinute();
    private static final byte[] BLOCK = new byte[262_144];

    private final FakeTicker ticker = new FakeTicker();
    /** What a record takes, and how many come at once before one does. */
    private Duration each = Duration.ZERO;
    private int atOnce = 1;
    private int records;
    private long seen;
    private final WatchedOutput output = new WatchedOutput(new OutputStream() {
        @Override
        public void write(int b) {
            throw new AssertionError("records come whole");
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (++records % atOnce == 0) {
                ticker.advance(each);
                seen = output.blocked();
            }
        }
    }, ticker, LEAST);

    private void blocks(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            output.write(BLOCK);
        }
    }

    @Test
    void aSlowLinkIsSlowEnough() throws IOException {
        each = Duration.ofSeconds(2);
        blocks(60);
        assertFalse(output.isTooSlow(), "8 KiB a second");
    }

    /** The kernel takes more only when a good part of its buffer is free again. */
    @Test
    void aSlowLinkBehindALargeBufferIsSlowEnough() throws IOException {
        each = Duration.ofSeconds(50);
        atOnce = 25;
        blocks(60);
        assertFalse(output.isTooSlow(), "8 KiB a second");
    }

    @Test
    void aTrickleIsNot() throws IOException {
        blocks(4);
        each = Duration.ofSeconds(50);
        output.write(new byte[2 * FrameWriter.RECORD]);
        assertEquals(Duration.ofSeconds(50).toNanos(), seen);
        // What went into the kernel's buffer at first counts as taken in the first minute.
        assertFalse(output.isTooSlow());
        output.write(new byte[2 * FrameWriter.RECORD]);
        assertTrue(output.isTooSlow());
        assertEquals(0, output.blocked());
    }

    @Test
    void whoHasNothingToTakeIsNotSlow() throws IOException {
        for (int i = 0; i < 100; i++) {
            output.write(new byte[100]);
            ticker.advance(Duration.ofMinutes(1));
        }
        assertFalse(output.isTooSlow());
    }
}
