// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.junit.jupiter.api.Test;

/** Who of those that were heard of is there. */
class LanServersTest {
    private static final LanInterface ETH = new LanInterface("eth0", 2, InetAddress.ofLiteral("10.0.0.1"), 16);
    private static final LanInterface WIFI = new LanInterface("wlan0", 3, InetAddress.ofLiteral("10.0.0.2"), 16);

    private final Set<String> there = new LinkedHashSet<>();
    private final List<String> told = new ArrayList<>();
    private long now;

    private final LanServers servers = new LanServers(new LanServers.Watcher() {
        @Override
        public void appeared(ServerUrl server) {
            assertTrue(there.add(server.toString()));
            told.add(server.toString());
        }

        @Override
        public void disappeared(ServerUrl server) {
            assertTrue(there.remove(server.toString()));
        }
    }, () -> now);

    private static LanPeers.Source source(LanInterface heardAt, String name) {
        return new LanPeers.Source(heardAt, name);
    }

    private void hear(LanInterface heardAt, String name, String address, int port) {
        servers.add(source(heardAt, name), new LanServer(InetAddress.ofLiteral(address),
                new ServerUrl(URI.create("http://" + address + ":" + port))));
    }

    @Test
    void serversComeAndLeave() {
        hear(ETH, "a", "10.0.0.7", 8080);
        hear(ETH, "a", "10.0.0.7", 8080);
        assertEquals(Set.of("http://10.0.0.7:8080"), there);
        servers.remove(source(ETH, "b"));
        assertEquals(1, there.size());
        servers.remove(source(ETH, "a"));
        assertEquals(Set.of(), there);
        assertEquals(1, told.size());
    }

    @Test
    void oneIsThereForAsLongAsItIsHeardOfAnywhere() {
        hear(ETH, "a", "10.0.0.7", 8080);
        hear(WIFI, "a", "10.0.0.7", 8080);
        servers.removeAll(ETH);
        assertEquals(1, there.size());
        servers.removeAll(WIFI);
        assertEquals(Set.of(), there);
    }

    @Test
    void aNameStandsForOneServerAtATime() {
        hear(ETH, "a", "10.0.0.7", 8080);
        hear(ETH, "a", "10.0.0.8", 8080);
        assertEquals(Set.of("http://10.0.0.8:8080"), there);
    }

    @Test
    void aThousandServicesAreSixteenAndOfAMachineTwo() {
        for (int i = 0; i < 1000; i++) {
            hear(ETH, "liar" + i, "10.0.0.66", 2000 + i);
        }
        assertEquals(LanServers.MOST_OF_A_MACHINE, there.size());
        hear(ETH, "honest", "10.0.0.7", 8080);
        assertTrue(there.contains("http://10.0.0.7:8080"));
        for (int i = 0; i < 1000; i++) {
            hear(ETH, "x" + i, "10.0." + (1 + i / 200) + "." + (1 + i % 200), 8080);
        }
        assertEquals(LanServers.MOST, there.size());
        assertTrue(there.contains("http://10.0.0.7:8080"));
    }

    @Test
    void oneServerUnderAThousandNamesIsOne() {
        for (int i = 0; i < 1000; i++) {
            hear(ETH, "n" + i, "10.0.0.7", 8080);
        }
        assertEquals(1, told.size());
        for (int i = 0; i < LanServers.MOST_NAMES; i++) {
            servers.remove(source(ETH, "n" + i));
        }
        assertEquals(Set.of(), there);
    }

    @Test
    void whoeverComesAndGoesAllTheTimeWaits() {
        for (int i = 0; i < 1000; i++) {
            hear(ETH, "a", "10.0.0.7", 2000 + i);
        }
        assertEquals(LanServers.MOST_NEW, told.size());
        now += LanServers.WHILE.toNanos();
        hear(ETH, "b", "10.0.0.8", 8080);
        assertTrue(there.contains("http://10.0.0.8:8080"));
    }
}
