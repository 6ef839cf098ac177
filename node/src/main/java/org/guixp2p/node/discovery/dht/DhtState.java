// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Compact;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;

/**
 * What a node of the DHT keeps across a restart. In bytes it is a line that names format and family, the id, and the nodes in
 * their compact form.
 *
 * @param nodes that it knows, all of the family
 */
public record DhtState(AddressFamily family, DhtId id, List<Contact> nodes) {
    /** As many as a routing table has places for. */
    static final int MAX_NODES = Bucket.SIZE * RoutingTable.MOST_BUCKETS;

    public DhtState {
        nodes = List.copyOf(nodes);
        if (nodes.size() > MAX_NODES || nodes.stream().anyMatch(node -> node.family() != family)) {
            throw new IllegalArgumentException(nodes.size() + " nodes of " + family);
        }
    }

    /** That of a node which has never run. */
    public static DhtState first(AddressFamily family, RandomGenerator random) {
        return new DhtState(family, DhtId.random(random), List.of());
    }

    private static byte[] head(AddressFamily family) {
        return ("guix-p2p dht 1 " + family.name().toLowerCase(Locale.ROOT) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    public byte[] encoded() {
        byte[] head = head(family);
        byte[] compact = Compact.encode(nodes);
        return ByteBuffer.allocate(head.length + DhtId.BYTES + compact.length).put(head).put(id.bytes()).put(compact)
                .array();
    }

    /**
     * Reads the state of a node of {@code family}.
     *
     * @throws FormatException when it is anything else, or has more nodes than it can
     */
    public static DhtState decode(byte[] bytes, AddressFamily family) throws FormatException {
        byte[] head = head(family);
        int nodes = head.length + DhtId.BYTES;
        if (bytes.length < nodes || !Arrays.equals(head, Arrays.copyOf(bytes, head.length))) {
            throw new FormatException("no state of a DHT node of " + family);
        }
        DhtId id = DhtId.of(Arrays.copyOfRange(bytes, head.length, nodes));
        return new DhtState(family, id,
                Compact.nodes(Arrays.copyOfRange(bytes, nodes, bytes.length), family, MAX_NODES));
    }
}
