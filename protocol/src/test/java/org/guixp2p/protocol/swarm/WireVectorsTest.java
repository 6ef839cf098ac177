// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.guixp2p.protocol.swarm.WireVectors.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Test;

/** The document and the code say the same, byte for byte. */
class WireVectorsTest {
    @Test
    void everyVectorOfTheDocumentIsTheFrameThatItNames() throws FormatException {
        Map<String, byte[]> document = WireVectors.document();
        for (Map.Entry<String, SwarmMessage> vector : WireVectors.messages().entrySet()) {
            byte[] expected = document.getOrDefault(vector.getKey(), new byte[0]);
            assertEquals(hex(expected), hex(bytes(vector.getValue())), vector.getKey());
            FrameDecoder decoder = new FrameDecoder();
            assertEquals(vector.getValue(), decoder.decode(ByteBuffer.wrap(expected)), vector.getKey());
            assertFalse(decoder.midFrame());
        }
    }

    @Test
    void everyRootOfTheDocumentIsThatOfItsNar() {
        Map<String, byte[]> document = WireVectors.document();
        for (Map.Entry<String, Sha256> vector : WireVectors.roots().entrySet()) {
            byte[] expected = document.getOrDefault(vector.getKey(), new byte[0]);
            assertEquals(hex(expected), vector.getValue().hex(), vector.getKey());
        }
    }

    @Test
    void theDocumentHasNoVectorThatNothingChecks() {
        Set<String> checked = new HashSet<>(WireVectors.messages().keySet());
        checked.addAll(WireVectors.roots().keySet());
        assertEquals(checked, WireVectors.document().keySet());
    }

    @Test
    void thereIsAVectorOfEveryFrame() {
        Set<Integer> codes = new HashSet<>();
        WireVectors.messages().values().forEach(message -> codes.add((int) bytes(message)[4]));
        Set<Integer> expected = new HashSet<>();
        for (FrameType type : FrameType.values()) {
            expected.add(type.code());
        }
        assertEquals(expected, codes);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
