// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.ControlServer;
import org.junit.jupiter.api.Test;

/** Nodes that are connected know what the others have before they ask. */
class InventoryTest extends InAWorld {
    private Set<String> providers(String node, World.Item item) {
        Set<String> found = new TreeSet<>();
        try {
            ControlClient.ask(ControlServer.beside(world.socket(node)),
                    new ControlQuestion.ProvidersOfPath(item.path()),
                    line -> {
                        if (line.hasPath("provider")) {
                            found.add(line.getString("provider"));
                        }
                    });
        } catch (IOException e) {
            found.add(e.toString());
        }
        return found;
    }

    /** Waits until a node knows of exactly these that they have an item. */
    private void awaitProviders(String node, World.Item item, Node... expected) {
        await(node, item,
                Stream.of(expected).map(each -> each.addresses().peer().toString()).collect(Collectors.toSet()));
    }

    private void await(String node, World.Item item, Set<String> ids) {
        List<Set<String>> last = new ArrayList<>();
        Await.until(() -> {
            last.add(providers(node, item));
            return last.getLast().equals(ids);
        }, () -> node + " knows of " + last.getLast() + ", not " + ids);
    }

    @Test
    void aNodeLearnsFromInventoriesWhomToAsk() throws IOException, StartException {
        World.Item item = world.item("hello", 3 << 20, false);
        World.Item other = world.item("other", 1 << 20, false);
        Node seeder = world.plan("seeder").seeding(item).start();
        Node another = world.plan("another").seeding(other).start();
        Node fetcher = world.plan("fetcher").dialling(seeder, another).start();
        awaitProviders("fetcher", item, seeder);
        awaitProviders("fetcher", other, another);
        assertArrayEquals(item.nar(), world.fetch("fetcher", item));
        // What it has fetched it has, and says so.
        awaitProviders("another", item, fetcher);
        World.stop(seeder);
        awaitProviders("fetcher", item);
    }

    /** The DHT gives addresses alone: whose they are is known from light sessions. Each has an own address, which is kept once. */
    @Test
    void nodesThatKnowOneOtherKnowWhatAllHaveBeforeAnythingIsWanted() throws IOException, StartException {
        World.Item item = world.item("hello", 3 << 20, false);
        Node meetingPoint = world.plan("meeting-point").at("127.0.3.1").meetingAt().start();
        Node seeder = world.plan("seeder").at("127.0.3.2").seeding(item).meetingAt(meetingPoint).start();
        Node fetcher = world.plan("fetcher").at("127.0.3.3").meetingAt(meetingPoint).start();
        String named = "guixp2p://" + seeder.addresses().peer() + "@";
        Await.until(() -> providers("fetcher", item).stream().anyMatch(each -> each.startsWith(named)),
                () -> "only " + providers("fetcher", item) + " is known");
        World.awaitPeers(fetcher, 0);
        assertArrayEquals(item.nar(), world.fetch("fetcher", item));
        World.await(fetcher, "/api/peers", said -> said.contains(seeder.addresses().peer().toString()));
    }
}
