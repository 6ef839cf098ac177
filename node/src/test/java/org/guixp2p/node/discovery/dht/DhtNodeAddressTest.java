// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Liars about where a node is, where its id must be bound to that. */
class DhtNodeAddressTest {
    private static final Optional<InetSocketAddress> TRUE = Optional.of(at("77.1.2.3", 6881));
    private static final Optional<InetSocketAddress> FALSE = Optional.of(at("66.1.2.3", 6881));
    private static final int LIARS = 9;

    private final LoneNode lone = new LoneNode(IdRule.ENFORCED);
    private final List<Contact> honest = new ArrayList<>();
    private final List<Contact> liars = new ArrayList<>();

    @BeforeEach
    void know() {
        for (int i = 0; i < 6; i++) {
            Contact node = lone.bound(at(i));
            honest.add(node);
            vote(node, TRUE);
            vote(node, TRUE);
        }
        for (int i = 0; i < LIARS; i++) {
            liars.add(lone.bound(at(100 + i)));
        }
        assertTrue(isAt(TRUE));
        lone.now += OwnAddress.PAUSE.toNanos();
    }

    private void vote(Contact by, Optional<InetSocketAddress> seenAt) {
        lone.respond(by.address(), lone.ask(by, ignored -> {}), new KrpcResponse.Done(by.id()), seenAt);
    }

    private boolean isAt(Optional<InetSocketAddress> address) {
        return AddressBound.matches(lone.node.id(), address.orElseThrow().getAddress());
    }

    /** Each is asked for a sign of life because it asked. */
    @Test
    void strangersWhoAskHaveNoVote() {
        liars.forEach(liar -> {
            lone.sent.clear();
            lone.asked(liar.address(), new KrpcQuery.Ping(liar.id()), false);
            lone.respond(liar.address(), lone.sent.getLast(), new KrpcResponse.Done(liar.id()), FALSE);
        });
        assertTrue(lone.known().containsAll(liars));
        assertTrue(isAt(TRUE));
    }

    /** They are known by now, but it is they who chose to be there. */
    @Test
    void thoseNearAKeyHaveNoVote() {
        DhtId key = DhtId.random(lone.random);
        strangersWithPlaces(200, LIARS).forEach(liar -> {
            lone.node.ask(liar, new KrpcQuery.GetPeers(lone.node.id(), key, Set.of()), ignored -> {});
            lone.respond(liar.address(), lone.sent.getLast(),
                    new KrpcResponse.Peers(liar.id(), Octets.EMPTY, List.of(), List.of()), FALSE);
        });
        assertTrue(isAt(TRUE));
    }

    @Test
    void whoRefusesTheIdForTheAddressesSakeStaysKnownAndCorrectsIt() {
        DhtId before = lone.node.id();
        strangersWithPlaces(200, LIARS).forEach(liar -> vote(liar, FALSE));
        assertTrue(isAt(FALSE), "most say so");
        assertNotEquals(before, lone.node.id());
        List<Contact> others = strangersWithPlaces(300, 4 * LIARS);
        others.retainAll(lone.known());
        for (int i = 0; i < KnownNode.FAILURES; i++) {
            lone.refuse(lone.ask(others.getFirst(), ignored -> {}), TRUE);
        }
        assertTrue(lone.known().containsAll(others));
        others.forEach(node -> lone.refuse(lone.ask(node, ignored -> {}), TRUE));
        assertTrue(isAt(TRUE), "most refuse");
        assertEquals(before, lone.node.id(), "others know it by that");
    }

    private List<Contact> strangersWithPlaces(int from, int count) {
        List<Contact> found = new ArrayList<>();
        for (int i = from; found.size() < count; i++) {
            Contact stranger = lone.bound(at(i));
            lone.know(stranger);
            if (lone.known().contains(stranger)) {
                found.add(stranger);
            }
        }
        return found;
    }

    @Test
    void whoRefusesAnIdThatIsRightIsGone() {
        Contact node = honest.getFirst();
        for (int i = 0; i < KnownNode.FAILURES; i++) {
            lone.refuse(lone.ask(node, ignored -> {}), TRUE);
        }
        assertEquals(List.of(), lone.known().stream().filter(node::equals).toList());
    }

    /** As after a restart: those who are known from before answer first, and may all be of one mind. */
    @Test
    void whomItWasToldToJoinByIsAskedThoughItHasJoinedByOthers() {
        Contact router = lone.bound(at(99));
        lone.node.joinBy(List.of(router.address()), List.of());
        lone.sent.clear();
        lone.node.hear(List.of(router.address()));
        LoneNode.Sent question = lone.sent.getLast();
        assertEquals(router.address(), question.to());
        assertEquals(new KrpcQuery.FindNode(lone.node.id(), lone.node.id(), Set.of()), question.query().query());
        lone.respond(router.address(), question, new KrpcResponse.Nodes(router.id(), List.of()), FALSE);
        assertTrue(isAt(FALSE), "its word counts more than that of all others");
    }
}
