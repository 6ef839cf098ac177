// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.jmdns.ServiceInfo;
import javax.jmdns.impl.JmDNSImpl;
import org.guixp2p.node.testing.Eventually;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one link tells, and what JmDNS keeps, as it keeps it when it hears of it. */
@Timeout(60)
class LanLinkTest {
    private JmDNSImpl dns;

    @BeforeEach
    void open() throws IOException {
        dns = new JmDNSImpl(InetAddress.getLoopbackAddress(), "test");
    }

    @AfterEach
    void close() {
        dns.close();
    }

    /** Two addresses of one interface may be for different services, and are open at a time. */
    @Test
    void eachAddressHasANameOfItsOwn() {
        Set<String> names = new HashSet<>();
        for (String address : List.of("10.0.0.1", "10.0.1.1", "fe80::1")) {
            names.add(LanLink.name(new LanInterface("eth0", Integer.MAX_VALUE, InetAddress.ofLiteral(address), 24),
                    "x".repeat(32)));
        }
        assertEquals(3, names.size(), names::toString);
        // RFC 1035, section 2.3.4; what a gateway is called begins so.
        names.forEach(name -> assertTrue(("guix-p2p-" + name).length() <= 63, name));
    }

    @Test
    void whatCannotBeToldIsTriedAgain() throws IOException {
        Reluctant service = new Reluctant();
        LanLink link = new LanLink(new LanInterface("lo", 1, InetAddress.getLoopbackAddress(), 8), "test-node",
                List.of());
        try {
            assertThrows(IllegalStateException.class, () -> link.begin(List.of(service)));
            for (int i = 0; i < 3; i++) {
                link.begin(List.of(service));
            }
            assertEquals(2, service.told);
            assertEquals(1, service.looked, "and is listened for once");
        } finally {
            Eventually.get(link.close());
        }
    }

    /** Cannot be told of the first time. */
    private static final class Reluctant extends LanService implements LanService.Hearing {
        private int told;
        private int looked;

        @Override
        String type() {
            return "_guix-test._tcp.local.";
        }

        @Override
        boolean isUsedAt(InetAddress own) {
            return true;
        }

        @Override
        Optional<ServiceInfo> announcement(LanInterface there, String name) {
            if (told++ == 0) {
                throw new IllegalStateException("not now");
            }
            return Optional.of(ServiceInfo.create(type(), name, 8080, 0, 0, Map.of()));
        }

        @Override
        Optional<Hearing> hearing() {
            return Optional.of(this);
        }

        @Override
        public void look() {
            looked++;
        }

        @Override
        public void heard(LanPeers.Source source, ServiceInfo info) {
            // Itself, at most.
        }

        @Override
        public void left(LanPeers.Source source) {
            // Itself, at most.
        }

        @Override
        public void leftAll(LanInterface there) {
            // Nobody was heard.
        }

        @Override
        public void lookAgain(int round) {
            // Nobody was heard.
        }
    }

    @Test
    void typesOfServicesAreCounted() {
        for (int i = 0; i < LanLink.MOST_KEPT / 2; i++) {
            dns.registerServiceType("_t" + i + "._tcp.local.");
        }
        assertFalse(LanLink.isFull(dns));
        for (int i = 0; i < LanLink.MOST_KEPT / 2 + 1; i++) {
            dns.registerServiceType("_u" + i + "._tcp.local.");
        }
        assertTrue(LanLink.isFull(dns));
    }

    @Test
    @Tag("slow")
    void subtypesAreCounted() {
        for (int i = 0; i < LanLink.MOST_KEPT; i++) {
            dns.registerServiceType("_s" + i + "._sub._http._tcp.local.");
        }
        assertTrue(LanLink.isFull(dns));
    }
}
