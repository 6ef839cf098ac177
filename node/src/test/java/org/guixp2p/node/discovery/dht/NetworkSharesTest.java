// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.guixp2p.protocol.swarm.AddressGroup;

class NetworkSharesTest {
    private static final List<AddressGroup> NETWORKS = IntStream.range(0, 5)
            .mapToObj(i -> AddressGroup.network(LoneNode.at(i).getAddress())).toList();

    /** Against a model that looks at all. */
    @Property(tries = 100)
    void theOldestOfThoseWhoHaveMostMakesWay(@ForAll long seed) {
        Random chance = new Random(seed);
        NetworkShares<Integer> shares = new NetworkShares<>();
        Map<AddressGroup, List<Integer>> model = new HashMap<>();
        NETWORKS.forEach(network -> model.put(network, new ArrayList<>()));
        for (int item = 0; item < 200; item++) {
            AddressGroup network = NETWORKS.get((int) Math.sqrt(chance.nextInt(25)));
            List<Integer> share = model.get(network);
            if (chance.nextInt(5) < 2 && !share.isEmpty()) {
                Integer gone = share.remove(chance.nextInt(share.size()));
                shares.remove(network, gone);
            } else {
                shares.add(network, item);
                share.add(item);
            }
            int most = model.values().stream().mapToInt(List::size).max().orElseThrow();
            for (AddressGroup newcomer : NETWORKS) {
                Optional<Integer> goes = shares.makesWayFor(newcomer);
                assertEquals(most >= model.get(newcomer).size() + 2, goes.isPresent());
                goes.ifPresent(one -> assertTrue(model.values().stream()
                        .anyMatch(all -> all.size() == most && all.getFirst().equals(one))));
            }
        }
    }
}
