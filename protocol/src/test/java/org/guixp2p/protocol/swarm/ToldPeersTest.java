// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a peer may tell of others, besides what {@link FrameDecoderTest} and {@link FramePropertiesTest} have of all frames. */
class ToldPeersTest {
    private static byte[] frame(byte[]... peers) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (CBORGenerator cbor = new CBORFactory().createGenerator(body)) {
            cbor.writeStartObject();
            cbor.writeArrayFieldStart("peers");
            for (byte[] peer : peers) {
                cbor.writeBinary(peer);
            }
            cbor.writeEndArray();
            cbor.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return ByteBuffer.allocate(5 + body.size()).putInt(1 + body.size()).put((byte) 31).put(body.toByteArray())
                .array();
    }

    private static byte[] peer(int id, byte[] host, int port) {
        return ByteBuffer.allocate(34 + host.length).put(Sha256.hash(new byte[]{(byte) id}).bytes()).put(host)
                .putShort((short) port).array();
    }

    private static byte[] peer(int id, String host, int port) {
        return peer(id, InetAddress.ofLiteral(host).getAddress(), port);
    }

    private static String refusal(byte[] frame) {
        return String.valueOf(assertThrows(FormatException.class,
                () -> new FrameDecoder().decode(ByteBuffer.wrap(frame))).getMessage());
    }

    private static SwarmMessage.Peers decode(byte[] frame) throws FormatException {
        return assertInstanceOf(SwarmMessage.Peers.class, new FrameDecoder().decode(ByteBuffer.wrap(frame)));
    }

    @ParameterizedTest
    @CsvSource({"198.51.100.7,1024", "10.1.2.3,65535", "172.31.0.1,6881", "192.168.0.1,6881", "2001:db8::1,6881",
        "fd00::1,6881"})
    void isAnAddressOfTheWorldOrOfAPrivateNetwork(String host, int port) throws FormatException {
        assertEquals(List.of(new HostAndPort(host, port)),
                decode(frame(peer(1, host, port))).addresses().stream().map(PeerAddress::endpoint).toList());
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0", "127.0.0.1", "169.254.0.1", "100.64.0.1", "224.0.0.1", "255.255.255.255", "::", "::1",
        "fe80::1", "ff02::1", "64:ff9b::1"})
    void isNoAddressThatMeansAnotherMachineElsewhere(String host) {
        assertEquals("peers: no address of a machine elsewhere: " + host, refusal(frame(peer(1, host, 6881))));
    }

    @Test
    void anIpv4AddressHasOneForm() {
        byte[] mapped = new byte[16];
        mapped[10] = mapped[11] = -1;
        mapped[12] = (byte) 198;
        assertEquals("peers: an IPv4 address in the form of IPv6: 198.0.0.0", refusal(frame(peer(1, mapped, 6881))));
    }

    @ParameterizedTest
    @CsvSource({"0", "80", "1023"})
    void noPortOfAnotherService(int port) {
        String expected = port == 0 ? "peers: a peer's port is not 0" : "peers: port out of range: " + port;
        assertEquals(expected, refusal(frame(peer(1, "198.51.100.7", port))));
    }

    @ParameterizedTest
    @CsvSource({"3,37,38 to 50 bytes expected", "17,51,38 to 50 bytes expected", "5,39,a peer of 39 bytes",
        "15,49,a peer of 49 bytes"})
    void noOtherLength(int host, int length, String expected) {
        byte[] bytes = peer(1, new byte[host], 6881);
        assertEquals(length, bytes.length);
        String found = refusal(frame(bytes));
        assertEquals(expected, found.substring(found.lastIndexOf(": ") + 2));
    }

    @Test
    void noneTwoOfTheSameOrTooMany() throws FormatException {
        assertEquals("peers: number of peers out of range: 0", refusal(frame()));
        assertEquals("peers: a peer told twice",
                refusal(frame(peer(1, "198.51.100.7", 6881), peer(1, "198.51.100.7", 6881))));
        byte[][] most = IntStream.range(0, 50).mapToObj(i -> peer(i, "2001:db8::1", 6881)).toArray(byte[][]::new);
        assertEquals(50, decode(frame(most)).addresses().size());
        byte[][] more = IntStream.range(0, 51).mapToObj(i -> peer(i, "2001:db8::1", 6881)).toArray(byte[][]::new);
        assertEquals("peers peers: up to 50 elements expected", refusal(frame(more)));
    }

    @ParameterizedTest
    @CsvSource({"198.51.100.7,10.0.0.1,true", "198.51.100.7,127.0.0.1,true", "10.0.0.1,10.255.0.1,true",
        "10.0.0.1,192.168.0.1,false", "10.0.0.1,198.51.100.7,false", "192.168.7.1,192.168.8.1,true",
        "172.16.0.1,172.31.0.1,true", "fd00::1,fdff::1,true", "fd00::1,2001:db8::1,false",
        "127.0.0.1,127.0.0.1,false", "169.254.0.1,169.254.0.2,false", "2001:db8::1,10.0.0.1,true"})
    void reachesWhoeverIsInTheSameNetwork(String told, String with, boolean expected) {
        assertEquals(expected,
                AddressScope.of(InetAddress.ofLiteral(told)).reaches(AddressScope.of(InetAddress.ofLiteral(with))));
    }
}
