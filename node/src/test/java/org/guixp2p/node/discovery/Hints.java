// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/** Peers and NARs by number. */
final class Hints {
    private Hints() {}

    private static Sha256 digest(String what, int number) {
        return Sha256.hash((what + number).getBytes(StandardCharsets.US_ASCII));
    }

    static PeerId peer(int number) {
        return new PeerId(digest("peer", number));
    }

    static NarHash nar(int number) {
        return new NarHash(digest("nar", number));
    }

    static ProviderDirectory.Announcement announcement(int number) {
        return new ProviderDirectory.Announcement(nar(number), 1 << 20, 1);
    }

    static HostAndPort endpoint(int number) {
        return new HostAndPort("192.0.2." + number % 256, 1024 + number);
    }

    static ProviderHint.Known known(int number) {
        return new ProviderHint.Known(new PeerAddress(peer(number), endpoint(number)));
    }

    /** Peers from a number on. */
    static List<ProviderHint.Known> known(int from, int count) {
        return IntStream.range(from, from + count).mapToObj(Hints::known).toList();
    }
}
