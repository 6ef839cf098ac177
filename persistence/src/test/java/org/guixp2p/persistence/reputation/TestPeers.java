// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.guixp2p.protocol.swarm.PeerId;

/** Peers by number. */
final class TestPeers {
    private TestPeers() {}

    static PeerId peer(int number) {
        return PeerId.ofPublicKey(ByteBuffer.allocate(PeerId.KEY_BYTES).putInt(number).array());
    }

    static List<PeerId> peers(int count) {
        return IntStream.range(0, count).mapToObj(TestPeers::peer).toList();
    }
}
