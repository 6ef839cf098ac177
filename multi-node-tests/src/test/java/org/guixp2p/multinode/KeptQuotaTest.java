// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is kept of downloads, and who gets it from there. */
@Timeout(120)
class KeptQuotaTest extends InAWorld {
    private static final long QUOTA = 1_700_000;

    private Node keeper(Node... peers) throws IOException, StartException {
        return world.plan("keeper").quota(QUOTA).dialling(peers).start();
    }

    private static String nar(World.Item item) {
        return new NarHash(Sha256.hash(item.nar())).base32() + ".nar";
    }

    private void awaitKept(World.Item... items) {
        List<String> expected = Stream.of(items).map(KeptQuotaTest::nar).sorted().toList();
        Await.until(() -> kept().equals(expected), () -> expected + " and not " + kept());
    }

    private List<String> kept() {
        return World.files(world.home("keeper").resolve("state/nars")).stream()
                .map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".nar")).sorted().toList();
    }

    @Test
    @Tag("slow")
    void theLeastWantedMakesRoomAndIsOfferedNoMoreAlsoAfterARestart() throws Exception {
        World.Item wanted = world.item("wanted", 600_000, false);
        World.Item other = world.item("other", 700_000, false);
        World.Item third = world.item("third", 650_000, false);
        World.Item fourth = world.item("fourth", 750_000, false);
        Node seeder = world.plan("seeder").seeding(wanted, other, third, fourth).start();
        Node keeper = keeper(seeder);
        for (World.Item item : List.of(wanted, other)) {
            assertArrayEquals(item.nar(), world.fetch("keeper", item));
        }
        awaitKept(wanted, other);
        world.plan("reader").dialling(keeper).start();
        assertArrayEquals(wanted.nar(), world.fetch("reader", wanted));
        assertArrayEquals(third.nar(), world.fetch("keeper", third));
        awaitKept(wanted, third);
        world.plan("late").requestTimeout(Duration.ofSeconds(5)).dialling(keeper).start();
        assertArrayEquals(wanted.nar(), world.fetch("late", wanted));
        assertThrows(IOException.class, () -> world.fetch("late", other), "it was withdrawn");

        // What was wanted is older than the third, and not in use any more.
        World.stop(keeper);
        keeper = keeper(seeder);
        World.awaitOffered(keeper, 2);
        assertArrayEquals(fourth.nar(), world.fetch("keeper", fourth));
        awaitKept(wanted, fourth);
        String offered = World.await(keeper, "/api/seeds", said -> said.contains(fourth.path().path()));
        assertEquals(false, offered.contains(third.path().path()), offered);
    }
}
