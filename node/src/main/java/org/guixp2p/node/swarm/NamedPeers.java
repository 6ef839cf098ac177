// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/** Whom the user named: each with its addresses, of which the first that answers will do, and those where it says that it is by now. */
final class NamedPeers {
    private final Map<PeerId, List<PeerAddress>> addresses = new LinkedHashMap<>();
    /** What each has said itself, signed; dialled after what the user named. */
    private final Map<PeerId, List<PeerAddress>> said = new HashMap<>();

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

    private List<PeerAddress> all(PeerId id) {
        return Stream.of(addresses, said).flatMap(known -> known.getOrDefault(id, List.of()).stream()).distinct()
                .toList();
    }

    /**
     * One of them says that it is elsewhere by now.
     *
     * @return the first address to try of those that were not known
     */
    Optional<PeerAddress> moved(PeerId id, List<PeerAddress> there) {
        List<PeerAddress> named = addresses.getOrDefault(id, List.of());
        List<PeerAddress> news = there.stream().filter(address -> !named.contains(address)).toList();
        said.put(id, news);
        return news.stream().findFirst();
    }

    /**
     * The address to try after another one of the same peer; after one that the peer does not say any more, the first that it does.
     *
     * @return nothing after the last, or when nobody named the peer
     */
    Optional<PeerAddress> after(PeerAddress address) {
        List<PeerAddress> known = all(address.id());
        int at = known.indexOf(address);
        int next = at < 0 ? addresses.getOrDefault(address.id(), List.of()).size() : at + 1;
        return next < known.size() ? Optional.of(known.get(next)) : Optional.empty();
    }
}
