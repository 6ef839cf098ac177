// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where others are told to connect. */
class DhtSettingsTest {
    /** What a router forwards for one family says nothing of the other. */
    @ParameterizedTest
    @CsvSource({"203.0.113.5:9000, 9000, 7001", "[2001:db8::1]:9001, 7000, 9001", "node.example:9000, 9000, 9000"})
    void anExternalAddressIsOfItsFamily(String external, int four, int six) throws FormatException {
        DhtSettings settings = new DhtSettings(IdRule.PREFERRED, List.of(), List.of(), List.of(),
                List.of(HostAndPort.parse(external)), 1, Path.of("/nonexistent"));
        assertEquals(List.of(four, six),
                List.of(settings.portOf(AddressFamily.IPV4, 7000), settings.portOf(AddressFamily.IPV6, 7001)));
    }
}
