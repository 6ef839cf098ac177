// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.Fingerprints;
import org.guixp2p.protocol.swarm.InventoryKey;
import org.guixp2p.protocol.swarm.SwarmMessage;

/** Changes of inventories, as their owners tell them. */
final class Changes {
    static final Fingerprints NONE = Fingerprints.of();

    private Changes() {}

    static long[] fingerprints(InventoryKey key, Collection<NarHash> nars) {
        return nars.stream().mapToLong(key::fingerprint).sorted().toArray();
    }

    /** Of few NARs. */
    static SwarmMessage.InventoryChange of(InventoryKey key, Collection<NarHash> removed, Collection<NarHash> added) {
        return new SwarmMessage.InventoryChange(Fingerprints.of(fingerprints(key, removed)),
                Fingerprints.of(fingerprints(key, added)));
    }

    /** All that an inventory begins with. */
    static List<SwarmMessage.InventoryChange> filling(InventoryKey key, Collection<NarHash> nars) {
        List<SwarmMessage.InventoryChange> changes = new ArrayList<>();
        Fingerprints.cut(fingerprints(key, nars))
                .forEach(some -> changes.add(new SwarmMessage.InventoryChange(NONE, some)));
        return changes;
    }

    static List<NarHash> nars(int from, int count) {
        return IntStream.range(from, from + count).mapToObj(Hints::nar).toList();
    }
}
