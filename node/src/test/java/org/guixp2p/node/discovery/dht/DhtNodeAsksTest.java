// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.Test;

/** What a node asks, and makes of the answers. */
class DhtNodeAsksTest {
    private final LoneNode lone = new LoneNode(IdRule.PREFERRED);
    private final Contact contact = lone.bound(at(1));
    private final List<Outcome> outcomes = new ArrayList<>();

    @Test
    void anAnswerComesToWhoAsked() {
        LoneNode.Sent question = lone.ask(contact, outcomes::add);
        assertEquals(contact.address(), question.to());
        KrpcResponse.Done done = new KrpcResponse.Done(contact.id());
        lone.respond(question, done);
        lone.respond(question, done);
        lone.pass(Transactions.TIMEOUT);
        assertEquals(List.of(new Outcome.Answered(contact, done)), outcomes);
        assertEquals(List.of(contact), lone.known());
    }

    @Test
    void nobodyAnswersForAnother() {
        LoneNode.Sent question = lone.ask(contact, outcomes::add);
        KrpcResponse.Done done = new KrpcResponse.Done(contact.id());
        lone.respond(at(2), question, done, Optional.empty());
        lone.respond(at("5.0.1.1", 6882), question, done, Optional.empty());
        assertEquals(List.of(), outcomes);
        assertEquals(List.of(), lone.known());
    }

    @Test
    void whatComesTooLateIsNotHeard() {
        LoneNode.Sent question = lone.ask(contact, outcomes::add);
        lone.pass(Transactions.TIMEOUT.minusNanos(1));
        assertEquals(List.of(), outcomes);
        assertEquals(lone.now + 1, lone.node.nextWake());
        lone.pass(Duration.ofNanos(1));
        lone.respond(question, new KrpcResponse.Done(contact.id()));
        assertEquals(List.of(new Outcome.Unanswered()), outcomes);
        assertEquals(List.of(), lone.known());
    }

    @Test
    void aRefusalComesToWhoAsked() {
        lone.refuse(lone.ask(contact, outcomes::add), Optional.empty());
        assertInstanceOf(Outcome.Refused.class, outcomes.getFirst());
        assertEquals(List.of(), lone.known());
    }

    @Test
    void whoOnlyRefusesIsGone() {
        lone.know(contact);
        for (int i = 0; i < KnownNode.FAILURES; i++) {
            lone.refuse(lone.ask(contact, outcomes::add), Optional.empty());
        }
        assertEquals(List.of(), lone.known());
    }

    @Test
    void onlySoManyQuestionsWait() {
        KrpcQuery ping = new KrpcQuery.Ping(lone.node.id());
        IntStream.range(0, Transactions.MAX_PENDING)
                .forEach(i -> assertTrue(lone.node.ask(lone.bound(at(i)), ping, outcomes::add)));
        assertFalse(lone.node.ask(contact, ping, outcomes::add));
        assertEquals(Transactions.MAX_PENDING, lone.sent.size());
        lone.pass(Transactions.TIMEOUT);
        assertEquals(Transactions.MAX_PENDING, outcomes.size());
        assertTrue(lone.node.ask(contact, ping, outcomes::add));
    }

    @Test
    void whereThereCanBeNoNodeNobodyIsAsked() {
        KrpcQuery ping = new KrpcQuery.Ping(lone.node.id());
        DhtId id = DhtId.random(lone.random);
        assertFalse(lone.node.ask(new Contact(id, at("2a00::1", 6881)), ping, outcomes::add));
        assertFalse(lone.node.ask(new Contact(id, at("5.5.5.5", 0)), ping, outcomes::add));
        assertEquals(List.of(), lone.sent);
    }

    @Test
    void questionsMayBeAskedFromACallback() {
        LoneNode.Sent question = lone.ask(contact, first -> lone.ask(contact, outcomes::add));
        lone.pass(Transactions.TIMEOUT);
        assertEquals(2, lone.sent.size());
        assertNotEquals(question.query().transaction(), lone.sent.getLast().query().transaction());
        lone.respond(lone.sent.getLast(), new KrpcResponse.Done(contact.id()));
        assertEquals(1, outcomes.size());
    }

    /** It has learned its address. */
    @Test
    void whoHasABoundIdNowIsKnownByThatOne() {
        Contact unbound = lone.unbound(contact.address());
        lone.know(unbound);
        lone.respond(lone.ask(unbound, outcomes::add), new KrpcResponse.Done(contact.id()));
        assertEquals(List.of(contact), lone.known());
        assertEquals(List.of(new Outcome.Answered(contact, new KrpcResponse.Done(contact.id()))), outcomes);
    }

    /** Else a few addresses would stand near every key. */
    @Test
    void whoChangesItsIdWithoutNeedIsNotListenedToForAWhile() {
        lone.know(contact);
        Contact renamed = lone.bound(contact.address());
        lone.respond(lone.ask(contact, outcomes::add), new KrpcResponse.Done(renamed.id()));
        lone.respond(lone.ask(renamed, outcomes::add), new KrpcResponse.Done(renamed.id()));
        lone.respond(lone.ask(contact, outcomes::add), new KrpcResponse.Done(contact.id()));
        assertEquals(List.of(new Outcome.Unanswered(), new Outcome.Unanswered(), new Outcome.Unanswered()), outcomes);
        assertEquals(List.of(), lone.known());
        lone.pass(StatedIds.MEMORY);
        lone.respond(lone.ask(renamed, outcomes::add), new KrpcResponse.Done(renamed.id()));
        assertEquals(List.of(renamed), lone.known());
    }

    @Test
    void nobodyIsWhoHeHasSaidThatHeIsNot() {
        lone.know(contact);
        Contact other = lone.bound(at(2));
        Contact misnamed = lone.bound(contact.address());
        Contact stranger = lone.bound(at(3));
        lone.respond(find(lone, other), new KrpcResponse.Nodes(other.id(), List.of(misnamed, contact, stranger)));
        assertEquals(new Outcome.Answered(other, new KrpcResponse.Nodes(other.id(), List.of(contact, stranger))),
                outcomes.getLast());
    }

    @Test
    void whereBoundIdsAreEnforcedOtherAnswersDoNotCount() {
        LoneNode strict = new LoneNode(IdRule.ENFORCED);
        Contact unbound = strict.unbound(at(1));
        strict.respond(strict.ask(unbound, outcomes::add), new KrpcResponse.Done(unbound.id()));
        assertEquals(List.of(new Outcome.Unanswered()), outcomes);
        assertEquals(List.of(), strict.known());
        List<Contact> named = List.of(strict.bound(at(3)), strict.unbound(at(4)));
        Contact bound = strict.bound(at(2));
        strict.respond(find(strict, bound), new KrpcResponse.Nodes(bound.id(), named));
        assertEquals(new Outcome.Answered(bound, new KrpcResponse.Nodes(bound.id(), named.subList(0, 1))),
                outcomes.getLast());
    }

    private LoneNode.Sent find(LoneNode asking, Contact asked) {
        asking.node.ask(asked, new KrpcQuery.FindNode(asking.node.id(), asking.node.id(), Set.of()), outcomes::add);
        return asking.sent.getLast();
    }

    @Test
    void strangersNameNobodyInThisNetwork() {
        Contact local = lone.bound(at("192.168.1.2", 6881));
        Contact global = lone.bound(at(2));
        List<Contact> named = List.of(local, global, lone.bound(at("9.9.9.9", 53)));
        lone.respond(find(lone, contact), new KrpcResponse.Nodes(contact.id(), named));
        assertEquals(new Outcome.Answered(contact, new KrpcResponse.Nodes(contact.id(), List.of(global))),
                outcomes.getLast());
        lone.respond(find(lone, local), new KrpcResponse.Nodes(local.id(), named));
        assertEquals(new Outcome.Answered(local, new KrpcResponse.Nodes(local.id(), List.of(local, global))),
                outcomes.getLast());
        lone.node.ask(contact, new KrpcQuery.GetPeers(lone.node.id(), contact.id(), Set.of()), outcomes::add);
        lone.respond(lone.sent.getLast(), new KrpcResponse.Peers(contact.id(), Octets.EMPTY,
                List.of(local.address(), global.address()), named));
        assertEquals(new Outcome.Answered(contact, new KrpcResponse.Peers(contact.id(), Octets.EMPTY,
                List.of(global.address()), List.of(global))), outcomes.getLast());
    }

    @Test
    void whoIsSilentWhileOthersAnswerIsGone() {
        lone.know(contact);
        Contact other = lone.bound(at(2));
        for (int i = 0; i < KnownNode.FAILURES; i++) {
            assertEquals(contact, lone.known().getFirst());
            lone.ask(contact, outcomes::add);
            lone.know(other);
            lone.pass(Transactions.TIMEOUT);
        }
        assertEquals(List.of(other), lone.known());
    }

    @Test
    void whoIsCutOffForgetsNobody() {
        lone.know(contact);
        lone.pass(Duration.ofSeconds(1));
        for (int i = 0; i < 10; i++) {
            lone.ask(contact, outcomes::add);
            lone.pass(Transactions.TIMEOUT);
        }
        assertEquals(List.of(contact), lone.known());
    }

    @Test
    void anIdIsBoundToTheAddressThatOthersSee() {
        InetSocketAddress address = at("77.1.2.3", 6881);
        DhtId before = lone.node.id();
        lone.know(lone.bound(at(2)));
        lone.sent.clear();
        lone.respond(contact.address(), lone.ask(contact, outcomes::add), new KrpcResponse.Done(contact.id()),
                Optional.of(address));
        DhtId after = lone.node.id();
        assertNotEquals(before, after);
        assertTrue(AddressBound.matches(after, address.getAddress()));
        assertEquals(2, lone.known().size());
        // The nodes near the new id are others.
        assertEquals(new KrpcQuery.FindNode(after, after, Set.of()), lone.sent.getLast().query().query());
    }

    @Test
    void whoWasNotAskedDoesNotSayWhereThisNodeIs() {
        DhtId before = lone.node.id();
        Optional<InetSocketAddress> address = Optional.of(at("77.1.2.3", 6881));
        LoneNode.Sent question = lone.ask(contact, outcomes::add);
        lone.respond(at(2), question, new KrpcResponse.Done(contact.id()), address);
        lone.refuse(new LoneNode.Sent(at(2), question.bytes()), address);
        assertEquals(before, lone.node.id());
        lone.refuse(question, address);
        assertNotEquals(before, lone.node.id());
    }
}
