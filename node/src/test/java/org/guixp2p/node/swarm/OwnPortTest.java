// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.util.List;
import java.util.OptionalInt;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.Test;

/** The port that a hello names. */
class OwnPortTest {
    private static final InetAddress HOME = InetAddress.ofLiteral("192.168.1.2");
    private static final InetAddress HOME_SIX = InetAddress.ofLiteral("2001:db8:1::2");
    private static final InetAddress NEARBY = InetAddress.ofLiteral("192.168.1.3");
    private static final InetAddress ELSEWHERE = InetAddress.ofLiteral("198.51.100.7");
    private static final InetAddress ELSEWHERE_SIX = InetAddress.ofLiteral("2001:db8:9::7");

    @Test
    void whoeverIsElsewhereSeesTheRoutersPort() {
        OwnPort port = new OwnPort(List.of(), 6881, true);
        assertEquals(6881, port.seenBy(ELSEWHERE, HOME), "the router was not asked yet");
        port.mapped(OptionalInt.of(7881));
        assertEquals(7881, port.seenBy(ELSEWHERE, HOME));
        assertEquals(6881, port.seenBy(NEARBY, HOME));
        assertEquals(6881, port.seenBy(ELSEWHERE_SIX, HOME_SIX), "it is asked for IPv4 alone");
        port.mapped(OptionalInt.empty());
        assertEquals(6881, port.seenBy(ELSEWHERE, HOME));
    }

    @Test
    void orThatWhichTheUserNames() {
        OwnPort port = new OwnPort(
                List.of(new HostAndPort("198.51.100.1", 7001), new HostAndPort("2001:db8:1::2", 7002)),
                6881, false);
        assertEquals(7001, port.seenBy(ELSEWHERE, HOME));
        assertEquals(7002, port.seenBy(ELSEWHERE_SIX, HOME_SIX));
        assertEquals(6881, port.seenBy(InetAddress.ofLiteral("2001:db8:1:9::3"), HOME_SIX), "of the same network");
        assertEquals(6881, port.seenBy(NEARBY, HOME));
    }
}
