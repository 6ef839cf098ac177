// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.junit.jupiter.api.Test;

/** Nodes that know one other, which has nothing, and find each other by the DHT. */
class DhtTest extends InAWorld {
    /** And where all meet. */
    private static void awaitAnnounced(Node node, int count) {
        World.await(node, "/api/status", said -> said.contains("\"providerRecords\":" + (count + 1) + "}"));
    }

    @Test
    void aSeederIsFoundBySomebodyWhoKnowsNeitherItNorWhoKnowsIt() throws IOException, StartException {
        World.Item item = world.item("hello", 3 << 20, false);
        Node meetingPoint = world.plan("meeting-point").meetingAt().start();
        Node seeder = world.plan("seeder").seeding(item).meetingAt(meetingPoint).start();
        awaitAnnounced(seeder, 1);
        world.plan("fetcher").meetingAt(meetingPoint).start();
        assertArrayEquals(item.nar(), world.fetch("fetcher", item));
    }

    @Test
    void whatWasFetchedIsFoundWhereItWasFetched() throws IOException, StartException {
        World.Item item = world.item("hello", 1 << 20, false);
        Node meetingPoint = world.plan("meeting-point").meetingAt().start();
        Node seeder = world.plan("seeder").seeding(item).meetingAt(meetingPoint).start();
        awaitAnnounced(seeder, 1);
        Node fetcher = world.plan("fetcher").meetingAt(meetingPoint).start();
        assertArrayEquals(item.nar(), world.fetch("fetcher", item));
        awaitAnnounced(fetcher, 1);
        World.stop(seeder);
        world.plan("another").meetingAt(meetingPoint).start();
        assertArrayEquals(item.nar(), world.fetch("another", item));
    }
}
