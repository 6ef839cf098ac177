// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
import org.guixp2p.node.StartException;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.node.control.SeedTarget;
import org.guixp2p.protocol.bridge.FromRestorer;
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

    /** {@code guix gc} may have collected it meanwhile, and nobody else have it any more. */
    @Test
    void whatIsKeptNeedNotComeAgain() throws Exception {
        World.Item large = world.item("large", 17 << 20, false);
        World.Item small = world.item("small", 50_000, false);
        Node seeder = world.plan("seeder").seeding(large, small).start();
        Node keeper = world.plan("keeper").dialling(seeder).start();
        for (World.Item item : List.of(large, small)) {
            assertArrayEquals(item.nar(), world.fetch("keeper", item));
        }
        awaitKept(large, small);
        World.stop(seeder);
        for (World.Item item : List.of(large, small)) {
            try (Restorer query = new Restorer(world.socket("keeper"), FromRestorer.Mode.QUERY)) {
                assertEquals(1, query.info(item.path()), "it can be had");
            }
            assertArrayEquals(item.nar(), world.fetch("keeper", item));
            World.await(keeper, "/api/builds/" + item.path().hashPart(), said -> said.contains("\"from\":\"disk\""));
        }
        assertTrue(World.api(keeper, "/api/seeds").contains(large.path().path()), "it is offered as before");
    }

    /** What the disk has lost is fetched again. */
    @Test
    void whatIsKeptAndNotRightAnyMoreComesAgain() throws Exception {
        World.Item item = world.item("damaged", 600_000, false);
        Node seeder = world.plan("seeder").seeding(item).start();
        Node _ = keeper(seeder);
        assertArrayEquals(item.nar(), world.fetch("keeper", item));
        awaitKept(item);
        Path file = world.home("keeper").resolve("state/nars").resolve(nar(item));
        byte[] wrong = item.nar().clone();
        wrong[wrong.length - 100_000] ^= 1;
        Files.write(file, wrong);
        assertArrayEquals(item.nar(), world.fetch("keeper", item));
        awaitKept(item);
        World.stop(seeder);
        Files.delete(file);
        try (Restorer query = new Restorer(world.socket("keeper"), FromRestorer.Mode.QUERY)) {
            assertEquals(0, query.info(item.path()), "nobody has it");
        }
    }

    /** Of two nodes that a reader could have it from, one is gone and the other does not give it. */
    @Test
    void whatHasANameThatIsNeverSeededIsNotKeptAndNotGivenThoughItWasKeptBefore() throws Exception {
        World.Item secret = world.item("secret", 600_000, false);
        World.Item plan = world.item("secret-plan", 500_000, false);
        World.Item other = world.item("other", 400_000, false);
        Node seeder = world.plan("seeder").seeding(secret, plan, other).start();
        Node keeper = keeper(seeder);
        assertArrayEquals(secret.nar(), world.fetch("keeper", secret));
        awaitKept(secret);
        World.stop(keeper);
        keeper = world.plan("keeper").quota(QUOTA).never("secret*").dialling(seeder).start();
        assertArrayEquals(plan.nar(), world.fetch("keeper", plan));
        assertArrayEquals(other.nar(), world.fetch("keeper", other));
        awaitKept(secret, other);
        String offered = World.await(keeper, "/api/seeds", said -> said.contains(other.path().path()));
        assertEquals(false, offered.contains(plan.path().path()), offered);
        World.stop(seeder);
        world.plan("reader").requestTimeout(Duration.ofSeconds(5)).dialling(keeper).start();
        assertArrayEquals(other.nar(), world.fetch("reader", other));
        for (World.Item none : List.of(secret, plan)) {
            assertThrows(IOException.class, () -> world.fetch("reader", none));
        }
    }

    /** Though this node offers nothing of its store. */
    @Test
    void whatIsTakenBackIsNotKeptWhenItComesAgainUnlessItIsNamed() throws Exception {
        World.Item item = world.item("taken-back", 400_000, false);
        World.Item other = world.item("other", 300_000, false);
        Node seeder = world.plan("seeder").seeding(item, other).start();
        keeper(seeder);
        assertArrayEquals(item.nar(), world.fetch("keeper", item));
        awaitKept(item);
        ask(new ControlQuestion.RemoveSeed(new SeedTarget.Item(item.path())));
        awaitKept();
        assertArrayEquals(item.nar(), world.fetch("keeper", item));
        assertArrayEquals(other.nar(), world.fetch("keeper", other));
        awaitKept(other);
        ask(new ControlQuestion.AddSeed(item.path()));
        assertArrayEquals(item.nar(), world.fetch("keeper", item));
        awaitKept(other, item);
    }

    private void ask(ControlQuestion question) throws IOException {
        ControlClient.ask(ControlServer.beside(world.socket("keeper")), question,
                said -> assertEquals(false, said.hasPath("refused"), said::toString));
    }
}
