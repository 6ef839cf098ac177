// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.bridge;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import org.guixp2p.protocol.FormatException;
import org.opentest4j.AssertionFailedError;

/** Any bytes either are frames, which then come out again as they went in, or are refused. */
class FrameFuzzTest {
    @FuzzTest
    void restorer(byte[] input) throws IOException {
        check(FrameDecoder.ofRestorer(), input);
    }

    @FuzzTest
    void node(byte[] input) throws IOException {
        check(FrameDecoder.ofNode(), input);
    }

    private static <M extends BridgeMessage> void check(FrameDecoder<M> decoder, byte[] input) throws IOException {
        ByteArrayInputStream stream = new ByteArrayInputStream(input);
        try {
            for (M message = decoder.read(stream); message != null; message = decoder.read(stream)) {
                byte[] again = FrameDecoderTest.bytes(message);
                FrameDecoder<? extends BridgeMessage> second = message instanceof FromNode
                        ? FrameDecoder.ofNode()
                        : FrameDecoder.ofRestorer();
                if (!message.equals(second.read(new ByteArrayInputStream(again)))) {
                    throw new AssertionFailedError("not the same after a round trip: " + message);
                }
            }
        } catch (FormatException | EOFException e) {
            if (e.getMessage() == null || e.getMessage().isEmpty()) {
                throw new AssertionFailedError("no message", e);
            }
        }
    }
}
