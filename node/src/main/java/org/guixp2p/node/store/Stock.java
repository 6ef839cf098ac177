// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.persistence.ledger.Registration;

/** What is known of the store's items, and what {@link Seeds} are told of them. Part of the {@link StoreSeeding} actor, on its thread. */
final class Stock {
    private final ActorRef<Seeds.Command> seeds;
    private final boolean all;
    private ItemStates states;

    /** @param all whether all may be given to others, public or not */
    Stock(ActorRef<Seeds.Command> seeds, boolean all) {
        this.seeds = seeds;
        this.all = all;
        this.states = new ItemStates(ItemTable.empty(), all);
    }

    ItemStates states() {
        return states;
    }

    /**
     * Begins with what is known from earlier runs.
     *
     * @return how many items are offered
     */
    int begin(ItemStates fresh) {
        states = fresh;
        int[] offered = states.offered();
        Arrays.stream(offered).forEach(this::offer);
        return offered.length;
    }

    /**
     * Others are there now.
     *
     * @return the ids of those that are gone; nothing when all is as before
     */
    List<Long> replace(ItemTable table) {
        ItemStates before = states;
        List<Integer> gone = before.goneIn(table);
        if (gone.isEmpty() && table.count() == before.table().count()) {
            return List.of();
        }
        states = before.carriedTo(table);
        List<Long> ids = new ArrayList<>();
        for (int item : gone) {
            ids.add(before.table().id(item));
            if (before.isOffered(item)) {
                withdraw(before.registration(item));
            }
        }
        if (all) {
            Arrays.stream(states.offered()).filter(item -> !wasOffered(before, item)).forEach(this::offer);
        }
        return ids;
    }

    private boolean wasOffered(ItemStates before, int item) {
        int there = before.table().indexOf(states.table().id(item));
        return there >= 0 && states.table().isSame(item, before.table(), there) && before.isOffered(there);
    }

    /** Something is found out about an item: then it may be one to offer, or none any more. */
    void learn(int item, IntConsumer what) {
        boolean before = states.isOffered(item);
        what.accept(item);
        boolean after = states.isOffered(item);
        if (!before && after) {
            offer(item);
        } else if (before && !after) {
            withdraw(states.registration(item));
        }
    }

    void offer(int item) {
        ItemTable table = states.table();
        seeds.tell(new Seeds.OfferRegistered(table.hash(item), table.size(item), table.isFirst(item)));
    }

    /** The user does not want it to be offered; what is known to be withdrawn already is once more, as nothing may be overlooked. */
    void exclude(int item) {
        states.exclude(item);
        withdraw(states.registration(item));
    }

    private void withdraw(Registration gone) {
        seeds.tell(new Seeds.WithdrawRegistered(gone, states.offered(gone.hash()).isPresent()));
    }
}
