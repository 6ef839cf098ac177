// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Test;

class CompactTest {
    private static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    @Test
    void anAddressIsItsBytesAndItsPort() throws FormatException {
        assertArrayEquals(hex("7c1f4b151ae1"), Compact.encode(at("124.31.75.21", 6881)));
        assertArrayEquals(hex("20010db8000000000000000000000007ffff"), Compact.encode(at("2001:db8::7", 65_535)));
        assertEquals(at("124.31.75.21", 6881), Compact.address(hex("7c1f4b151ae1")));
        assertEquals(at("2001:db8::7", 65_535), Compact.address(hex("20010db8000000000000000000000007ffff")));
    }

    @Property(tries = 200)
    void addressesSurvive(@ForAll @Size(4) byte[] four, @ForAll @Size(16) byte[] sixteen,
            @ForAll @IntRange(max = 65_535) int port) throws Exception {
        for (byte[] bytes : List.of(four, sixteen)) {
            InetAddress host = InetAddress.getByAddress(bytes);
            Assume.that(host.getAddress().length == bytes.length);
            InetSocketAddress address = new InetSocketAddress(host, port);
            assertEquals(address, Compact.address(Compact.encode(address)));
            Contact node = new Contact(DhtId.of(new byte[20]), address);
            assertEquals(List.of(node, node),
                    Compact.nodes(Compact.encode(List.of(node, node)), node.family(), 2));
        }
    }

    @Test
    void otherLengthsAreRefused() {
        for (int length = 0; length < 40; length++) {
            byte[] bytes = new byte[length];
            if (length != 6 && length != 18) {
                assertThrows(FormatException.class, () -> Compact.address(bytes));
            }
            if (length % 26 != 0) {
                assertThrows(FormatException.class, () -> Compact.nodes(bytes, AddressFamily.IPV4, 9));
            }
            if (length % 38 != 0) {
                assertThrows(FormatException.class, () -> Compact.nodes(bytes, AddressFamily.IPV6, 9));
            }
        }
    }

    @Test
    void noMoreNodesAreTakenThanWanted() throws FormatException {
        List<Contact> nodes = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            nodes.add(new Contact(DhtId.of(new byte[20]), at("192.0.2.1", i)));
        }
        assertEquals(nodes.subList(0, 8), Compact.nodes(Compact.encode(nodes), AddressFamily.IPV4, 8));
    }

    @Test
    void mappedAddressesAreNoNodesOfIpv6() throws FormatException {
        byte[] mapped = hex("00".repeat(20) + "00000000000000000000ffffc00002011ae1");
        byte[] both = hex(HexFormat.of().formatHex(mapped) + "00".repeat(20) + "20010db80000000000000000000000071ae1");
        assertEquals(List.of(), Compact.nodes(mapped, AddressFamily.IPV6, 8));
        assertEquals(List.of(new Contact(DhtId.of(new byte[20]), at("2001:db8::7", 6881))),
                Compact.nodes(both, AddressFamily.IPV6, 8));
    }

    @Test
    void namesAreNoAddresses() {
        InetSocketAddress name = InetSocketAddress.createUnresolved("peer.example", 1);
        assertThrows(IllegalArgumentException.class, () -> Compact.encode(name));
        assertThrows(IllegalArgumentException.class, () -> new Contact(DhtId.of(new byte[20]), name));
    }
}
