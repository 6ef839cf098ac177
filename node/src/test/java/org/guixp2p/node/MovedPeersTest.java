// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.InvalidKeyException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.persistence.addresses.KeyBook;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.dht.Whereabouts;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

/** Who is looked for in the DHT, how often, and what is believed of what is found. */
class MovedPeersTest {
    private static final InetAddress HOME = InetAddress.ofLiteral("192.168.1.7");
    private static final InetSocketAddress THERE = at("198.18.0.8");

    private final NodeIdentity named = NodeIdentity.generate(new SecureRandom());
    private final NodeIdentity other = NodeIdentity.generate(new SecureRandom());
    private long seconds = 1_800_000_000;
    private final InstantSource clock = () -> Instant.ofEpochSecond(seconds);
    private final AddressBook book = new AddressBook(clock);
    private final KeyBook keys = new KeyBook(clock, List.of(), List.of(named.peerId()));
    private final Set<PeerId> connected = new HashSet<>();
    /** As when there are no places free. */
    private boolean isFull;
    private final List<Octets> asked = new ArrayList<>();
    private final List<CompletableFuture<Optional<DhtItem.Mutable>>> answers = new ArrayList<>();
    private final List<Swarm.Moved> moved = new ArrayList<>();
    private long now = Long.MAX_VALUE - 1;
    private final MovedPeers peers = new MovedPeers(keys, book, key -> {
        asked.add(key);
        answers.add(new CompletableFuture<>());
        return answers.getLast();
    }, this::swarm, () -> now);

    private static InetSocketAddress at(String host) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), 6881);
    }

    private void swarm(Swarm.Command command) {
        switch (command) {
            case Swarm.FindMissing(var among, var answer) -> answer.accept(
                    isFull ? List.of() : among.stream().filter(peer -> !connected.contains(peer)).toList(),
                    among.stream().filter(connected::contains).collect(Collectors.toSet()));
            case Swarm.Moved found -> moved.add(found);
            default -> throw new AssertionError(command);
        }
    }

    /** Looks for so long, and answers all that is asked with the same. */
    private void look(Duration time, Optional<DhtItem.Mutable> answer) {
        for (Duration left = time; !left.isNegative(); left = left.minus(MovedPeers.LOOK)) {
            peers.look();
            answers.forEach(open -> open.complete(answer));
            now += MovedPeers.LOOK.toNanos();
        }
    }

    private static DhtItem.Mutable item(NodeIdentity owner, long sequence, Octets value) {
        try {
            return DhtItem.Mutable.sign(owner.keys().getPrivate(), owner.publicKey(), Whereabouts.SALT, sequence,
                    value);
        } catch (InvalidKeyException e) {
            throw new AssertionError(e);
        }
    }

    private static DhtItem.Mutable item(NodeIdentity owner, long sequence, InetSocketAddress... addresses) {
        return item(owner, sequence, new Whereabouts(List.of(addresses)).encoded());
    }

    private void shown(Octets key, boolean dialled) {
        keys.shown(key, HOME, dialled);
    }

    private void knowBoth() {
        shown(other.publicKey(), true);
        shown(named.publicKey(), true);
        book.worked(other.peerId(), at("198.18.0.7"));
    }

    @Test
    void whoIsMissingTwiceInARowIsLookedForAndDialledWhereHeSaysThatHeIs() {
        shown(named.publicKey(), false);
        connected.add(named.peerId());
        look(Duration.ofMinutes(10), Optional.empty());
        assertEquals(List.of(), asked);
        connected.clear();
        peers.look();
        assertEquals(List.of(), asked, "he may be about to connect");
        peers.look();
        assertEquals(List.of(named.publicKey()), asked);
        peers.look();
        assertEquals(1, asked.size(), "one at a time");
        answers.getLast().complete(Optional.of(item(named, 5, at("198.18.0.9"), THERE)));
        assertEquals(List.of(new Swarm.Moved(named.peerId(), List.of(at("198.18.0.9"), THERE))), moved);
        assertEquals(5, keys.of(named.peerId()).orElseThrow().sequence());
    }

    @Test
    void whoseKeyWasNeverSeenCannotBeLookedFor() {
        look(Duration.ofHours(1), Optional.empty());
        assertEquals(List.of(), asked);
    }

    @Test
    void whomNobodyNamedIsLookedForWhenHeAnswersNowhereAnyMore() {
        shown(other.publicKey(), true);
        book.worked(other.peerId(), at("198.18.0.7"));
        look(Duration.ofMinutes(10), Optional.empty());
        assertEquals(List.of(), asked);
        book.failed(at("198.18.0.7"));
        book.failed(at("198.18.0.7"));
        peers.look();
        peers.look();
        assertEquals(List.of(other.publicKey()), asked);
    }

    @Test
    void eachIsLookedForMoreAndMoreRarelyUntilHeIsBack() {
        shown(named.publicKey(), true);
        look(Duration.ofMinutes(60), Optional.empty());
        // After 0, 1, 3, 7, 15 and 31 minutes.
        assertEquals(6, asked.size());
        look(Duration.ofHours(5), Optional.empty());
        assertEquals(16, asked.size());
        connected.add(named.peerId());
        peers.look();
        connected.clear();
        look(Duration.ofMinutes(2), Optional.empty());
        assertEquals(18, asked.size(), "he was back");
    }

    /** Others are missing only while there are places for them. */
    @Test
    void whileNoPlacesAreFreeRestsGoOn() {
        shown(other.publicKey(), true);
        look(Duration.ofHours(8), Optional.empty());
        // After 0, 30, 90, 210 and 450 minutes.
        assertEquals(5, asked.size());
        isFull = true;
        look(Duration.ofHours(1), Optional.empty());
        isFull = false;
        look(Duration.ofHours(4), Optional.empty());
        assertEquals(5, asked.size());
        look(Duration.ofHours(1), Optional.empty());
        assertEquals(6, asked.size());
        isFull = true;
        look(MovedPeers.LAST_OTHER.plus(MovedPeers.FORGOTTEN_AFTER), Optional.empty());
        isFull = false;
        look(Duration.ofMinutes(40), Optional.empty());
        assertEquals(8, asked.size(), "that was long ago");
    }

    /** He was dialled where he was all the time, or has come himself. */
    @Test
    void whoWasConnectedIsLookedForSoonWhenHeIsMissingAgain() {
        shown(other.publicKey(), true);
        look(Duration.ofHours(8), Optional.empty());
        assertEquals(5, asked.size());
        book.worked(other.peerId(), at("198.18.0.7"));
        connected.add(other.peerId());
        peers.look();
        connected.clear();
        book.failed(at("198.18.0.7"));
        book.failed(at("198.18.0.7"));
        look(Duration.ofMinutes(40), Optional.empty());
        assertEquals(7, asked.size());
    }

    @Test
    void onlySoManyAreLookedForInAnHourNamedOnesFirst() {
        for (int i = 0; i < 100; i++) {
            shown(NodeIdentity.generate(new SecureRandom()).publicKey(), true);
        }
        knowBoth();
        look(Duration.ofMinutes(50), Optional.empty());
        assertEquals(MovedPeers.MOST, asked.size());
        assertEquals(named.publicKey(), asked.getFirst());
        look(Duration.ofMinutes(30), Optional.empty());
        assertTrue(asked.size() > MovedPeers.MOST && asked.size() <= 2 * MovedPeers.MOST, () -> "" + asked.size());
    }

    /** However many are seen all the time, nobody waits for ever. */
    @Test
    void ofTheOthersTheOneIsLookedForWhoWasNotForLongest() {
        List<Octets> first = new ArrayList<>();
        for (int i = 0; i < 2 * MovedPeers.MOST; i++) {
            first.add(NodeIdentity.generate(new SecureRandom()).publicKey());
            shown(first.getLast(), true);
        }
        look(Duration.ofMinutes(50), Optional.empty());
        assertEquals(MovedPeers.MOST, asked.size());
        seconds += 100;
        for (int i = 0; i < MovedPeers.MOST; i++) {
            shown(NodeIdentity.generate(new SecureRandom()).publicKey(), true);
        }
        // These are seen again.
        asked.forEach(key -> shown(key, true));
        look(Duration.ofMinutes(65), Optional.empty());
        assertEquals(Set.copyOf(first), Set.copyOf(asked.subList(0, 2 * MovedPeers.MOST)));
        look(Duration.ofMinutes(70), Optional.empty());
        assertEquals(3 * MovedPeers.MOST, Set.copyOf(asked).size(), "those who came later had their turn");
        look(Duration.ofMinutes(65), Optional.empty());
        assertEquals(asked.subList(0, 10), asked.subList(3 * MovedPeers.MOST, 3 * MovedPeers.MOST + 10));
    }

    @Test
    void whatIsOlderThanWhatWasSeenIsNotBelieved() {
        knowBoth();
        keys.recorded(named.peerId(), 7);
        look(Duration.ofMinutes(1), Optional.of(item(named, 6, THERE)));
        assertEquals(List.of(), moved);
        look(Duration.ofMinutes(10), Optional.of(item(named, 7, THERE)));
        assertEquals(Set.of(new Swarm.Moved(named.peerId(), List.of(THERE))), Set.copyOf(moved));
    }

    @Test
    void whatMakesNoSenseIsPassedOverAndTheNextOneIsLookedFor() {
        knowBoth();
        List<DhtItem.Mutable> hostile = List.of(item(named, 9, Octets.ascii("4:spam")),
                item(named, 9, Octets.ascii("d1:46:\177\0\0\1\32\12" + "1:vi1ee")),
                item(other, 9, THERE));
        for (DhtItem.Mutable item : hostile) {
            int before = asked.size();
            look(Duration.ofMinutes(30), Optional.of(item));
            assertTrue(asked.size() > before);
        }
        assertEquals(List.of(), moved);
        assertEquals(-1, keys.of(named.peerId()).orElseThrow().sequence(), "nothing of it was believed");
        answers.getLast().completeExceptionally(new IllegalStateException("the DHT has ended"));
        look(Duration.ofHours(1), Optional.of(item(named, 1, THERE)));
        assertEquals(THERE, moved.getFirst().addresses().getFirst());
    }

    @Test
    void thisNodesOwnAddressIsNotDialled() {
        shown(named.publicKey(), true);
        book.own(THERE);
        look(Duration.ofMinutes(1), Optional.of(item(named, 1, THERE)));
        assertEquals(List.of(), moved);
        look(Duration.ofMinutes(5), Optional.of(item(named, 2, THERE, at("198.18.0.9"))));
        assertEquals(List.of(at("198.18.0.9")), moved.getFirst().addresses());
    }
}
