// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.jspecify.annotations.Nullable;

/**
 * What this node remembers for others: which peers have announced themselves under which keys, each until it is too old.
 *
 * <p>What is full takes nothing new: whoever is there keeps its place as long as it announces itself again in time, so nobody
 * is driven out by a flood.
 */
final class PeerRecords {
    private final Limits limits;
    private final RandomGenerator random;
    private final LongSupplier nanos;
    private final Map<DhtId, List<InetSocketAddress>> byKey = new HashMap<>();
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
         * About 15 MB at most. A machine may take an eighth: in a small network a few nodes keep all that the largest peer
         * announces.
         */
        static final Limits DEFAULT = new Limits(Duration.ofMinutes(45), 200, 3, 8_192, 65_536);

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
        if (!again && !hasRoom(announcement)) {
            return false;
        }
        announced.put(announcement, nanos.getAsLong());
        if (!again) {
            byKey.computeIfAbsent(key, ignored -> new ArrayList<>(1)).add(peer);
            byMachine.merge(announcement.machine(), 1, Integer::sum);
        }
        return true;
    }

    private boolean hasRoom(Announcement announcement) {
        AddressGroup machine = announcement.machine();
        List<InetSocketAddress> peers = byKey.getOrDefault(announcement.key, List.of());
        return announced.size() < limits.total && byMachine.getOrDefault(machine, 0) < limits.perMachine
                && peers.size() < limits.perKey
                && peers.stream().filter(peer -> AddressGroup.machine(peer.getAddress()).equals(machine))
                        .count() < limits.perKeyAndMachine;
    }

    /** Up to {@code most} of those under {@code key}; of more than that any, each as likely. */
    List<InetSocketAddress> peers(DhtId key, int most) {
        expire();
        List<InetSocketAddress> peers = new ArrayList<>(byKey.getOrDefault(key, List.of()));
        int count = Math.min(most, peers.size());
        for (int i = 0; i < count; i++) {
            int other = random.nextInt(i, peers.size());
            InetSocketAddress swapped = peers.get(i);
            peers.set(i, peers.get(other));
            peers.set(other, swapped);
        }
        return List.copyOf(peers.subList(0, count));
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
    }

    private static @Nullable Integer fewer(int count) {
        return count == 1 ? null : count - 1;
    }
}
