// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may be asked and answered of dials, besides what {@link FrameDecoderTest} and {@link FramePropertiesTest} have. */
class DialBackTest {
    private static @Nullable SwarmMessage decode(String body) throws FormatException {
        byte[] bytes = HexFormat.of().parseHex(body);
        return new FrameDecoder().decode(ByteBuffer.allocate(5 + bytes.length).putInt(1 + bytes.length).put((byte) 32)
                .put(bytes).flip());
    }

    @ParameterizedTest
    @CsvSource({"a0,either 'port' or 'outcome' expected",
        "a264706f7274191ae1676f7574636f6d656772656163686564,either 'port' or 'outcome' expected",
        "a164706f727400,port out of range: 0", "a164706f72741903ff,port out of range: 1023"})
    void isAPortOrAnOutcome(String body, String expected) {
        assertEquals("dial-back: " + expected, assertThrows(FormatException.class, () -> decode(body)).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"a164706f72741a00010000,dial-back port: 0 to 65535 expected",
        "a164706f727440,dial-back port: a number expected", "a1676f7574636f6d6500,dial-back outcome: a text expected"})
    void isOfItsKind(String body, String expected) {
        assertEquals(expected, assertThrows(FormatException.class, () -> decode(body)).getMessage());
    }

    @Test
    void unknownOutcomesSayNothing() throws FormatException {
        assertEquals(new SwarmMessage.DialledBack(DialOutcome.BUSY), decode("a1676f7574636f6d656178"));
    }

    @Test
    void theLowestPort() throws FormatException {
        assertEquals(new SwarmMessage.DialBack(1024), decode("a164706f7274190400"));
    }
}
