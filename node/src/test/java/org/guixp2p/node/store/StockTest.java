// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.junit.jupiter.api.Test;

class StockTest {
    private static final NarSize SIZE = new NarSize(7);

    private final TestInbox<Seeds.Command> seeds = TestInbox.create();
    private final Stock stock = new Stock(seeds.getRef(), true);

    private static NarHash hash(int of) {
        return new NarHash(Sha256.hash(new byte[]{(byte) of}));
    }

    /** Two items have one NAR. */
    private static ItemTable table() {
        ItemTable.Builder all = new ItemTable.Builder(item -> false, path -> false, 0);
        for (int i = 0; i < 3; i++) {
            all.item(new ValidItem(i, TestStore.path("item-" + i), hash(i / 2), SIZE, 0));
        }
        return all.build();
    }

    /** When nobody has listed the store between two changes of mind, it looks as before. */
    @Test
    void whatIsTakenBackIsOfferedAgainThoughTheStoreIsTheSame() {
        assertEquals(3, stock.begin(new ItemStates(table(), true)));
        assertEquals(List.of(), stock.replace(table()), "nothing has changed");
        assertEquals(3, seeds.getAllReceived().size());
        stock.exclude(0);
        stock.exclude(1);
        assertEquals(List.of(new Seeds.WithdrawRegistered(new Registration(0, 0, hash(0)), true),
                new Seeds.WithdrawRegistered(new Registration(1, 0, hash(0)), false)), seeds.getAllReceived());
        assertEquals(List.of(0L, 1L), stock.replace(table()));
        Seeds.OfferRegistered again = new Seeds.OfferRegistered(hash(0), SIZE, false);
        assertEquals(List.of(again, again), seeds.getAllReceived());
    }
}
