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

/** Bytes are those of the figures in RFC 6887, sections 7 and 11.1. */
class PcpTest {
    private static final MappingRequest TCP = new MappingRequest(Transport.TCP, 6881, 6882, 7200);
    private static final String NONCE = "0102030405060708090a0b0c";
    private static final String OWN = "00000000000000000000ffffc0a80102";
    private static final Pcp PCP = pcp("192.168.1.2");
    private static final String HEAD = "02 81 00 00 00000e10 00000007 000000000000000000000000";
    private static final String MAPPED = NONCE + "06 000000 1ae1 ffff 00000000000000000000ffffcb007105";

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static Pcp pcp(String own) {
        return new Pcp(InetAddress.ofLiteral(own), bytes(NONCE));
    }

    @Test
    void questionsAreThoseOfTheRfc() {
        assertArrayEquals(
                bytes("02 01 0000 00001c20" + OWN + NONCE + "06 000000 1ae1 1ae2 00000000000000000000ffff00000000"),
                PCP.ask(TCP));
        assertArrayEquals(
                bytes("02 01 0000 00000000 20010db8000000000000000000000001" + NONCE
                        + "11 000000 1ae1 0000 00000000000000000000000000000000"),
                pcp("2001:db8::1").ask(new MappingRequest(Transport.UDP, 6881, 6881, 9).release()));
    }

    @Test
    void answersAreReadWithOptionsOrWithout() throws FormatException {
        GatewayAnswer mapped = new GatewayAnswer.Mapped(65_535, Optional.of(InetAddress.ofLiteral("203.0.113.5")), 3600,
                7);
        assertEquals(mapped, PCP.read(bytes(HEAD + MAPPED), TCP));
        assertEquals(mapped, PCP.read(bytes(HEAD + MAPPED + "02000000"), TCP));
    }

    @ParameterizedTest
    @CsvSource({"2, it is not allowed", "8, the router has no room", "11, the router's port is taken", "77, error 77"})
    void refusalsAreRead(int code, String reason) throws FormatException {
        byte[] answer = bytes(HEAD + MAPPED);
        answer[3] = (byte) code;
        assertEquals(new GatewayAnswer.Refused(code, reason, false), PCP.read(answer, TCP));
    }

    /** As a router that speaks NAT-PMP alone does. */
    @ParameterizedTest
    @ValueSource(strings = {"00 81 0001 00000007", "02 81 00 01 00000000 00000007 000000000000000000000000"})
    void anotherVersionIsARefusalToo(String hex) throws FormatException {
        assertEquals(new GatewayAnswer.Refused(1, "it speaks another version", true), PCP.read(bytes(hex), TCP));
    }

    @Test
    void whatIsNoAnswerIsRefused() {
        String whole = HEAD.replace(" ", "") + MAPPED.replace(" ", "");
        // A question; another nonce, transport, port.
        for (int at : new int[]{1, 24, 35, 36, 40, 41}) {
            byte[] answer = bytes(whole);
            answer[at] ^= (byte) 0x80;
            assertThrows(FormatException.class, () -> PCP.read(answer, TCP), "byte " + at);
        }
    }

    @Test
    void noAnswerIsOfInvalidLength() {
        byte[] whole = Arrays.copyOf(bytes(HEAD + MAPPED), Pcp.MAX_BYTES + 4);
        assertThrows(FormatException.class, () -> PCP.read(whole, TCP));
        for (int length : new int[]{0, 3, 4, 24, 59, 61, 63}) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThrows(FormatException.class, () -> PCP.read(part, TCP), "" + length);
        }
    }

    @Test
    void aNonceHasItsLength() {
        InetAddress own = InetAddress.ofLiteral("192.168.1.2");
        assertThrows(IllegalArgumentException.class, () -> new Pcp(own, new byte[11]));
    }
}
