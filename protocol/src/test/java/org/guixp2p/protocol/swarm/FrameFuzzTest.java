// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.check;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.guixp2p.protocol.FormatException;
import org.opentest4j.AssertionFailedError;

/** Any bytes either are frames, which then mean the same after a round trip, or are refused. */
class FrameFuzzTest {
    private static final byte[] PREFIX = WireVectors.prefix();

    @FuzzTest
    void frames(byte[] input) {
        FrameDecoder decoder = new FrameDecoder();
        ByteBuffer stream = ByteBuffer.wrap(input);
        try {
            for (SwarmMessage m = decoder.decode(stream); m != null; m = decoder.decode(stream)) {
                if (!m.equals(new FrameDecoder().decode(ByteBuffer.wrap(WireVectors.bytes(m))))) {
                    throw new AssertionFailedError("not the same after a round trip: " + m);
                }
                if (m instanceof SwarmMessage.Block block
                        && block.payload().block(PREFIX).length != block.payload().rawLength()) {
                    throw new AssertionFailedError("a block of another length");
                }
            }
        } catch (FormatException e) {
            if (e.getMessage() == null || e.getMessage().isEmpty()) {
                throw new AssertionFailedError("no message", e);
            }
        }
    }

    /** What was made of a block behind a prefix gives it again; changed in one place it gives as many bytes, or is refused. */
    @FuzzTest
    void prefixedBlocks(byte[] input) {
        if (input.length < 6) {
            return;
        }
        int split = 4 + (input[0] & 0xff) % (input.length - 5);
        byte[] prefix = Arrays.copyOfRange(input, 0, split);
        byte[] block = Arrays.copyOfRange(input, split, input.length);
        BlockPayload payload = BlockPayload.compress(block, prefix, 1 + (input[1] & 7));
        check(Arrays.equals(block, accepted(() -> payload.block(prefix)).orElseThrow()), "another block");
        byte[] wire = payload.bytes().clone();
        wire[(input[2] & 0xff) % wire.length] ^= input[3];
        BlockPayload damaged = BlockPayload.of(payload.encoding(), payload.rawLength(), wire);
        accepted(() -> damaged.block(prefix))
                .ifPresent(found -> check(found.length == block.length, "a block of another length"));
    }
}
