// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.api.Page;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.persistence.guixdb.ValidItem;

/** Wants a part of the list of what is offered, which takes no look at the rest: it may be long, and peers wait for {@link Seeds}. */
public sealed interface SeedList extends Seeds.Listing {
    /** Some of what was named or kept, by store path. */
    record Named(Page.Wanted wanted, ActorRef<NamedPage> replyTo) implements SeedList {}

    /** The answer to {@link Named}. */
    record NamedPage(Page<SeedStatus> page) {}

    /** What of these items of the store is not among what was named or kept; they are answered in their order. */
    record OfStore(List<ValidItem> items, ActorRef<Seeds.Described> replyTo) implements SeedList {
        public OfStore {
            items = List.copyOf(items);
        }
    }
}
