// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
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
        List<List<Integer>> model = NETWORKS.stream().<List<Integer>>map(network -> new ArrayList<>()).toList();
        for (int item = 0; item < 200; item++) {
            int number = (int) Math.sqrt(chance.nextInt(25));
            AddressGroup network = NETWORKS.get(number);
            List<Integer> share = model.get(number);
            if (chance.nextInt(5) < 2 && !share.isEmpty()) {
                Integer gone = share.remove(chance.nextInt(share.size()));
                shares.remove(network, gone);
            } else {
                shares.add(network, item);
                share.add(item);
            }
            int most = model.stream().mapToInt(List::size).max().orElseThrow();
            for (int newcomer = 0; newcomer < NETWORKS.size(); newcomer++) {
                Optional<Integer> goes = shares.makesWayFor(NETWORKS.get(newcomer));
                assertEquals(most >= model.get(newcomer).size() + 2, goes.isPresent());
                goes.ifPresent(one -> assertTrue(model.stream()
                        .anyMatch(all -> all.size() == most && all.getFirst().equals(one))));
            }
        }
    }
}
