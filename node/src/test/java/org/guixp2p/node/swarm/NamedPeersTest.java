// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

/** Which address of one that the user named is dialled after which. */
class NamedPeersTest {
    private static final PeerId FRIEND = TestPeer.someone().peerId();
    private static final PeerAddress FIRST = at(1);
    private static final PeerAddress SECOND = at(2);

    private final NamedPeers named = new NamedPeers(List.of(FIRST, SECOND), TestPeer.someone().peerId());

    private static PeerAddress at(int host) {
        return new PeerAddress(FRIEND, new HostAndPort("198.18.0." + host, 6881));
    }

    @Test
    void whatThePeerSaysComesAfterWhatTheUserNamed() {
        assertEquals(Optional.of(SECOND), named.after(FIRST));
        assertEquals(Optional.empty(), named.after(SECOND));
        assertEquals(Optional.of(at(3)), named.moved(FRIEND, List.of(SECOND, at(3), at(4))));
        assertEquals(Optional.of(SECOND), named.after(FIRST));
        assertEquals(Optional.of(at(3)), named.after(SECOND));
        assertEquals(Optional.of(at(4)), named.after(at(3)));
        assertEquals(Optional.empty(), named.after(at(4)));
    }

    /** As when that was being dialled while it said that it is elsewhere. */
    @Test
    void afterWhatItSaysNoMoreComesWhatItSaysNow() {
        assertEquals(Optional.empty(), named.after(at(3)));
        named.moved(FRIEND, List.of(at(3)));
        named.moved(FRIEND, List.of(at(5), at(6)));
        assertEquals(Optional.of(at(5)), named.after(at(3)));
        PeerId stranger = TestPeer.someone().peerId();
        assertEquals(Optional.empty(), named.after(new PeerAddress(stranger, FIRST.endpoint())));
    }
}
