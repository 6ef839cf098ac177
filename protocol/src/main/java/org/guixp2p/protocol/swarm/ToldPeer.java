// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.guixp2p.protocol.hash.Sha256;

/** A peer's id, address and port side by side, as {@code peers} has them: 38 bytes with an IPv4 address, 50 with one of IPv6. */
final class ToldPeer {
    static final int SHORTEST = Sha256.BYTES + 4 + 2;
    static final int LONGEST = Sha256.BYTES + 16 + 2;

    private ToldPeer() {}

    static byte[] write(PeerAddress peer) {
        byte[] host = InetAddress.ofLiteral(peer.endpoint().host()).getAddress();
        return ByteBuffer.allocate(Sha256.BYTES + host.length + 2).put(peer.id().digest().bytes()).put(host)
                .putShort((short) peer.endpoint().port()).array();
    }

    /** @throws IllegalArgumentException when it is none, or not in the one form that its address has */
    static PeerAddress read(byte[] bytes) {
        if (bytes.length != SHORTEST && bytes.length != LONGEST) {
            throw new IllegalArgumentException("a peer of " + bytes.length + " bytes");
        }
        int port = Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort(bytes.length - 2));
        InetAddress host = host(Arrays.copyOfRange(bytes, Sha256.BYTES, bytes.length - 2));
        if (host instanceof Inet4Address && bytes.length == LONGEST) {
            throw new IllegalArgumentException("an IPv4 address in the form of IPv6: " + host.getHostAddress());
        }
        return new PeerAddress(new PeerId(Sha256.of(Arrays.copyOf(bytes, Sha256.BYTES))), HostAndPort.of(host, port));
    }

    private static InetAddress host(byte[] address) {
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 and 16 bytes are an address", e);
        }
    }
}
