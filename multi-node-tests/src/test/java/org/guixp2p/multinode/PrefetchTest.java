// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.node.config.Prefetch;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client of the daemon's is about to substitute is there before the daemon asks for it. */
@Timeout(120)
class PrefetchTest extends InAWorld {
    private static final FromRestorer.Daemon DAEMON = new FromRestorer.Daemon(4711, 100);
    /** Another one, that got its number later. */
    private static final FromRestorer.Daemon OTHER = new FromRestorer.Daemon(4711, 101);

    private List<World.Item> items(int count, boolean onServer) throws IOException {
        World.Item[] items = new World.Item[count];
        for (int i = 0; i < count; i++) {
            items[i] = world.item("item-" + i, 40_000 + i, onServer);
        }
        return List.of(items);
    }

    private static StorePath[] paths(List<World.Item> items) {
        return items.stream().map(World.Item::path).toArray(StorePath[]::new);
    }

    private Restorer restorer(FromRestorer.Mode mode, FromRestorer.Daemon daemon) throws IOException {
        return new Restorer(world.socket("fetcher"), mode, daemon, "");
    }

    private NodePlan fetcher() {
        return world.plan("fetcher").withAStoreOfItsOwn();
    }

    private Node seeder(List<World.Item> items) throws IOException, StartException {
        return world.plan("seeder").seeding(items.toArray(World.Item[]::new)).start();
    }

    private static void awaitWhole(Node node, List<World.Item> items) {
        World.await(node, "/api/transfers", said -> items.stream().allMatch(item -> isWhole(said, item)));
    }

    private static boolean isWhole(String transfers, World.Item item) {
        int at = transfers.indexOf(item.path().path());
        return at >= 0 && transfers.indexOf("\"done\"", at) >= 0
                && transfers.indexOf("\"done\"", at) < transfers.indexOf('}', at);
    }

    @Test
    void whatFollowsTheFirstIsThereThoughNobodyHasItAnyMore() throws Exception {
        List<World.Item> items = items(5, false);
        Node seeder = seeder(items);
        Node fetcher = fetcher().dialling(seeder).start();
        try (Restorer query = restorer(FromRestorer.Mode.QUERY, DAEMON);
                Restorer substitute = restorer(FromRestorer.Mode.SUBSTITUTE, DAEMON)) {
            assertEquals(items.size(), query.info(paths(items)));
            assertArrayEquals(items.getFirst().nar(), substitute.substitute(items.getFirst().path()));
            awaitWhole(fetcher, items.subList(1, items.size()));
            World.stop(seeder);
            world.server().close();
            for (World.Item item : items.subList(1, items.size())) {
                assertArrayEquals(item.nar(), substitute.substitute(item.path()));
            }
        }
    }

    /** The closure as the daemon walks it: the first goal is at work while it still asks about others. */
    @Test
    void whatIsAskedAboutWhileTheFirstComesIsFetchedToo() throws Exception {
        List<World.Item> items = items(3, false);
        Node seeder = seeder(items);
        Node fetcher = fetcher().dialling(seeder).start();
        try (Restorer query = restorer(FromRestorer.Mode.QUERY, DAEMON);
                Restorer substitute = restorer(FromRestorer.Mode.SUBSTITUTE, DAEMON)) {
            assertEquals(1, query.info(items.getFirst().path()));
            assertArrayEquals(items.getFirst().nar(), substitute.substitute(items.getFirst().path()));
            for (World.Item item : items.subList(1, items.size())) {
                assertEquals(1, query.info(item.path()));
            }
            awaitWhole(fetcher, items.subList(1, items.size()));
            World.stop(seeder);
            for (World.Item item : items.subList(1, items.size())) {
                assertArrayEquals(item.nar(), substitute.substitute(item.path()));
            }
        }
    }

    /** Nor what a daemon was told that had the same number earlier. */
    @Test
    void aDryRunFetchesNothing() throws Exception {
        List<World.Item> items = items(3, false);
        Node fetcher = fetcher().dialling(seeder(items)).start();
        try (Restorer query = restorer(FromRestorer.Mode.QUERY, DAEMON);
                Restorer other = restorer(FromRestorer.Mode.SUBSTITUTE, OTHER)) {
            assertEquals(items.size(), query.info(paths(items)));
            assertArrayEquals(items.getFirst().nar(), other.substitute(items.getFirst().path()));
        }
        String said = World.api(fetcher, "/api/transfers");
        assertTrue(said.contains(items.getFirst().path().path()), said);
        items.subList(1, items.size()).forEach(item -> assertFalse(said.contains(item.path().path()), said));
    }

    /** A daemon asks about all, and substitutes the first and the last. */
    private void assertFetchesWhatIsAskedForAlone(Node fetcher, List<World.Item> items) throws Exception {
        try (Restorer query = restorer(FromRestorer.Mode.QUERY, DAEMON);
                Restorer substitute = restorer(FromRestorer.Mode.SUBSTITUTE, DAEMON)) {
            assertEquals(items.size(), query.info(paths(items)));
            assertArrayEquals(items.getFirst().nar(), substitute.substitute(items.getFirst().path()));
            assertArrayEquals(items.getLast().nar(), substitute.substitute(items.getLast().path()));
        }
        String said = World.api(fetcher, "/api/transfers");
        assertFalse(said.contains(items.get(1).path().path()), said);
    }

    @Test
    void nothingIsFetchedAheadWhereThatIsOff() throws Exception {
        List<World.Item> items = items(3, false);
        Node fetcher = fetcher().prefetch(Prefetch.METADATA).dialling(seeder(items)).start();
        assertFetchesWhatIsAskedForAlone(fetcher, items);
    }

    @Test
    void whatIsInTheStoreIsNotFetched() throws Exception {
        List<World.Item> items = items(3, false);
        Node fetcher = world.plan("fetcher").dialling(seeder(items)).start();
        assertFetchesWhatIsAskedForAlone(fetcher, items);
    }

    @Test
    void privateItemsAreFetchedFromServersAndOfferedToNobody() throws Exception {
        List<World.Item> items = items(3, true);
        Node fetcher = fetcher().withNothingPublic().policy(SubstitutePolicy.P2P_FIRST).start();
        Node curious = world.plan("curious").withAStoreOfItsOwn().requestTimeout(Duration.ofSeconds(2))
                .dialling(fetcher).start();
        try (Restorer query = restorer(FromRestorer.Mode.QUERY, DAEMON);
                Restorer substitute = restorer(FromRestorer.Mode.SUBSTITUTE, DAEMON)) {
            assertEquals(items.size(), query.info(paths(items)));
            assertArrayEquals(items.getFirst().nar(), substitute.substitute(items.getFirst().path()));
            awaitWhole(fetcher, items.subList(1, items.size()));
            assertThrows(IOException.class, () -> Restorer.fetch(world.socket("curious"), items.get(1).path()));
            assertEquals("[]", World.api(fetcher, "/api/seeds"));
            World.stop(curious);
            for (World.Item item : items.subList(1, items.size())) {
                assertArrayEquals(item.nar(), substitute.substitute(item.path()));
            }
        }
        assertEquals(List.of(), World.files(world.home("fetcher").resolve("state/nars")));
    }
}
