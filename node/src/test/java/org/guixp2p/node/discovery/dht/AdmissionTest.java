// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdmissionTest {
    private static final InetAddress STRANGER = InetAddress.ofLiteral("8.8.8.8");
    private static final InetAddress NEIGHBOUR = InetAddress.ofLiteral("192.168.1.2");

    @ParameterizedTest
    @ValueSource(strings = {"9.9.9.9", "100.63.255.255", "100.128.0.0", "223.255.255.255", "2a00::1", "3fff::1",
        "2001:db8::1"})
    void whatIsGlobalAnybodyMayName(String host) {
        assertTrue(Admission.mayName(STRANGER, at(host, 1024)));
        assertTrue(Admission.mayName(NEIGHBOUR, at(host, 65_535)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1", "127.0.0.1", "169.254.1.1", "172.16.0.1", "192.168.0.1", "::1", "fe80::1",
        "fd00::1"})
    void whatIsLocalOnlyNeighboursMayName(String host) {
        assertFalse(Admission.mayName(STRANGER, at(host, 1024)));
        assertTrue(Admission.mayName(NEIGHBOUR, at(host, 1024)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "0.1.2.3", "100.64.0.1", "100.127.255.255", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::2", "ff02::1", "64:ff9b::a00:1", "4000::1"})
    void whereNobodyIsNobodyMayName(String host) {
        assertFalse(Admission.mayName(STRANGER, at(host, 1024)));
        assertFalse(Admission.mayName(NEIGHBOUR, at(host, 1024)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 53, 1023})
    void portsOfServicesAreNotNamed(int port) {
        assertFalse(Admission.mayName(STRANGER, at("9.9.9.9", port)));
        assertFalse(Admission.mayName(NEIGHBOUR, at("127.0.0.1", port)));
    }

    @Test
    void globalMeansTheSameEverywhere() {
        assertTrue(Admission.isGlobal(STRANGER));
        assertFalse(Admission.isGlobal(NEIGHBOUR));
    }
}
