// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * What somebody on a network nearby says: that a peer is there.
 *
 * @param peer who it is said to be
 * @param addresses 1 to {@link #MOST_ADDRESSES}, each of this network; those of IPv6 that are link-local with the zone in which they
 *        were heard
 */
record LanAnnouncement(PeerId peer, List<InetSocketAddress> addresses) {
    static final int MOST_ADDRESSES = 8;
    /** Of the TXT record, in bytes: ours has less than 100. */
    static final int MOST_TEXT = 512;
    /** Below are other services' ports, which nobody is to be made to dial. */
    static final int FIRST_PORT = 1024;

    private static final String VERSION = "1";

    LanAnnouncement {
        addresses = List.copyOf(addresses);
    }

    /** The TXT record that says who a peer is. */
    static Map<String, String> text(PeerId peer) {
        return Map.of("id", peer.toString(), "v", VERSION);
    }

    /**
     * Judges what was heard; nothing of it is believed but that somebody may be there.
     *
     * @param version the TXT record's {@code v}
     * @param id the TXT record's {@code id}
     * @return empty when it is none, or names no address of this network
     */
    static Optional<LanAnnouncement> of(@Nullable String version, @Nullable String id, int port,
            Iterable<? extends InetAddress> addresses, LanInterface heardAt) {
        if (!VERSION.equals(version) || id == null || port < FIRST_PORT || port > 0xffff) {
            return Optional.empty();
        }
        Set<InetSocketAddress> near = new LinkedHashSet<>();
        for (InetAddress address : addresses) {
            if (near.size() < MOST_ADDRESSES && isNear(address, heardAt)) {
                near.add(new InetSocketAddress(zoned(address, heardAt), port));
            }
        }
        try {
            return near.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new LanAnnouncement(PeerId.parse(id), new ArrayList<>(near)));
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    private static boolean isNear(InetAddress address, LanInterface heardAt) {
        return !address.isLoopbackAddress() && !address.isAnyLocalAddress() && !address.isMulticastAddress()
                && (AddressGroup.isLocal(address) || heardAt.covers(address));
    }

    /** A record of the DNS has no zone. */
    private static InetAddress zoned(InetAddress address, LanInterface heardAt) {
        if (!(address instanceof Inet6Address) || !address.isLinkLocalAddress()) {
            return address;
        }
        try {
            return Inet6Address.getByAddress(null, address.getAddress(), heardAt.index());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an IPv6 address of another length", e);
        }
    }
}
