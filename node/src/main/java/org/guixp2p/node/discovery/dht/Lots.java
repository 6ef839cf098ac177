// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.swarm.AddressGroup;

/**
 * What nodes draw for places in a {@link Bucket}: a number for each of its places, by a hash under a secret. All nodes of a network
 * (/24, or /48 in IPv6) draw the same, whatever their ids: whoever has one has no better chances by having more addresses there. Of
 * local addresses each has its own with each port, since one machine may have many nodes there.
 */
final class Lots {
    private static final int SECRET_BYTES = 32;

    private final byte[] secret = new byte[SECRET_BYTES];

    /** @param random must not be guessed by others */
    Lots(RandomGenerator random) {
        random.nextBytes(secret);
    }

    /** {@link Bucket#SIZE} numbers; the smallest wins. */
    long[] of(InetSocketAddress node) {
        try {
            // Its 64 bytes are eight numbers.
            MessageDigest hash = MessageDigest.getInstance("SHA-512");
            hash.update(secret);
            hash.update(drawer(node));
            long[] lots = new long[Bucket.SIZE];
            ByteBuffer.wrap(hash.digest()).asLongBuffer().get(lots);
            return lots;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-512", e);
        }
    }

    private static byte[] drawer(InetSocketAddress node) {
        InetAddress host = node.getAddress();
        AddressGroup network = AddressGroup.network(host);
        return AddressGroup.isLocal(host)
                ? ByteBuffer.allocate(host.getAddress().length + Integer.BYTES).put(host.getAddress())
                        .putInt(node.getPort()).array()
                : ByteBuffer.allocate(Long.BYTES + Integer.BYTES).putLong(network.prefix()).putInt(network.length())
                        .array();
    }
}
