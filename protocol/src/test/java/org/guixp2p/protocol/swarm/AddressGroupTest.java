// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.net.InetAddress;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressGroupTest {
    private static InetAddress at(String address) {
        return InetAddress.ofLiteral(address);
    }

    /** A bit within the prefix makes another group, one after it does not. */
    @Property(tries = 200)
    void groupsGoByTheirPrefix(@ForAll @Size(4) byte[] four, @ForAll @IntRange(max = 31) int bitOfFour,
            @ForAll @Size(16) byte[] sixteen, @ForAll @IntRange(max = 127) int bitOfSixteen) throws Exception {
        sixteen[0] |= 0x20;
        flips(four, bitOfFour, 32, 24);
        flips(sixteen, bitOfSixteen, 64, 48);
    }

    private static void flips(byte[] bytes, int bit, int machine, int network) throws Exception {
        InetAddress one = InetAddress.getByAddress(bytes);
        byte[] flipped = bytes.clone();
        flipped[bit / 8] ^= (byte) (0x80 >>> bit % 8);
        InetAddress other = InetAddress.getByAddress(flipped);
        assertEquals(bit >= machine, AddressGroup.machine(one).equals(AddressGroup.machine(other)));
        assertEquals(bit >= network, AddressGroup.network(one).equals(AddressGroup.network(other)));
        assertEquals(machine, AddressGroup.machine(one).length());
        assertEquals(network, AddressGroup.network(one).length());
    }

    @Test
    void familiesAreKeptApart() {
        assertNotEquals(AddressGroup.machine(at("0.0.0.0")), AddressGroup.machine(at("::")));
        assertEquals(AddressGroup.machine(at("192.0.2.1")), AddressGroup.machine(at("::ffff:192.0.2.1")));
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, true", "172.16.0.1, true", "172.31.255.255, true", "192.168.1.1, true", "169.254.7.7, true",
        "127.255.255.255, true", "::1, true", "fe80::1, true", "fc00::1, true", "fdff::1, true", "9.255.255.255, false",
        "11.0.0.1, false", "172.15.255.255, false", "172.32.0.0, false", "192.167.1.1, false", "169.253.1.1, false",
        "126.1.1.1, false", "128.0.0.1, false", "252.1.1.1, false", "253.0.0.1, false", "::2, false", "fbff::1, false",
        "fe00::1, false", "2001:db8::1, false"})
    void localAddressesAreKnown(String address, boolean local) {
        assertEquals(local, AddressGroup.isLocal(at(address)));
    }
}
