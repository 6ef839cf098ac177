// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.guixp2p.protocol.portmap.IgdDescription;
import org.guixp2p.protocol.portmap.MappingRequest;
import org.guixp2p.protocol.portmap.Transport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each protocol with a router that does what is right, and with some that do not. */
@Timeout(60)
class RouterProtocolsTest {
    private static final MappingRequest TCP = new MappingRequest(Transport.TCP, 6881, 6881, 7200);
    private static final MappingRequest UDP = new MappingRequest(Transport.UDP, 6881, 6881, 7200);
    private static final InetAddress OUTSIDE = InetAddress.ofLiteral("203.0.113.5");

    private final Random random = new Random(3);
    private StandInRouter router;
    private StandInIgd igd;

    @BeforeEach
    void start() throws IOException {
        router = new StandInRouter();
        igd = new StandInIgd();
    }

    @AfterEach
    void stop() {
        router.close();
        igd.close();
    }

    private PcpClient pcp() {
        return new PcpClient(router.at(), random);
    }

    private NatPmpClient natPmp() {
        return new NatPmpClient(router.at());
    }

    private IgdClient upnp() {
        return new IgdClient(igd.route(), igd.at(), random);
    }

    private static String message(RouterProtocol protocol) {
        return String.valueOf(assertThrows(IOException.class, () -> protocol.map(TCP)).getMessage());
    }

    @Test
    void pcpMapsAndRenewsUnderOneNonceAndGivesUp() throws IOException {
        PcpClient pcp = pcp();
        Mapping mapping = pcp.map(TCP);
        assertEquals(new Mapping(TCP, OUTSIDE, 7881, Duration.ofHours(1)), mapping);
        pcp.map(TCP);
        pcp.map(UDP);
        pcp.unmap(mapping);
        List<String> nonces = router.asked.stream().map(line -> line.substring(line.lastIndexOf(' '))).toList();
        assertEquals(nonces.get(0), nonces.get(1));
        assertEquals(nonces.get(0), nonces.get(3));
        assertTrue(!nonces.get(0).equals(nonces.get(2)), "mappings are told apart");
        assertEquals("pcp tcp 6881 0 0" + nonces.get(0), router.asked.get(3));
    }

    @Test
    void natPmpMapsAndGivesUp() throws IOException {
        NatPmpClient natPmp = natPmp();
        Mapping mapping = natPmp.map(UDP);
        assertEquals(new Mapping(UDP, OUTSIDE, 7881, Duration.ofHours(1)), mapping);
        natPmp.unmap(mapping);
        assertEquals(List.of("natpmp address", "natpmp udp 6881 6881 7200", "natpmp udp 6881 0 0"), router.asked);
    }

    @Test
    void whatIsLostIsAskedAgain() throws IOException {
        router.deafFor = 2;
        assertEquals(7881, pcp().map(TCP).port());
        router.deafFor = 1;
        assertEquals(7881, natPmp().map(TCP).port());
    }

    @Test
    void whatIsNoAnswerIsPassedOverUpToABound() throws IOException {
        router.noise = 10;
        assertEquals(7881, pcp().map(TCP).port());
        router.noise = 100;
        assertTrue(message(pcp()).startsWith("the router at 127.0.0.1 does not answer: PCP: an answer of kind"));
        assertTrue(message(natPmp()).startsWith("the router at 127.0.0.1 does not answer: NAT-PMP: an answer of kind"));
    }

    @Test
    void aRefusalIsSaid() {
        router.code = 2;
        assertEquals("PCP: it is not allowed", message(pcp()));
        assertEquals("NAT-PMP: it is not allowed", message(natPmp()));
        router.speaksPcp = false;
        assertEquals("PCP: it speaks another version", message(pcp()));
    }

    @Test
    void whoIsNotThereIsNotWaitedFor() throws IOException {
        InetSocketAddress nobody;
        try (DatagramSocket gone = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            nobody = (InetSocketAddress) gone.getLocalSocketAddress();
        }
        assertEquals("the router at 127.0.0.1 does not speak it", message(new NatPmpClient(nobody)));
        assertEquals("the router at 127.0.0.1 does not speak it", message(new PcpClient(nobody, random)));
    }

    @Test
    void upnpMapsAndGivesUp() throws IOException {
        IgdClient upnp = upnp();
        Mapping mapping = upnp.map(TCP);
        assertEquals(new Mapping(TCP, OUTSIDE, 6881, Duration.ofHours(2), mapping.service()), mapping);
        upnp.map(UDP);
        assertEquals(Map.of("TCP 6881", "127.0.0.1:6881 7200", "UDP 6881", "127.0.0.1:6881 7200"), igd.mapped);
        upnp.unmap(mapping);
        assertEquals(Map.of("UDP 6881", "127.0.0.1:6881 7200"), igd.mapped);
        assertTrue(igd.asked.stream().filter("search"::equals).count() <= 2,
                "it is searched for once, for each version");
    }

    @Test
    void whatIsMappedForEverIsGivenUpThoughAnotherPortWasRefused() throws IOException {
        igd.onlyPermanent = true;
        igd.refused = "UDP";
        IgdClient upnp = upnp();
        Mapping mapping = upnp.map(TCP);
        assertEquals("UPnP: the router does not map port 6881: error 501",
                assertThrows(IOException.class, () -> upnp.map(UDP)).getMessage());
        upnp.unmap(mapping);
        assertEquals(Map.of(), igd.mapped);
        upnp.map(TCP);
        assertTrue(igd.asked.stream().filter("search"::equals).count() <= 2, "a refusal is no reason to search anew");
    }

    @Test
    void whatWasMappedIsGivenUpThoughTheRouterWasOutOfReachMeanwhile() throws IOException {
        IgdClient upnp = upnp();
        Mapping mapping = upnp.map(TCP);
        Thread.currentThread().interrupt();
        assertThrows(IOException.class, () -> upnp.map(TCP));
        assertTrue(Thread.interrupted());
        upnp.unmap(mapping);
        assertEquals(Map.of(), igd.mapped);
    }

    @Test
    void aPortThatAnotherMachineHasIsLeftToIt() throws IOException {
        igd.mapped.put("TCP 6881", "192.168.1.9:6881 0");
        Mapping mapping = upnp().map(TCP);
        assertTrue(mapping.port() >= 1024 && mapping.port() != 6881, mapping::toString);
        assertEquals("127.0.0.1:6881 7200", igd.mapped.get("TCP " + mapping.port()));
        assertEquals("192.168.1.9:6881 0", igd.mapped.get("TCP 6881"));
    }

    @Test
    void whatCanOnlyBeMappedForEverIsSo() throws IOException {
        igd.onlyPermanent = true;
        assertEquals(Duration.ofHours(1), upnp().map(TCP).lifetime());
        assertEquals(Map.of("TCP 6881", "127.0.0.1:6881 0"), igd.mapped);
    }

    @Test
    void whoLeadsToAnotherMachineIsNotFollowed() {
        igd.locations = List.of("http://127.0.0.2:5000/desc.xml", "https://127.0.0.1/", "http://localhost/");
        assertEquals("UPnP: the router does not answer", message(upnp()));
    }

    @Test
    void anAnswerBeyondTheBoundsIsGivenUp() {
        igd.description = " ".repeat(IgdDescription.MAX_BYTES + 1);
        assertTrue(message(upnp()).startsWith("UPnP: the router does not answer: "));
        igd.description = "<root>";
        igd.endless = true;
        assertTrue(message(upnp()).startsWith("UPnP: the router does not answer"));
    }

    @Test
    void anAddressThatIsNoneIsRefused() {
        igd.address = "router.example";
        assertEquals("UPnP: the router has no address: 'router.example'", message(upnp()));
    }
}
