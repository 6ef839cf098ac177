// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.net.InetAddress;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.guixp2p.protocol.swarm.AddressGroup;

/**
 * Node ids that belong to an address (BEP 42): the first 21 bits are those of a CRC-32C over parts of it and 3 bits of chance,
 * which are the lowest of the id. So nobody is near a key of his choice without many addresses.
 */
public final class AddressBound {
    private static final int BOUND_BITS = 21;
    private static final int CHANCE = 7;
    private static final int CHANCE_SHIFT = 5;
    private static final byte[] IPV4_MASK = {0x03, 0x0f, 0x3f, (byte) 0xff};
    /** Of the network's half of an address. */
    private static final byte[] IPV6_MASK = {0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, (byte) 0xff};

    private AddressBound() {}

    /** An id for a node that others see at {@code address}; there are many for each. */
    public static DhtId id(InetAddress address, RandomGenerator random) {
        byte[] bytes = DhtId.random(random).bytes();
        int prefix = prefix(address, bytes[DhtId.BYTES - 1]);
        bytes[0] = (byte) (prefix >>> 24);
        bytes[1] = (byte) (prefix >>> 16);
        bytes[2] = (byte) (((prefix >>> 8) & 0xf8) | (bytes[2] & 0x07));
        return DhtId.of(bytes);
    }

    /** Whether a node at {@code address} may have this id: it is bound to that address, or the address {@link #isExempt}. */
    public static boolean matches(DhtId id, InetAddress address) {
        if (isExempt(address)) {
            return true;
        }
        byte[] bytes = id.bytes();
        int found = (bytes[0] & 0xff) << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8;
        int difference = found ^ prefix(address, bytes[DhtId.BYTES - 1]);
        return difference >>> (Integer.SIZE - BOUND_BITS) == 0;
    }

    private static int prefix(InetAddress address, int chance) {
        byte[] whole = address.getAddress();
        byte[] mask = whole.length == IPV4_MASK.length ? IPV4_MASK : IPV6_MASK;
        byte[] masked = new byte[mask.length];
        for (int i = 0; i < mask.length; i++) {
            masked[i] = (byte) (whole[i] & mask[i]);
        }
        masked[0] |= (byte) ((chance & CHANCE) << CHANCE_SHIFT);
        CRC32C crc = new CRC32C();
        crc.update(masked);
        return (int) crc.getValue();
    }

    /**
     * Whether any id will do: the address is of a local network, of the link or of this machine. The BEP lists those of IPv4;
     * those of IPv6 are as {@link AddressGroup#isLocal} has them.
     */
    public static boolean isExempt(InetAddress address) {
        return AddressGroup.isLocal(address);
    }
}
