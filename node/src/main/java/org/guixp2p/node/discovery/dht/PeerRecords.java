// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.jspecify.annotations.Nullable;

/**
 * What this node remembers for others: which peers have announced themselves under which keys, each until it is too old.
 *
 * <p>When a key or the whole is full, a newcomer takes a place of the network that has most there, unless its own has about as much:
 * so a flood drives out itself, and to keep others out takes as many networks as there are places.
 */
final class PeerRecords {
    /** From one announcement to when the next must have come. */
    static final Duration LIFETIME = Duration.ofMinutes(45);

    private final Limits limits;
    private final RandomGenerator random;
    private final LongSupplier nanos;
    private final Map<DhtId, List<InetSocketAddress>> byKey = new HashMap<>();
    private final NetworkShares<Announcement> shares = new NetworkShares<>();
    private final Map<AddressGroup, Integer> byMachine = new HashMap<>();
    /** When each was announced last, the longest ago first. */
    private final Map<Announcement, Long> announced = new LinkedHashMap<>();

    /**
     * How much is remembered, and for how long. A machine is as in {@link AddressGroup#machine}.
     *
     * @param lifetime from one announcement to when the next must have come
     * @param perKey peers under one key
     * @param perKeyAndMachine those of them on one machine
     * @param perMachine announcements of one machine
     * @param total all
     */
    record Limits(Duration lifetime, int perKey, int perKeyAndMachine, int perMachine, int total) {
        /**
         * What one takes of the heap, in bytes. Measured were 690 to 740 of IPv6, and 620 to 640 of IPv4, when each has a key and a
         * network of its own, and 510 to 590 where a key has 200.
         */
        private static final int BYTES = 768;
        private static final int MOST = 65_536;
        /** As much as a peer announces under the settings that it begins with: in a small network a few nodes keep all that. */
        private static final int MOST_PER_MACHINE = 8_192;

        /**
         * What there is memory for.
         *
         * @param bytes of the heap
         */
        static Limits in(long bytes) {
            int total = Math.clamp(bytes / BYTES, 2, MOST);
            return new Limits(LIFETIME, 200, 3, Math.min(MOST_PER_MACHINE, total / 2), total);
        }

        Limits {
            if (lifetime.isNegative() || lifetime.isZero() || perKeyAndMachine < 1 || perKeyAndMachine > perKey
                    || perMachine < 1 || total < 1) {
                throw new IllegalArgumentException("not limits");
            }
        }
    }

    private record Announcement(DhtId key, InetSocketAddress peer) {
        AddressGroup machine() {
            return AddressGroup.machine(peer.getAddress());
        }

        AddressGroup network() {
            return AddressGroup.network(peer.getAddress());
        }
    }

    /**
     * @param random which peers are told when there are many
     * @param nanos a clock that only goes forward
     */
    PeerRecords(Limits limits, RandomGenerator random, LongSupplier nanos) {
        this.limits = limits;
        this.random = random;
        this.nanos = nanos;
    }

    /** How many announcements are remembered. */
    int size() {
        return announced.size();
    }

    /**
     * Remembers that {@code peer}, an address and no name, is to be found under {@code key}.
     *
     * @return whether it does: not when there is no room
     */
    boolean announce(DhtId key, InetSocketAddress peer) {
        expire();
        Announcement announcement = new Announcement(key, peer);
        boolean again = announced.remove(announcement) != null;
        if (!again && (isTooMuch(announcement) || !makesRoom(announcement))) {
            return false;
        }
        announced.put(announcement, nanos.getAsLong());
        if (!again) {
            byKey.computeIfAbsent(key, ignored -> new ArrayList<>(1)).add(peer);
            byMachine.merge(announcement.machine(), 1, Integer::sum);
            shares.add(announcement.network(), announcement);
        }
        return true;
    }

    /** For one machine. */
    private boolean isTooMuch(Announcement announcement) {
        AddressGroup machine = announcement.machine();
        return byMachine.getOrDefault(machine, 0) >= limits.perMachine || underKey(announcement.key).stream()
                .filter(peer -> AddressGroup.machine(peer.getAddress()).equals(machine))
                .count() >= limits.perKeyAndMachine;
    }

    private List<InetSocketAddress> underKey(DhtId key) {
        return byKey.getOrDefault(key, List.of());
    }

    private boolean makesRoom(Announcement announcement) {
        boolean keyIsFull = underKey(announcement.key).size() >= limits.perKey;
        if (!keyIsFull && announced.size() < limits.total) {
            return true;
        }
        NetworkShares<Announcement> contested = keyIsFull ? sharesOf(announcement.key) : shares;
        Optional<Announcement> goes = contested.makesWayFor(announcement.network());
        goes.ifPresent(gone -> {
            announced.remove(gone);
            forget(gone);
        });
        return goes.isPresent();
    }

    private NetworkShares<Announcement> sharesOf(DhtId key) {
        NetworkShares<Announcement> ofKey = new NetworkShares<>();
        underKey(key).stream().map(peer -> new Announcement(key, peer)).forEach(one -> ofKey.add(one.network(), one));
        return ofKey;
    }

    /** Up to {@code most} of those under {@code key}; of more than that any, first one of each network and then a second. */
    List<InetSocketAddress> peers(DhtId key, int most) {
        expire();
        List<InetSocketAddress> peers = new ArrayList<>(underKey(key));
        Collections.shuffle(peers, random);
        Map<AddressGroup, Integer> networks = new HashMap<>();
        Map<InetSocketAddress, Integer> turns = new HashMap<>();
        peers.forEach(peer -> turns.put(peer,
                networks.merge(AddressGroup.network(peer.getAddress()), 1, Integer::sum)));
        return peers.stream().sorted(Comparator.comparing(turns::get)).limit(most).toList();
    }

    /** Forgets what is too old. Every other method does that first; by itself it gives memory back when nobody asks. */
    void expire() {
        long now = nanos.getAsLong();
        Iterator<Map.Entry<Announcement, Long>> oldest = announced.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<Announcement, Long> entry = oldest.next();
            if (now - entry.getValue() < limits.lifetime.toNanos()) {
                return;
            }
            oldest.remove();
            forget(entry.getKey());
        }
    }

    private void forget(Announcement announcement) {
        List<InetSocketAddress> peers = Objects.requireNonNull(byKey.get(announcement.key));
        peers.remove(announcement.peer);
        if (peers.isEmpty()) {
            byKey.remove(announcement.key);
        }
        byMachine.computeIfPresent(announcement.machine(), (machine, count) -> fewer(count));
        shares.remove(announcement.network(), announcement);
    }

    private static @Nullable Integer fewer(int count) {
        return count == 1 ? null : count - 1;
    }
}
