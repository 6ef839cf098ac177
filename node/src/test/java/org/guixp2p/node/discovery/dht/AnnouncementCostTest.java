// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What docs/dht.md reckons with: an announcement that is made again begins with those who took it before, and is cheap. */
class AnnouncementCostTest {
    private static final Logger LOG = LoggerFactory.getLogger(AnnouncementCostTest.class);
    private static final int NODES = 10_000;
    private static final int KEYS = 30;

    private final StillNetwork network = new StillNetwork(NODES, 5);

    private static List<Contact> takers(Lookup lookup) {
        return lookup.nearestHolders(Lookup.NEAREST).stream().map(Lookup.Holder::contact).toList();
    }

    private Lookup ran(DhtId target, List<Contact> near) {
        List<Contact> known = network.knownTo(network.honest.getFirst(), target);
        Lookup lookup = near.isEmpty()
                ? new Lookup(target, IdRule.PREFERRED, known)
                : Lookup.again(target, IdRule.PREFERRED, Lookup.NEAREST,
                        Stream.concat(near.stream(), known.stream()).toList());
        network.run(lookup, target);
        return lookup;
    }

    @Test
    void aLaterOneIsCheapAndGoesWhereOthersLook() {
        int first = 0;
        int later = 0;
        for (int i = 0; i < KEYS; i++) {
            DhtId target = DhtId.random(network.random);
            Lookup one = ran(target, List.of());
            Lookup two = ran(target, takers(one));
            first += one.messages() + takers(one).size();
            later += two.messages() + takers(two).size();
            assertEquals(new HashSet<>(network.trulyNearest(target, Lookup.NEAREST)), new HashSet<>(takers(two)));
        }
        LOG.info("messages an announcement among {} nodes: {} at first, {} later", NODES, first / KEYS, later / KEYS);
        assertTrue(first <= 66 * KEYS, "at first " + first / KEYS);
        assertTrue(later <= 24 * KEYS, "later " + later / KEYS);
    }
}
