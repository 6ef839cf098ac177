// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.ByteRate;
import org.junit.jupiter.api.Test;

/** Nodes that know one other, which has nothing, and find each other by the DHT. */
class DhtTest extends InAWorld {
    /** And where all meet. */
    private static void awaitAnnounced(Node node, int count) {
        World.await(node, "/api/status", said -> said.contains("\"providerRecords\":" + (count + 1) + ","));
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

    /** They do not know each other, and begin one after the other, while the seeder takes its time until both are there. */
    @Test
    void whoFetchesALargeOneIsFoundByWhoeverBeginsLater() throws Exception {
        World.Item item = world.item("large", 17 << 20, false);
        Node meetingPoint = world.plan("meeting-point").meetingAt().start();
        Node seeder = world.plan("seeder").seeding(item).uploadLimit(new ByteRate(1 << 19)).meetingAt(meetingPoint)
                .start();
        awaitAnnounced(seeder, 1);
        Node first = world.plan("first").meetingAt(meetingPoint).start();
        CompletableFuture<byte[]> fetched = world.fetching("first", item);
        awaitAnnounced(first, 1);
        assertFalse(fetched.isDone(), "a part is announced");
        Node later = world.plan("later").meetingAt(meetingPoint).start();
        CompletableFuture<byte[]> fetchedLater = world.fetching("later", item);
        World.await(later, "/api/transfers", said -> World.given(said, first) > 0);
        world.limitUpload("seeder", ByteRate.UNLIMITED);
        assertArrayEquals(item.nar(), fetched.get(60, TimeUnit.SECONDS));
        assertArrayEquals(item.nar(), fetchedLater.get(60, TimeUnit.SECONDS));
        awaitAnnounced(later, 1);
        World.awaitOffered(first, 1);
        awaitAnnounced(first, 1);
        // By now the first one has the whole, for those who find nobody else.
        World.stop(seeder);
        World.stop(later);
        world.plan("another").meetingAt(meetingPoint).start();
        assertArrayEquals(item.nar(), world.fetch("another", item));
    }
}
