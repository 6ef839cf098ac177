// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.jspecify.annotations.Nullable;

/**
 * The items that this node keeps for others (BEP 44), each until nobody has put it for too long. As in {@link PeerRecords}, when all is
 * full a newcomer takes a place of the network that has most.
 */
final class ItemRecords {
    private final Limits limits;
    private final LongSupplier nanos;
    /** When each was put last, the longest ago first. */
    private final Map<DhtId, Kept> items = new LinkedHashMap<>();
    private final NetworkShares<DhtId> shares = new NetworkShares<>();
    private final Map<AddressGroup, Integer> byMachine = new HashMap<>();

    /**
     * How much is kept, and for how long.
     *
     * @param lifetime from one time that it is put to when the next must have come
     * @param perMachine items that one machine has put first
     * @param total all
     */
    record Limits(Duration lifetime, int perMachine, int total) {
        /** What one takes of the heap, in bytes: 1,880 were measured of the longest that there can be. */
        private static final int BYTES = 2048;
        private static final int MOST = 4096;
        private static final int MOST_PER_MACHINE = 64;
        /** As the BEP wants it. */
        private static final Duration LIFETIME = Duration.ofHours(2);

        /**
         * What there is memory for.
         *
         * @param bytes of the heap
         */
        static Limits in(long bytes) {
            int total = Math.clamp(bytes / BYTES, 2, MOST);
            return new Limits(LIFETIME, Math.min(MOST_PER_MACHINE, total / 2), total);
        }
    }

    /** What has become of an item that was put. */
    enum Result {
        KEPT, NO_ROOM, SEQUENCE_TOO_LOW, UNEXPECTED
    }

    /** @param by who has put it first, and whose share it is of */
    private record Kept(DhtItem item, InetAddress by, long at) {}

    /** @param nanos a clock that only goes forward */
    ItemRecords(Limits limits, LongSupplier nanos) {
        this.limits = limits;
        this.nanos = nanos;
    }

    /** What is kept under a key, verified when it was put. */
    Optional<DhtItem> get(DhtId target) {
        expire();
        return Optional.ofNullable(items.get(target)).map(Kept::item);
    }

    /**
     * Keeps an item.
     *
     * @param item verified
     * @param expected only if the mutable item that is there has this number
     */
    Result put(DhtItem item, OptionalLong expected, InetAddress by) {
        expire();
        DhtId target = item.target();
        Kept before = items.get(target);
        if (before != null) {
            Result outcome = replaces(item, expected, before.item);
            if (outcome == Result.KEPT) {
                items.remove(target);
                items.put(target, new Kept(item, before.by, nanos.getAsLong()));
            }
            return outcome;
        }
        AddressGroup machine = AddressGroup.machine(by);
        if (byMachine.getOrDefault(machine, 0) >= limits.perMachine || !makesRoom(by)) {
            return Result.NO_ROOM;
        }
        items.put(target, new Kept(item, by, nanos.getAsLong()));
        byMachine.merge(machine, 1, Integer::sum);
        shares.add(AddressGroup.network(by), target);
        return Result.KEPT;
    }

    private static Result replaces(DhtItem item, OptionalLong expected, DhtItem before) {
        if (!(item instanceof DhtItem.Mutable now) || !(before instanceof DhtItem.Mutable then)) {
            return Result.KEPT; // the same: it has the same hash
        }
        if (expected.isPresent() && expected.getAsLong() != then.sequence()) {
            return Result.UNEXPECTED;
        }
        boolean newer = now.sequence() > then.sequence()
                || (now.sequence() == then.sequence() && now.value().equals(then.value()));
        return newer ? Result.KEPT : Result.SEQUENCE_TOO_LOW;
    }

    private boolean makesRoom(InetAddress by) {
        if (items.size() < limits.total) {
            return true;
        }
        Optional<DhtId> goes = shares.makesWayFor(AddressGroup.network(by));
        goes.ifPresent(gone -> forget(gone, Objects.requireNonNull(items.remove(gone))));
        return goes.isPresent();
    }

    /** Forgets what is too old. Every other method does that first. */
    void expire() {
        long now = nanos.getAsLong();
        Iterator<Map.Entry<DhtId, Kept>> oldest = items.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<DhtId, Kept> entry = oldest.next();
            if (now - entry.getValue().at < limits.lifetime.toNanos()) {
                return;
            }
            oldest.remove();
            forget(entry.getKey(), entry.getValue());
        }
    }

    private void forget(DhtId target, Kept kept) {
        byMachine.computeIfPresent(AddressGroup.machine(kept.by), (machine, count) -> fewer(count));
        shares.remove(AddressGroup.network(kept.by), target);
    }

    private static @Nullable Integer fewer(int count) {
        return count == 1 ? null : count - 1;
    }
}
