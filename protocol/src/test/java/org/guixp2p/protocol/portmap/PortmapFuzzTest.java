// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.portmap;

import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.check;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.InetAddress;
import java.net.URI;

/** Any bytes are a router's answer within its bounds, or are refused. */
class PortmapFuzzTest {
    private static final MappingRequest REQUEST = new MappingRequest(Transport.TCP, 0x3131, 0, 1);
    private static final URI FROM = URI.create("http://192.168.1.1:5000/x");

    @FuzzTest
    void datagram(byte[] input) {
        Pcp pcp = new Pcp(InetAddress.ofLiteral("192.168.1.2"), new byte[Pcp.NONCE_BYTES]);
        accepted(() -> NatPmp.readAddress(input)).ifPresent(PortmapFuzzTest::checkPort);
        accepted(() -> NatPmp.read(input, REQUEST)).ifPresent(PortmapFuzzTest::checkPort);
        accepted(() -> pcp.read(input, REQUEST)).ifPresent(PortmapFuzzTest::checkPort);
        accepted(() -> Ssdp.location(input)).ifPresent(uri -> check("http".equals(uri.getScheme()), "not by HTTP"));
    }

    private static void checkPort(GatewayAnswer answer) {
        if (answer instanceof GatewayAnswer.Mapped mapped) {
            check(mapped.port() >= 0 && mapped.port() < 65_536 && mapped.lifetimeSeconds() >= 0, "no port");
        }
    }

    @FuzzTest
    void document(byte[] input) {
        accepted(() -> IgdDescription.read(input, FROM)).ifPresent(services -> services.forEach(
                service -> check(String.valueOf(service.control().getHost()).equals(FROM.getHost()), "elsewhere")));
        accepted(() -> IgdAction.externalAddress().read(input)).ifPresent(
                result -> check(result.error().isPresent() || !result.values().isEmpty(), "an answer of nothing"));
    }
}
