// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.guixp2p.protocol.FormatException;

/**
 * Addresses and nodes in their compact form: address, then port (BEP 5, "Contact Encoding": 6 bytes; BEP 32: 18), of a node
 * with its id before (26 or 38 bytes).
 *
 * <p>Any address and any port is read, private ones and port 0 too; an IPv4-mapped IPv6 address comes out as the IPv4 address
 * that it stands for. Whoever contacts one looks at it first.
 */
public final class Compact {
    static final int PORT_BYTES = 2;

    private Compact() {}

    /** The 6 or 18 bytes of an address, which must not be a name, and a port. */
    public static byte[] encode(InetSocketAddress address) {
        byte[] host = requireResolved(address).getAddress();
        return ByteBuffer.allocate(host.length + PORT_BYTES).put(host).putShort((short) address.getPort()).array();
    }

    /**
     * Reads an address and a port.
     *
     * @throws FormatException unless there are 6 or 18 bytes
     */
    public static InetSocketAddress address(byte[] compact) throws FormatException {
        for (AddressFamily family : AddressFamily.values()) {
            if (compact.length == family.addressBytes() + PORT_BYTES) {
                return address(compact, 0, family);
            }
        }
        throw new FormatException("compact address: 6 or 18 bytes expected, found " + compact.length);
    }

    private static InetSocketAddress address(byte[] source, int from, AddressFamily family) {
        int port = from + family.addressBytes();
        try {
            return new InetSocketAddress(InetAddress.getByAddress(Arrays.copyOfRange(source, from, port)),
                    Short.toUnsignedInt(ByteBuffer.wrap(source).getShort(port)));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 and 16 bytes are an address", e);
        }
    }

    /** Nodes of one family, side by side. */
    public static byte[] encode(List<Contact> nodes) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Contact node : nodes) {
            bytes.writeBytes(node.id().bytes());
            bytes.writeBytes(encode(node.address()));
        }
        return bytes.toByteArray();
    }

    /**
     * Reads the first {@code most} nodes of a family; IPv4-mapped addresses among those of IPv6 are left out.
     *
     * @throws FormatException unless {@code compact} is a number of whole nodes
     */
    public static List<Contact> nodes(byte[] compact, AddressFamily family, int most) throws FormatException {
        int length = DhtId.BYTES + family.addressBytes() + PORT_BYTES;
        if (compact.length % length != 0) {
            throw new FormatException("compact nodes: a multiple of " + length + " bytes expected, found "
                    + compact.length);
        }
        List<Contact> nodes = new ArrayList<>();
        for (int from = 0; from < compact.length && nodes.size() < most; from += length) {
            Contact node = new Contact(DhtId.at(compact, from), address(compact, from + DhtId.BYTES, family));
            if (node.family() == family) {
                nodes.add(node);
            }
        }
        return nodes;
    }

    /** The address without its port; a name would be of no use to anybody. */
    static InetAddress requireResolved(InetSocketAddress address) {
        InetAddress host = address.getAddress();
        if (host == null) {
            throw new IllegalArgumentException("an address expected, not a name: " + address);
        }
        return host;
    }
}
