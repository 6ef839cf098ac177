// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Liars of every kind, each in a network of its own unless something else is said: a fetcher gets the NAR from those who are
 * honest, remembers the liars as such and nobody else, and where nobody is honest does as its policy says.
 */
@Timeout(300)
class LiarsTest extends InAWorldOfChance {
    private static final int BLOCK = BlockLayout.BLOCK_BYTES;
    private static final int BLOCKS = 12;

    private final Lies.Gate honestSpeak = new Lies.Gate();
    private final Lies.Gate liarsGive = new Lies.Gate();
    private World.Item item;

    @BeforeEach
    void makeItem() throws IOException {
        item = world.item("noise", BLOCKS * BLOCK - 1000 - random.nextInt(1000), true);
    }

    private byte[] wrongNar() {
        return Lies.flipped(item.nar(), BLOCK + random.nextInt((BLOCKS - 2) * BLOCK));
    }

    /** Speaks only when the test lets it. */
    private Node honest(String host) throws Exception {
        return world.plan("honest-" + host).at(host).seeding(item)
                .giving(offers -> new Lies.Silent(offers, honestSpeak)).start();
    }

    private NodePlan fetcher(PeerAddress... peers) {
        return world.plan("fetcher").dialling(List.of(peers));
    }

    /** Waits until a root is followed that so many vouch for. */
    private static void awaitFollowed(Node fetcher, int vouchers) throws Exception {
        World.await(fetcher, "/api/transfers",
                said -> said.contains("\"state\":\"blocks\"") && said.contains("\"providers\":" + vouchers + ","));
    }

    /** Ends the fetcher, and looks what it remembers. */
    private Reputation remembered(Node fetcher) {
        World.stop(fetcher);
        return world.remembered("fetcher");
    }

    private static void assertRefused(Reputation known, List<PeerId> peers) {
        peers.forEach(peer -> assertTrue(known.refusedFor(peer).isPresent(), () -> "not refused: " + peer));
    }

    private static void assertWelcome(Reputation known, Node... nodes) {
        Stream.of(nodes).map(node -> node.addresses().peer()).forEach(peer -> {
            assertFalse(known.refusedFor(peer).isPresent(), () -> "refused: " + peer);
            assertEquals(0, known.known(peer).strikes());
        });
    }

    private static List<PeerId> ids(Node... nodes) {
        return Stream.of(nodes).map(node -> node.addresses().peer()).toList();
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(120, TimeUnit.SECONDS);
    }

    // Wrong roots.

    @Test
    void aLyingFirstSeederCostsOneRestart() throws Exception {
        Node liar = world.plan("liar").at("127.0.2.1").giving(_ -> new Lies.OtherNar(wrongNar(), liarsGive, BLOCKS / 2))
                .start();
        Node honest = honest("127.0.3.1");
        Node fetcher = fetcher(World.address(liar), World.address(honest)).start();
        CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
        awaitFollowed(fetcher, 1);
        honestSpeak.open();
        liarsGive.open();
        assertArrayEquals(item.nar(), get(fetched));
        World.await(fetcher, "/api/transfers", said -> said.contains("\"restarts\":1,"));
        Reputation known = remembered(fetcher);
        assertRefused(known, ids(liar));
        assertWelcome(known, honest);
    }

    @Test
    void aLyingMajorityDoesNotWinAgainstOneWhoIsHonest() throws Exception {
        byte[] wrong = wrongNar();
        Node[] liars = new Node[3];
        for (int i = 0; i < liars.length; i++) {
            liars[i] = world.plan("liar-" + i).at("127.0.1" + i + ".1")
                    .giving(_ -> new Lies.OtherNar(wrong, liarsGive, 1)).start();
        }
        Node honest = honest("127.0.3.1");
        Node fetcher = fetcher(World.address(liars[0]), World.address(liars[1]), World.address(liars[2]),
                World.address(honest)).start();
        CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
        awaitFollowed(fetcher, 3);
        honestSpeak.open();
        liarsGive.open();
        assertArrayEquals(item.nar(), get(fetched));
        World.await(fetcher, "/api/transfers", said -> said.contains("\"restarts\":1,"));
        Reputation known = remembered(fetcher);
        assertRefused(known, ids(liars));
        assertWelcome(known, honest);
    }

    /** It has gone by the time at which its lie is seen, because another one gave the rest of it. */
    @Test
    void aLiarThatLeavesInTimeIsRememberedAllTheSame() throws Exception {
        byte[] wrong = wrongNar();
        Node leaving = world.plan("leaving").at("127.0.2.1").giving(_ -> new Lies.OtherNar(wrong, liarsGive, 1))
                .start();
        Node staying = world.plan("staying").at("127.0.4.1").giving(_ -> new Lies.OtherNar(wrong, liarsGive, 1))
                .start();
        Node honest = honest("127.0.3.1");
        try (Line line = new Line(World.address(leaving))) {
            Node fetcher = fetcher(line.address(), World.address(staying), World.address(honest)).start();
            CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
            awaitFollowed(fetcher, 2);
            line.cut();
            World.awaitPeers(fetcher, 2);
            honestSpeak.open();
            liarsGive.open();
            assertArrayEquals(item.nar(), get(fetched));
            Reputation known = remembered(fetcher);
            assertRefused(known, ids(leaving, staying));
            assertWelcome(known, honest);
        }
    }

    /** They are the first to answer, so their NAR is fetched; then all of them are out at once. */
    @Test
    void twentyIdentitiesOnOneAddressFallTogether() throws Exception {
        Offers giving = new Lies.OtherNar(wrongNar(), liarsGive, 1);
        try (Identities liars = new Identities(world, "127.0.2.1", 20, giving)) {
            Node honest = honest("127.0.3.1");
            List<PeerAddress> peers = new ArrayList<>(liars.addresses());
            peers.add(World.address(honest));
            Node fetcher = fetcher(peers.toArray(PeerAddress[]::new)).start();
            CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
            awaitFollowed(fetcher, 20);
            honestSpeak.open();
            liarsGive.open();
            assertArrayEquals(item.nar(), get(fetched));
            World.await(fetcher, "/api/transfers", said -> said.contains("\"restarts\":1,"));
            Reputation known = remembered(fetcher);
            assertRefused(known, liars.ids());
            assertWelcome(known, honest);
        }
    }

    /** Two networks say one thing and twenty identities of a single one another: nobody is asked for what they have. */
    @Test
    void twentyIdentitiesOnOneAddressCountLessThanTwoElsewhere() throws Exception {
        Lies.Gate never = new Lies.Gate();
        Offers giving = new Lies.WrongRoot(wrongNar(), never);
        try (Identities liars = new Identities(world, "127.0.2.1", 20, giving)) {
            Node one = honest("127.0.3.1");
            Node other = honest("127.0.4.1");
            List<PeerAddress> peers = new ArrayList<>(liars.addresses());
            peers.add(World.address(one));
            peers.add(World.address(other));
            Node fetcher = fetcher(peers.toArray(PeerAddress[]::new)).start();
            CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
            World.await(fetcher, "/api/transfers", said -> said.contains("\"providers\":20,"));
            honestSpeak.open();
            assertArrayEquals(item.nar(), get(fetched));
            World.await(fetcher, "/api/transfers", said -> said.contains("\"restarts\":0,"));
            Reputation known = remembered(fetcher);
            assertRefused(known, liars.ids());
            assertWelcome(known, one, other);
            never.open();
        }
    }

    @Test
    void whoVouchesForOneRootAndThenForAnotherIsNoPeer() throws Exception {
        Lies.Turncoat turncoat = new Lies.Turncoat(new Lies.OtherNar(wrongNar(), liarsGive, 1),
                new Lies.OtherNar(wrongNar(), liarsGive, 1));
        Node liar = world.plan("liar").at("127.0.2.1").giving(_ -> turncoat).start();
        Node honest = honest("127.0.3.1");
        try (Line line = new Line(World.address(liar))) {
            Node fetcher = fetcher(line.address(), World.address(honest)).start();
            CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
            awaitFollowed(fetcher, 1);
            turncoat.turn();
            // It is dialled again, and asked again.
            line.hangUp();
            turncoat.askedAgain();
            World.await(fetcher, "/api/peers", said -> !said.contains(liar.addresses().peer().toString()));
            honestSpeak.open();
            assertArrayEquals(item.nar(), get(fetched));
            Reputation known = remembered(fetcher);
            assertRefused(known, ids(liar));
            assertWelcome(known, honest);
        }
    }

    // True roots, and nothing behind them.

    @Test
    void whoOffersTheWholeAndGivesNoBlockIsNotWaitedFor() throws Exception {
        liarsGive.open();
        for (boolean goes : new boolean[]{true, false}) {
            String name = goes ? "gone" : "failing";
            Captured<Lies.Refusing> given = new Captured<>(offers -> new Lies.Refusing(offers, liarsGive, 0, goes));
            Node refusing = world.plan(name).at("127.0.2.1").seeding(item).giving(given).start();
            Captured<Holding> slow = new Captured<>(offers -> new Holding(offers, 0));
            Node honest = world.plan("honest-" + name).at("127.0.3.1").seeding(item).giving(slow).start();
            Node fetcher = world.plan("fetcher-" + name).dialling(refusing, honest).start();
            CompletableFuture<byte[]> fetched = world.fetching("fetcher-" + name, item);
            World.await(fetcher, "/api/transfers", said -> given.get().asked() > 0);
            slow.get().release();
            assertArrayEquals(item.nar(), get(fetched));
            World.stop(fetcher);
            Reputation known = world.remembered("fetcher-" + name);
            PeerId id = refusing.addresses().peer();
            assertTrue(known.known(id).score() < known.known(honest.addresses().peer()).score());
            // A connection that did not last counts a tenth.
            assertTrue(known.known(id).bad() >= 0.9, () -> "it is remembered: " + known.known(id));
            assertTrue(known.known(honest.addresses().peer()).bad() < 0.5);
            assertWelcome(known, honest);
            World.stop(refusing);
            World.stop(honest);
        }
    }

    @Test
    void aManifestOfTheWrongLengthIsNone() throws Exception {
        byte[] longer = Arrays.copyOf(item.nar(), item.nar().length + BLOCK);
        byte[] shorter = Arrays.copyOf(item.nar(), item.nar().length - BLOCK);
        Node tooMany = world.plan("too-many").at("127.0.2.1").seeding(item)
                .giving(offers -> new Lies.WrongLength(offers, Optional.of(Lies.manifest(longer)))).start();
        Node tooFew = world.plan("too-few").at("127.0.4.1").seeding(item)
                .giving(offers -> new Lies.WrongLength(offers, Optional.of(Lies.manifest(shorter)))).start();
        Node none = world.plan("none").at("127.0.5.1").seeding(item)
                .giving(offers -> new Lies.WrongLength(offers, Optional.empty())).start();
        Node honest = honest("127.0.3.1");
        Node fetcher = fetcher(World.address(tooMany), World.address(tooFew), World.address(none),
                World.address(honest)).start();
        CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
        World.await(fetcher, "/api/peers", said -> ids(tooMany, tooFew).stream().noneMatch(
                liar -> said.contains(liar.toString())));
        honestSpeak.open();
        assertArrayEquals(item.nar(), get(fetched));
        Reputation known = remembered(fetcher);
        assertRefused(known, ids(tooMany, tooFew));
        // It may not be able to read it. Its blocks are as good as anybody's.
        assertWelcome(known, none, honest);
    }

    @Test
    void blocksThatDoNotMatchTheTrueManifestAreSeenAtOnce() throws Exception {
        Node liar = world.plan("liar").at("127.0.2.1").seeding(item).giving(Lies.Corrupting::new).start();
        Node honest = honest("127.0.3.1");
        Node fetcher = fetcher(World.address(liar), World.address(honest)).start();
        CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
        World.await(fetcher, "/api/peers", said -> !said.contains(liar.addresses().peer().toString()));
        honestSpeak.open();
        assertArrayEquals(item.nar(), get(fetched));
        World.await(fetcher, "/api/transfers",
                said -> said.contains("\"restarts\":0,") && !said.contains("\"corruptBlocks\":0,"));
        Reputation known = remembered(fetcher);
        assertRefused(known, ids(liar));
        assertWelcome(known, honest);
    }

    // Nobody is honest.

    @Test
    void whereAllLieThePolicyDecides() throws Exception {
        liarsGive.open();
        List<Node> liars = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            byte[] wrong = wrongNar();
            liars.add(world.plan("liar-" + i).at("127.0.1" + i + ".1")
                    .giving(_ -> new Lies.OtherNar(wrong, liarsGive, 1)).start());
        }
        Node[] both = liars.toArray(Node[]::new);
        Node only = world.plan("only").dialling(both).requestTimeout(Duration.ofSeconds(2)).start();
        IOException failed = assertThrows(IOException.class, () -> world.fetch("only", item));
        assertEquals("those who had it do not give it any more", failed.getMessage());
        World.await(only, "/api/status", said -> said.contains("\"activeTransfers\":0"));
        World.stop(only);
        assertTrue(World.files(world.partial("only")).stream().allMatch(file -> file.toString().endsWith(".resumable")),
                "what may be of use to the next");
        assertRefused(world.remembered("only"), ids(both));

        Node first = world.plan("first").policy(SubstitutePolicy.P2P_FIRST).dialling(both).start();
        assertArrayEquals(item.nar(), world.fetch("first", item));
        World.stop(first);
        assertRefused(world.remembered("first"), ids(both));
    }

    /**
     * Peers gave some blocks under a wrong manifest that has these right, and a server the rest: the whole is right, and is
     * not passed on under that manifest.
     */
    @Test
    void whatAServerCompletedIsNotOfferedUnderALiarsManifest() throws Exception {
        byte[] wrong = Lies.flipped(item.nar(), (BLOCKS - 2) * BLOCK);
        Node liar = world.plan("liar").at("127.0.2.1")
                .giving(_ -> new Lies.Refusing(new Lies.OtherNar(wrong, liarsGive, BLOCKS), liarsGive, 2, true))
                .start();
        Node fetcher = fetcher(World.address(liar)).policy(SubstitutePolicy.P2P_FIRST).start();
        CompletableFuture<byte[]> fetched = world.fetching("fetcher", item);
        World.await(fetcher, "/api/transfers", said -> said.contains("\"verifiedBytes\":" + 2 * BLOCK));
        liarsGive.open();
        assertArrayEquals(item.nar(), get(fetched));
        World.awaitOffered(fetcher, 1);
        World.stop(liar);
        Node next = world.plan("next").dialling(fetcher).start();
        assertArrayEquals(item.nar(), world.fetch("next", item));
        World.stop(next);
        assertWelcome(world.remembered("next"), fetcher);
    }
}
