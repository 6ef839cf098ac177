// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.portmap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes are those of the figures in RFC 6886, section 3. */
class NatPmpTest {
    private static final MappingRequest TCP = new MappingRequest(Transport.TCP, 6881, 6882, 7200);

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    @Test
    void questionsAreThoseOfTheRfc() {
        assertArrayEquals(bytes("00 00"), NatPmp.askAddress());
        assertArrayEquals(bytes("00 02 0000 1ae1 1ae2 00001c20"), NatPmp.ask(TCP));
        assertArrayEquals(bytes("00 01 0000 1ae1 0000 ffffffff"),
                NatPmp.ask(new MappingRequest(Transport.UDP, 6881, 0, 0xffffffffL)));
        assertArrayEquals(bytes("00 02 0000 1ae1 0000 00000000"), NatPmp.ask(TCP.release()));
    }

    @Test
    void answersAreRead() throws FormatException {
        assertEquals(new GatewayAnswer.Address(InetAddress.ofLiteral("203.0.113.5"), 0x80000001L),
                NatPmp.readAddress(bytes("00 80 0000 80000001 cb007105")));
        assertEquals(new GatewayAnswer.Mapped(65_535, Optional.empty(), 3600, 7),
                NatPmp.read(bytes("00 82 0000 00000007 1ae1 ffff 00000e10"), TCP));
        assertEquals(new GatewayAnswer.Mapped(1, Optional.empty(), 0xffffffffL, 7),
                NatPmp.read(bytes("00 81 0000 00000007 1ae1 0001 ffffffff 0000"),
                        new MappingRequest(Transport.UDP, 6881, 0, 1)));
    }

    @ParameterizedTest
    @CsvSource({"00 82 0002 00000007, 2, it is not allowed, false",
        "00 82 0001 00000007, 1, it speaks another version, true",
        "00 80 0005 00000007, 5, the router does not know how, false",
        "02 82 0001 00000007, 1, it speaks another version, true", "00 82 ffff 00000007, 65535, error 65535, false"})
    void refusalsAreRead(String hex, int code, String reason, boolean version) throws FormatException {
        assertEquals(new GatewayAnswer.Refused(code, reason, version), NatPmp.read(bytes(hex), TCP));
        assertEquals(new GatewayAnswer.Refused(code, reason, version), NatPmp.readAddress(bytes(hex)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "00 82 0000 000000", "00 82 0000 00000007 1ae1 ffff 00000e",
        // A question, one about UDP, one about the address, and one about another port.
        "00 02 0000 00000007 1ae1 ffff 00000e10", "00 81 0000 00000007 1ae1 ffff 00000e10",
        "00 80 0000 00000007 1ae1 ffff 00000e10", "00 82 0000 00000007 1ae2 ffff 00000e10"})
    void whatIsNoAnswerIsRefused(String hex) {
        assertThrows(FormatException.class, () -> NatPmp.read(bytes(hex), TCP));
    }

    @Test
    void noAnswerIsOfInvalidLength() {
        byte[] whole = Arrays.copyOf(bytes("00 80 0000 80000001 cb007105"), NatPmp.MAX_BYTES + 1);
        assertThrows(FormatException.class, () -> NatPmp.readAddress(whole));
        for (int length = 0; length < 12; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThrows(FormatException.class, () -> NatPmp.readAddress(part));
        }
    }

    @ParameterizedTest
    @CsvSource({"0,0,0", "65536,0,0", "1,-1,0", "1,65536,0", "1,1,-1", "1,1,4294967296"})
    void whatCannotBeAskedIsNoRequest(int port, int wanted, long lifetime) {
        assertThrows(IllegalArgumentException.class, () -> new MappingRequest(Transport.TCP, port, wanted, lifetime));
    }
}
