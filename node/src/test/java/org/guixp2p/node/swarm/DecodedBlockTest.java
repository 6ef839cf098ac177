// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Test;

/** Whoever waits for a block hears of it, whatever becomes of its decompression. */
class DecodedBlockTest {
    @Test
    void anErrorOfThisMachineIsAnAnswerAndNoCorruptBlock() {
        for (Throwable fault : new Throwable[]{new OutOfMemoryError("a test's"), new StackOverflowError("a test's"),
            new NoClassDefFoundError("a test's"), new IllegalStateException("a test's")}) {
            assertEquals(new PeerSession.BlockFailed(3, "it could not be decompressed: " + fault),
                    Asking.decode(3, false, () -> {
                        if (fault instanceof Error error) {
                            throw error;
                        }
                        throw (RuntimeException) fault;
                    }));
        }
    }

    @Test
    void whatIsMalformedIsCorrupt() {
        var reply = assertInstanceOf(PeerSession.BlockReceived.class, Asking.decode(3, false, () -> {
            throw new FormatException("a test's");
        }));
        assertEquals(0, reply.bytes().length);
    }
}
