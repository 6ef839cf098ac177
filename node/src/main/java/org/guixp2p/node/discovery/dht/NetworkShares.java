// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.guixp2p.protocol.swarm.AddressGroup;

/** Who has how much of something that all share, by network: when it is used up, those who have most make way. */
final class NetworkShares<T> {
    private final Map<AddressGroup, Set<T>> shares = new HashMap<>();
    private final NavigableMap<Integer, Set<AddressGroup>> bySize = new TreeMap<>();

    void add(AddressGroup network, T item) {
        Set<T> share = shares.computeIfAbsent(network, ignored -> new LinkedHashSet<>(1));
        resize(network, share.size(), share.size() + 1);
        share.add(item);
    }

    void remove(AddressGroup network, T item) {
        Set<T> share = shares.getOrDefault(network, Set.of());
        if (share.remove(item)) {
            resize(network, share.size() + 1, share.size());
            if (share.isEmpty()) {
                shares.remove(network);
            }
        }
    }

    private void resize(AddressGroup network, int from, int to) {
        bySize.computeIfPresent(from,
                (size, networks) -> networks.remove(network) && networks.isEmpty() ? null : networks);
        if (to > 0) {
            bySize.computeIfAbsent(to, ignored -> new LinkedHashSet<>()).add(network);
        }
    }

    /** The oldest item of the network that has most, if it still has as much as {@code network} when that takes its place. */
    Optional<T> makesWayFor(AddressGroup network) {
        int own = shares.getOrDefault(network, Set.of()).size();
        return Optional.ofNullable(bySize.lastEntry()).filter(most -> most.getKey() >= own + 2)
                .flatMap(most -> shares.getOrDefault(most.getValue().iterator().next(), Set.of()).stream().findFirst());
    }
}
