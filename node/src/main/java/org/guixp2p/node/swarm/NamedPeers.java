// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/** Whom the user named: each with its addresses, of which the first that answers will do. */
final class NamedPeers {
    private final Map<PeerId, List<PeerAddress>> addresses = new LinkedHashMap<>();

    /** @param self is not dialled, whoever names it */
    NamedPeers(Collection<PeerAddress> named, PeerId self) {
        for (PeerAddress address : named) {
            List<PeerAddress> known = addresses.computeIfAbsent(address.id(), id -> new ArrayList<>());
            if (!known.contains(address)) {
                known.add(address);
            }
        }
        addresses.remove(self);
    }

    boolean contains(PeerId id) {
        return addresses.containsKey(id);
    }

    /** The first address of each. */
    List<PeerAddress> first() {
        return addresses.values().stream().map(List::getFirst).toList();
    }

    /** The first address of one of them. */
    Optional<PeerAddress> first(PeerId id) {
        return Optional.ofNullable(addresses.get(id)).map(List::getFirst);
    }

    /** The address to try after another one of the same peer; nothing after the last, or when nobody named that one. */
    Optional<PeerAddress> after(PeerAddress address) {
        List<PeerAddress> known = addresses.getOrDefault(address.id(), List.of());
        int next = known.indexOf(address) + 1;
        return next > 0 && next < known.size() ? Optional.of(known.get(next)) : Optional.empty();
    }
}
