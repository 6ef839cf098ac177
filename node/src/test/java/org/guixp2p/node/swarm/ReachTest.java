// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.guixp2p.node.config.Share;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReachTest {
    private static InetAddress at(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.8.9.10", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255",
        "192.168.0.1", "169.254.3.4", "::1", "fe80::1", "fc00::1", "fdff::1", "::ffff:10.1.2.3"})
    void localAddresses(String literal) throws UnknownHostException {
        assertTrue(Reach.allows(Share.LAN, at(literal)));
        assertTrue(Reach.allows(Share.WORLD, at(literal)));
        assertFalse(Reach.allows(Share.OFF, at(literal)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.8.8", "9.255.255.255", "11.0.0.1", "172.15.255.255", "172.32.0.1", "192.167.255.255",
        "192.169.0.1", "169.253.0.1", "100.64.0.1", "2001:db8::1", "fe00::1", "fbff::1", "::ffff:8.8.8.8"})
    void strangeAddresses(String literal) throws UnknownHostException {
        assertFalse(Reach.allows(Share.LAN, at(literal)));
        assertTrue(Reach.allows(Share.WORLD, at(literal)));
        assertFalse(Reach.allows(Share.OFF, at(literal)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "224.0.0.1", "239.1.2.3", "ff02::1"})
    void addressesOfNobody(String literal) throws UnknownHostException {
        for (Share share : Share.values()) {
            assertFalse(Reach.allows(share, at(literal)), share::toString);
        }
    }

    @Test
    void votesAreCountedByNetwork() throws UnknownHostException {
        assertEquals(Reach.group(at("203.0.113.1")), Reach.group(at("203.0.113.254")));
        assertNotEquals(Reach.group(at("203.0.113.1")), Reach.group(at("203.0.114.1")));
        assertEquals(Reach.group(at("2001:db8:1:2::3")), Reach.group(at("2001:db8:1:ffff::1")));
        assertNotEquals(Reach.group(at("2001:db8:1::1")), Reach.group(at("2001:db8:2::1")));
        assertEquals(Reach.group(at("203.0.113.1")), Reach.group(at("::ffff:203.0.113.2")));
    }

    @Test
    void roomIsCountedByWhatOneMachineHas() throws UnknownHostException {
        assertNotEquals(Reach.source(at("203.0.113.1")), Reach.source(at("203.0.113.2")));
        assertEquals(Reach.source(at("203.0.113.1")), Reach.source(at("::ffff:203.0.113.1")));
        assertEquals(Reach.source(at("2001:db8:1:2::3")), Reach.source(at("2001:db8:1:2:ffff::1")));
        assertNotEquals(Reach.source(at("2001:db8:1:2::3")), Reach.source(at("2001:db8:1:3::3")));
    }
}
