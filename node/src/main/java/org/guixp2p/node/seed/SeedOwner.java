// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.time.Instant;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.protocol.item.NarHash;

/** Tells {@link Seeds} how a seed of theirs is doing. */
record SeedOwner(ActorRef<Seeds.Command> seeds, NarHash hash, Catalogue.Entry entry) implements Seed.Owner {
    @Override
    public void opened(ActorRef<Seed.Command> seed, long memory) {
        seeds.tell(new Seeds.Weighed(seed, memory));
    }

    @Override
    public void idle(ActorRef<Seed.Command> seed) {
        seeds.tell(new Seeds.Idle(hash, seed));
    }

    @Override
    public void verified(Instant since) {
        entry.verified(since);
    }

    @Override
    public void lost(String why) {
        seeds.tell(new Seeds.Lost(entry, why));
    }
}
