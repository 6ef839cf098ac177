// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LanAnnouncementTest {
    private static final PeerId PEER = new PeerId(Sha256.hash(new byte[]{1}));
    private static final LanInterface HERE = at("10.1.2.3", 24);

    private static LanInterface at(String address, int prefixLength) {
        return new LanInterface("eth7", 7, InetAddress.ofLiteral(address), prefixLength);
    }

    private static Optional<LanAnnouncement> heard(LanInterface there, int port, String... addresses) {
        return LanAnnouncement.of("1", PEER.toString(), port,
                List.of(addresses).stream().map(InetAddress::ofLiteral).toList(), there);
    }

    private static List<String> taken(LanInterface there, String... addresses) {
        return heard(there, 6881, addresses).map(LanAnnouncement::addresses).orElse(List.of()).stream()
                .map(address -> address.getAddress().getHostAddress()).toList();
    }

    @Test
    void whatIsSaidIsUnderstood() {
        Map<String, String> text = LanAnnouncement.text(PEER);
        assertEquals(
                Optional.of(new LanAnnouncement(PEER, List.of(new InetSocketAddress("10.1.2.9", 6881)))),
                LanAnnouncement.of(text.get("v"), text.get("id"), 6881, List.of(InetAddress.ofLiteral("10.1.2.9")),
                        HERE));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 22, 1023, 65_536})
    void noOtherServicesPortIsDialled(int port) {
        assertEquals(Optional.empty(), heard(HERE, port, "10.1.2.9"));
    }

    @Test
    void anotherVersionOrNoPeerIsNotUnderstood() {
        List<InetAddress> near = List.of(InetAddress.ofLiteral("10.1.2.9"));
        for (String version : new String[]{null, "", "2", "11", "true"}) {
            assertEquals(Optional.empty(), LanAnnouncement.of(version, PEER.toString(), 6881, near, HERE));
        }
        for (String id : new String[]{null, "", "true", PEER + "0", PEER.toString().substring(1), "e".repeat(52)}) {
            assertEquals(Optional.empty(), LanAnnouncement.of("1", id, 6881, near, HERE));
        }
        assertTrue(LanAnnouncement.of("1", PEER.toString(), 6881, near, HERE).isPresent());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "0.0.0.0", "::", "224.0.0.251", "ff02::fb", "192.0.2.1", "2001:db8::1"})
    void addressesThatAreNotNearAreNotDialled(String address) {
        assertEquals(List.of(), taken(HERE, address));
        assertEquals(List.of("10.1.2.9"), taken(HERE, address, "10.1.2.9"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.200.0.1", "192.168.7.7", "172.16.0.1", "169.254.1.1", "fd00:0:0:0:0:0:0:1"})
    void privateAddressesAreNear(String address) {
        assertEquals(List.of(address), taken(HERE, address));
    }

    @Test
    void addressesOfTheInterfacesOwnSubnetAreNear() {
        assertEquals(List.of("192.0.2.127"), taken(at("192.0.2.5", 25), "192.0.2.127", "192.0.2.128"));
        assertEquals(List.of("2001:db8:0:0:1:0:0:7"), taken(at("2001:db8::9", 64), "2001:db8::1:0:0:7",
                "2001:db8:0:1::7"));
        // An interface without a subnet covers nobody, rather than everybody.
        assertEquals(List.of(), taken(at("192.0.2.5", 0), "192.0.2.127"));
    }

    @Test
    void aLinkLocalAddressGetsTheZoneInWhichItWasHeard() {
        LanAnnouncement heard = heard(HERE, 6881, "fe80::5").orElseThrow();
        assertEquals(7, ((Inet6Address) heard.addresses().getFirst().getAddress()).getScopeId());
    }

    @Test
    void addressesAreBounded() {
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            many.add("10.1." + i / 250 + "." + i % 250);
        }
        assertEquals(LanAnnouncement.MOST_ADDRESSES, taken(HERE, many.toArray(String[]::new)).size());
    }

    @ParameterizedTest
    @CsvSource({"10.1.2.3,24,10.1.2.255,true", "10.1.2.3,24,10.1.3.0,false", "10.1.2.3,32,10.1.2.3,true",
        "10.1.2.3,31,10.1.2.2,true", "10.1.2.3,31,10.1.2.4,false", "10.1.2.3,99,10.1.2.4,false",
        "10.1.2.3,24,::10.1.2.3,false", "fd00::1,64,fd00::2,true", "fd00::1,64,fd00:0:0:1::1,false"})
    void aSubnetIsWhatBeginsAlike(String own, int length, String other, boolean covered) {
        assertEquals(covered, at(own, length).covers(InetAddress.ofLiteral(other)));
        assertFalse(at(own, 0).covers(InetAddress.ofLiteral(other)));
    }
}
