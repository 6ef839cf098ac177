// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.junit.jupiter.api.Test;

/** Nodes that were away, or find nobody. */
class DhtRejoinTest {
    @Test
    void whoWasCutOffGoesOnByItselfAfterwards() {
        VirtualNet net = VirtualNet.grown(60, 0, IdRule.PREFERRED);
        net.run(Duration.ofMinutes(5));
        int before = net.node(at(30)).state().nodes().size();
        net.passes = (from, to) -> !from.equals(at(30)) && !to.equals(at(30));
        // It knows of one address only, and that is gone for good.
        net.stop(VirtualNet.ROUTER);
        net.run(Duration.ofHours(2));
        assertTrue(net.node(at(30)).state().nodes().size() >= before - 2);
        net.passes = (from, to) -> true;
        net.run(Duration.ofMinutes(20));
        List<Contact> known = net.node(at(30)).state().nodes();
        assertTrue(known.stream().filter(net::runs).count() >= 0.9 * before, known::toString);
    }

    @Test
    void whoStartsAgainNeedsNobodyToJoin() throws FormatException {
        VirtualNet net = VirtualNet.grown(60, 0, IdRule.PREFERRED);
        net.run(Duration.ofMinutes(5));
        byte[] state = net.node(at(30)).state().encoded();
        DhtId id = net.node(at(30)).id();
        net.stop(at(30));
        net.run(Duration.ofHours(1));
        DhtNode again = net.start(at(30), DhtState.decode(state, AddressFamily.IPV4), IdRule.PREFERRED, List.of());
        net.run(Duration.ofSeconds(10));
        assertEquals(id, again.id());
        assertTrue(again.state().nodes().size() > 15, again.state()::toString);
        assertTrue(net.walked(at(30), DhtId.random(net.random)).size() >= 8);
    }

    @Test
    void whoFindsNobodyTriesAgainMoreAndMoreRarely() {
        VirtualNet net = new VirtualNet(1, 0);
        List<Long> tries = new ArrayList<>();
        net.passes = (from, to) -> tries.add(net.now);
        DhtNode lone = net.start(at(1), net.first(), IdRule.PREFERRED, List.of(VirtualNet.ROUTER));
        net.run(Duration.ofHours(6));
        assertTrue(tries.size() > 6 * 60 / 20 && tries.size() < 60, tries.size() + " tries");
        assertTrue(tries.get(1) < Duration.ofSeconds(7).toNanos(), "second after " + tries.get(1) + " ns");
        net.start(VirtualNet.ROUTER, net.first(), IdRule.PREFERRED, List.of());
        net.run(Duration.ofMinutes(20));
        assertEquals(List.of(new Contact(net.node(VirtualNet.ROUTER).id(), VirtualNet.ROUTER)), lone.state().nodes());
    }

    @Test
    void thoseThatAreGoneAreGivenUpSoonThoughItIsQuiet() {
        LoneNode lone = new LoneNode(IdRule.PREFERRED);
        List<Contact> alive = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Contact contact = lone.bound(at(i));
            lone.know(contact);
            if (i % 2 == 0) {
                alive.add(contact);
            }
        }
        lone.pass(KnownNode.FRESH.minusMinutes(1));
        alive.forEach(lone::know);
        for (int second = 0; second < 5 * 60; second++) {
            List<LoneNode.Sent> sent = List.copyOf(lone.sent);
            lone.sent.clear();
            sent.forEach(question -> alive.stream().filter(node -> node.address().equals(question.to()))
                    .forEach(node -> lone.respond(question, pong(node, question.query().query()))));
            lone.pass(Duration.ofSeconds(1));
        }
        assertEquals(Set.copyOf(alive), Set.copyOf(lone.known()));
    }

    private static KrpcResponse pong(Contact node, KrpcQuery query) {
        return query instanceof KrpcQuery.Ping
                ? new KrpcResponse.Done(node.id())
                : new KrpcResponse.Nodes(node.id(), List.of());
    }

    @Test
    void whoRemembersOnlyThoseThatAreGoneJoinsByTheAddressesItWasTold() {
        VirtualNet net = VirtualNet.grown(20, 0, IdRule.PREFERRED);
        List<Contact> gone = new ArrayList<>();
        for (int i = 100; i < 120; i++) {
            gone.add(new Contact(AddressBound.id(at(i).getAddress(), net.random), at(i)));
        }
        net.passes = (from, to) -> !from.equals(at(99));
        DhtNode back = net.start(at(99), new DhtState(AddressFamily.IPV4, DhtId.random(net.random), gone),
                IdRule.PREFERRED, List.of(VirtualNet.ROUTER));
        net.run(Duration.ofHours(3));
        net.passes = (from, to) -> true;
        net.run(Duration.ofMinutes(30));
        List<Contact> known = back.state().nodes();
        assertTrue(known.size() > 10, known::toString);
        assertEquals(List.of(), known.stream().filter(node -> !net.runs(node)).toList());
    }
}
