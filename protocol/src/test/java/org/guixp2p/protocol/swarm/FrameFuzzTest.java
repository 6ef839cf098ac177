// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import org.guixp2p.protocol.FormatException;
import org.opentest4j.AssertionFailedError;

/** Any bytes either are frames, which then mean the same after a round trip, or are refused. */
class FrameFuzzTest {
    @FuzzTest
    void frames(byte[] input) {
        FrameDecoder decoder = new FrameDecoder();
        ByteBuffer stream = ByteBuffer.wrap(input);
        try {
            for (SwarmMessage m = decoder.decode(stream); m != null; m = decoder.decode(stream)) {
                if (!m.equals(new FrameDecoder().decode(ByteBuffer.wrap(WireVectors.bytes(m))))) {
                    throw new AssertionFailedError("not the same after a round trip: " + m);
                }
                if (m instanceof SwarmMessage.Block block && block.payload().block().length == 0) {
                    throw new AssertionFailedError("a block of no bytes");
                }
            }
        } catch (FormatException e) {
            if (e.getMessage() == null || e.getMessage().isEmpty()) {
                throw new AssertionFailedError("no message", e);
            }
        }
    }
}
