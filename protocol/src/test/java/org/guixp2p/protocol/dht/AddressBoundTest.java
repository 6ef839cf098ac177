// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressBoundTest {
    /** The BEP's own vectors, and one of IPv6 computed bit by bit from its formula. */
    @ParameterizedTest
    @CsvSource({"124.31.75.21, 5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401",
        "21.75.31.124, 5a3ce9c14e7a08645677bbd1cfe7d8f956d53256",
        "65.23.51.170, a5d43220bc8f112a3d426c84764f8c2a1150e616",
        "84.124.73.14, 1b0321dd1bb1fe518101ceef99462b947a01ff41",
        "43.213.53.83, e56f6cbf5b7c4be0237986d5243b87aa6d51305a",
        "2001:db8:1234:5678::1, 4eefe300112233445566778899aabbccddeefff5"})
    void theVectorsMatchAndNoneWithAnotherBit(String address, String text) throws FormatException {
        InetAddress host = InetAddress.ofLiteral(address);
        byte[] id = DhtId.parse(text).bytes();
        assertTrue(AddressBound.matches(DhtId.of(id), host));
        for (int bit = 0; bit < DhtId.BITS; bit++) {
            id[bit / 8] ^= (byte) (0x80 >>> bit % 8);
            boolean free = bit >= 21 && bit < 157;
            assertEquals(free, AddressBound.matches(DhtId.of(id), host), "bit " + bit);
            id[bit / 8] ^= (byte) (0x80 >>> bit % 8);
        }
    }

    @Property(tries = 300)
    void whatIsMadeMatches(@ForAll @Size(4) byte[] four, @ForAll @Size(16) byte[] sixteen, @ForAll long seed)
            throws Exception {
        for (InetAddress address : new InetAddress[]{InetAddress.getByAddress(four),
            InetAddress.getByAddress(sixteen)}) {
            assertTrue(AddressBound.matches(AddressBound.id(address, new Random(seed)), address));
        }
    }

    @Test
    void anAddressHasEightPlacesInTheKeySpace() {
        Random random = new Random(1);
        Set<Integer> places = new HashSet<>();
        Set<DhtId> ids = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            DhtId id = AddressBound.id(InetAddress.ofLiteral("192.0.2.1"), random);
            ids.add(id);
            places.add((id.bytes()[0] & 0xff) << 8 | (id.bytes()[1] & 0xff));
        }
        assertEquals(8, places.size());
        assertEquals(200, ids.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.7.7", "127.0.0.1",
        "127.255.255.255", "::1", "fe80::1", "fc00::1", "fdff::1"})
    void localAddressesAreExempt(String address) {
        assertTrue(AddressBound.isExempt(InetAddress.ofLiteral(address)));
        assertTrue(AddressBound.matches(DhtId.of(new byte[20]), InetAddress.ofLiteral(address)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"9.255.255.255", "11.0.0.1", "172.15.255.255", "172.32.0.0", "192.167.1.1", "169.253.1.1",
        "126.1.1.1", "128.0.0.1", "252.1.1.1", "253.0.0.1", "::2", "fbff::1", "fe00::1", "2001:db8::1"})
    void othersAreNot(String address) {
        assertFalse(AddressBound.isExempt(InetAddress.ofLiteral(address)));
    }
}
