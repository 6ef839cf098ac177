// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import javax.jmdns.impl.JmDNSImpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What JmDNS keeps, as it keeps it when it hears of it. */
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
