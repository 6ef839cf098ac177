// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is believed of an announcement. */
class LanServerTest {
    private static final LanInterface HERE = new LanInterface("eth7", 7, InetAddress.ofLiteral("10.1.2.3"), 24);
    private static final InetAddress OWN = InetAddress.ofLiteral("10.1.2.3");

    private static Optional<String> heard(LanInterface there, int port, String... addresses) {
        return LanServer.of(port, Stream.of(addresses).map(InetAddress::ofLiteral).toList(), there, OWN::equals)
                .map(server -> server.url().toString());
    }

    @ParameterizedTest
    @CsvSource({"80,http://10.1.2.9", "1024,http://10.1.2.9:1024", "8080,http://10.1.2.9:8080",
        "65535,http://10.1.2.9:65535"})
    void aServerOfThisNetworkIsTaken(int port, String url) {
        assertEquals(Optional.of(url), heard(HERE, port, "10.1.2.9"));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 22, 25, 79, 81, 443, 631, 1023, 65_536})
    void noOtherServicesPortIsAsked(int port) {
        assertEquals(Optional.empty(), heard(HERE, port, "10.1.2.9"));
    }

    /** Nor a machine behind a VPN, or on another network of this machine. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "224.0.0.251", "198.51.100.7", "8.8.8.8", "10.1.3.9", "192.168.1.9",
        "169.254.1.2", "::1", "fe80::1", "fd00::1", "2001:db8::1"})
    void addressesElsewhereAreNotAsked(String address) {
        assertEquals(Optional.empty(), heard(HERE, 8080, address));
        assertEquals(Optional.of("http://10.1.2.9:8080"), heard(HERE, 8080, address, "10.1.2.9"));
    }

    @Test
    void aNetworkWithoutARouterHasServersToo() {
        LanInterface there = new LanInterface("eth7", 7, InetAddress.ofLiteral("169.254.7.7"), 16);
        assertEquals(Optional.of("http://169.254.1.2:8080"), heard(there, 8080, "169.254.1.2"));
    }

    @Test
    void addressesThatAreNotPrivateAreNotAskedThoughTheyAreOfThisNetwork() {
        LanInterface there = new LanInterface("eth7", 7, InetAddress.ofLiteral("198.51.100.1"), 24);
        assertEquals(Optional.empty(), heard(there, 8080, "198.51.100.7"));
    }

    /** This node's gateway, say: what it has is here. */
    @Test
    void thisMachineIsNotAsked() {
        assertEquals(Optional.empty(), heard(HERE, 8080, "10.1.2.3"));
        assertEquals(Optional.empty(), heard(HERE, 8080, "10.1.2.9", "10.1.2.3"));
    }

    @Test
    void whoeverNamesMoreAddressesThanAMachineHasIsNoServer() {
        List<String> many = Collections.nCopies(LanServer.MOST_ADDRESSES + 1, "10.1.2.9");
        assertEquals(Optional.empty(), heard(HERE, 8080, many.toArray(String[]::new)));
        assertEquals(Optional.empty(), heard(HERE, 8080));
    }
}
