// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.guixp2p.protocol.item.NarHash;

/**
 * What one node knows in a world where all know at once who has what. A lookup goes on until its time is over, and finds
 * those who announce meanwhile.
 */
final class MemoryDirectory implements ProviderDirectory {
    private final World world;
    private final ProviderHint self;
    private final Alarm alarm;

    /** Who has what, and who looks. */
    static final class World {
        private final Map<NarHash, Set<ProviderHint>> providers = new HashMap<>();
        private final List<Seeker> seekers = new ArrayList<>();

        private synchronized List<ProviderHint> seek(Seeker seeker) {
            seekers.add(seeker);
            return providers.getOrDefault(seeker.nar(), Set.of()).stream().filter(hint -> !hint.equals(seeker.self()))
                    .toList();
        }

        private synchronized void leave(Seeker seeker) {
            seekers.remove(seeker);
        }

        private synchronized List<Seeker> add(NarHash nar, ProviderHint self) {
            providers.computeIfAbsent(nar, unknown -> new LinkedHashSet<>()).add(self);
            return seekers.stream().filter(seeker -> seeker.nar().equals(nar) && !seeker.self().equals(self)).toList();
        }

        private synchronized void remove(NarHash nar, ProviderHint self) {
            providers.getOrDefault(nar, new LinkedHashSet<>()).remove(self);
        }

        /** How many lookups are under way. */
        synchronized int seekers() {
            return seekers.size();
        }
    }

    private record Seeker(NarHash nar, ProviderHint self, OpenLookup lookup) {}

    /** @param self what others find of this node */
    MemoryDirectory(World world, ProviderHint self, Alarm alarm) {
        this.world = world;
        this.self = self;
        this.alarm = alarm;
    }

    @Override
    public void announce(Announcement announcement) {
        world.add(announcement.nar(), self).forEach(seeker -> seeker.lookup().found(List.of(self)));
    }

    @Override
    public void withdraw(NarHash nar) {
        world.remove(nar, self);
    }

    @Override
    public Lookup lookup(Question question, Listener listener) {
        OpenLookup lookup = new OpenLookup(question, listener, alarm);
        Seeker seeker = new Seeker(question.nar(), self, lookup);
        lookup.found(world.seek(seeker));
        lookup.afterwards(() -> world.leave(seeker));
        return lookup;
    }
}
