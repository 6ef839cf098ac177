// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.Fingerprints;
import org.guixp2p.protocol.swarm.InventoryKey;
import org.guixp2p.protocol.swarm.SwarmMessage;

/**
 * What this node tells peers that it has: to each the {@link #whole} once, and to all {@link #news} from time to time. Beyond
 * {@link InventoryKey#MAX_ITEMS} items are not told. For one thread.
 */
public final class OwnInventory {
    private static final Fingerprints NONE = Fingerprints.of();

    private final RandomGenerator random;
    private final Set<NarHash> told = new HashSet<>();
    private final Set<NarHash> added = new HashSet<>();
    private final Set<NarHash> removed = new HashSet<>();
    private InventoryKey key;
    /** What peers have by now: it refuses what they would. */
    private NarFilter filter;

    /** @param random makes keys that nobody can foretell */
    public OwnInventory(RandomGenerator random) {
        this.random = random;
        this.key = InventoryKey.draw(random, 0);
        this.filter = NarFilter.empty(key);
    }

    /** There is a NAR that may be known to all. */
    public void add(NarHash nar) {
        if (!removed.remove(nar) && !told.contains(nar) && told.size() + added.size() < InventoryKey.MAX_ITEMS) {
            added.add(nar);
        }
    }

    /** It is not there any more. */
    public void remove(NarHash nar) {
        if (!added.remove(nar) && told.contains(nar)) {
            removed.add(nar);
        }
    }

    /** What a peer that knows nothing is to be told: how things stood at the last {@link #news}. */
    public List<SwarmMessage> whole() {
        List<SwarmMessage> messages = new ArrayList<>();
        messages.add(new SwarmMessage.Inventory(key));
        messages.addAll(changes(List.of(), told));
        return messages;
    }

    /**
     * What peers that know the whole are to be told now; nothing when nothing has changed. When there is much more than they
     * were prepared for, it is the whole again.
     */
    public List<SwarmMessage> news() {
        if (added.isEmpty() && removed.isEmpty()) {
            return List.of();
        }
        List<SwarmMessage.InventoryChange> changes = changes(removed, added);
        told.removeAll(removed);
        told.addAll(added);
        removed.clear();
        added.clear();
        if (apply(changes)) {
            return List.copyOf(changes);
        }
        do {
            key = InventoryKey.draw(random, told.size());
            filter = NarFilter.empty(key);
        } while (!apply(changes(List.of(), told)));
        return whole();
    }

    /** Whether peers will take these changes. */
    private boolean apply(List<SwarmMessage.InventoryChange> changes) {
        try {
            for (SwarmMessage.InventoryChange change : changes) {
                filter = filter.with(change);
            }
            return true;
        } catch (FormatException e) {
            return false;
        }
    }

    private List<SwarmMessage.InventoryChange> changes(Collection<NarHash> without, Collection<NarHash> with) {
        List<SwarmMessage.InventoryChange> changes = new ArrayList<>();
        fingerprints(without).forEach(some -> changes.add(new SwarmMessage.InventoryChange(some, NONE)));
        fingerprints(with).forEach(some -> changes.add(new SwarmMessage.InventoryChange(NONE, some)));
        return changes;
    }

    private List<Fingerprints> fingerprints(Collection<NarHash> nars) {
        return Fingerprints.cut(nars.stream().mapToLong(key::fingerprint).sorted().toArray());
    }
}
