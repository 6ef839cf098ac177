// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.inventory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.guixp2p.harness.bench.VirtualTime;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.discovery.InventoryLog;
import org.guixp2p.node.memory.MemoryShares;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.FrameEncoder;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;

/** One node: what it has, what it tells, and what it is told; the last two by the program's own parts. */
final class SimulatedPeer {
    /** What the JVM makes of {@code -Xmx192m}. */
    private static final long HEAP = 190_080L << 10;
    /** How often a session looks whether there is something to tell. */
    private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long ONE_WAY_NANOS = Duration.ofMillis(50).toNanos();
    /** After something has changed: it may have to wait for what was told just before. */
    private static final int LOOKS = 4;

    private final PeerId id;
    private final VirtualTime time;
    private final InventoryExchange exchange;
    private final int most;
    private final Set<NarHash> items = new LinkedHashSet<>();
    private final Map<SimulatedPeer, InventoryLog.Reader> told = new LinkedHashMap<>();
    private int looks;
    private long bytesTold;

    /** @param most how many items it keeps */
    SimulatedPeer(int number, int most, Random random, VirtualTime time) {
        this.id = new PeerId(Sha256.hash(("peer " + number).getBytes(StandardCharsets.US_ASCII)));
        this.time = time;
        this.most = most;
        this.exchange = new InventoryExchange(MemoryShares.of(HEAP).of(MemoryShares.Holder.INVENTORIES), random,
                time::now);
    }

    PeerId id() {
        return id;
    }

    boolean has(NarHash nar) {
        return items.contains(nar);
    }

    /** Whoever gets what it has no room for gives up what it has longest. Gives that. */
    Optional<NarHash> get(NarHash nar) {
        items.add(nar);
        exchange.add(nar);
        Optional<NarHash> oldest = items.size() > most ? Optional.of(items.iterator().next()) : Optional.empty();
        oldest.ifPresent(gone -> {
            items.remove(gone);
            exchange.remove(gone);
        });
        plan();
        return oldest;
    }

    boolean knows(SimulatedPeer other) {
        return told.containsKey(other);
    }

    int sessions() {
        return told.size();
    }

    void meet(SimulatedPeer other) {
        told.put(other, exchange.reader());
        plan();
    }

    void part(SimulatedPeer other) {
        told.remove(other);
        exchange.forget(other.id);
    }

    private void plan() {
        if (looks == 0) {
            time.at(time.now() + LOOK_NANOS, this::tell);
        }
        looks = LOOKS;
    }

    private void tell() {
        told.forEach((other, reader) -> {
            for (Optional<SwarmMessage> next = reader.next(); next.isPresent(); next = reader.next()) {
                SwarmMessage message = next.get();
                bytesTold += FrameEncoder.encode(message).head().length;
                time.at(time.now() + ONE_WAY_NANOS, () -> {
                    if (told.get(other) == reader) {
                        other.hear(this, message);
                    }
                });
            }
        });
        looks--;
        if (looks > 0) {
            time.at(time.now() + LOOK_NANOS, this::tell);
        }
    }

    private void hear(SimulatedPeer from, SwarmMessage message) {
        try {
            switch (message) {
                case SwarmMessage.Inventory begun -> exchange.begin(from.id, begun.key());
                case SwarmMessage.InventoryChange change -> exchange.change(from.id, change);
                default -> throw new IllegalStateException("not of an inventory: " + message);
            }
        } catch (FormatException e) {
            throw new IllegalStateException("a node tells what cannot be", e);
        }
    }

    /** Those whose inventories name a NAR, in the order in which they are asked. */
    List<PeerId> mayHave(NarHash nar) {
        return exchange.mayHave(nar);
    }

    /** One of them says no. */
    void missed(PeerId peer, NarHash nar) {
        exchange.missed(peer, nar);
    }

    long bytesTold() {
        return bytesTold;
    }

    long filterBytes() {
        return exchange.bytes();
    }
}
