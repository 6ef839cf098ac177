// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node that has found out that many lie about who is where trusts no lookup that leads nowhere. */
class DeceivedTest {
    private static final Seeker NOBODY = new Seeker() {
        @Override
        public void found(InetSocketAddress peer) {
            // Some are found where a test wants it.
        }

        @Override
        public void over() {
            // The questions show it.
        }
    };

    private final LoneNode lone = new LoneNode(IdRule.ENFORCED);
    private final List<Contact> known = new ArrayList<>();

    @BeforeEach
    void knowSome() {
        for (int i = 0; i < 200; i++) {
            lone.know(lone.bound(at(i)));
        }
        known.addAll(lone.known());
        assertTrue(known.size() > 32, known.size() + " known");
    }

    private void deceive() {
        for (int from = 0; from < 2 * KrpcResponse.MAX_NODES; from += KrpcResponse.MAX_NODES) {
            List<Contact> lies = known.subList(from, from + KrpcResponse.MAX_NODES).stream()
                    .map(contact -> lone.bound(contact.address())).toList();
            int before = lone.sent.size();
            Contact liar = known.getLast();
            lone.node.ask(liar, new KrpcQuery.FindNode(lone.node.id(), DhtId.random(lone.random), Set.of()),
                    ignored -> {});
            lone.respond(lone.sent.get(before), new KrpcResponse.Nodes(liar.id(), lies));
        }
    }

    /** How many are asked for peers, when all answer, name no node, and some peers or none. */
    private int asked(Consumer<DhtId> what, List<InetSocketAddress> peers) {
        lone.sent.clear();
        what.accept(DhtId.random(lone.random));
        int asked = 0;
        for (int i = 0; i < lone.sent.size(); i++) {
            LoneNode.Sent sent = lone.sent.get(i);
            Contact contact = known.stream().filter(each -> each.address().equals(sent.to())).findFirst().orElseThrow();
            if (sent.query().query() instanceof KrpcQuery.GetPeers) {
                asked++;
                lone.respond(sent, new KrpcResponse.Peers(contact.id(), Octets.ascii("token"), peers, List.of()));
            } else {
                lone.respond(sent, new KrpcResponse.Done(contact.id()));
            }
        }
        return asked;
    }

    private int looked(List<InetSocketAddress> peers) {
        return asked(key -> lone.node.find(key, NOBODY), peers);
    }

    private int announced() {
        return asked(key -> lone.node.announce(key, 4711, took -> {}), List.of());
    }

    /** To how many it was announced last. */
    private long told() {
        return lone.sent.stream().filter(sent -> sent.query().query() instanceof KrpcQuery.AnnouncePeer).count();
    }

    @Test
    void whereNobodyIsFoundOthersAreAskedToo() {
        int usual = looked(List.of());
        assertEquals(usual, announced(), 2.0);
        deceive();
        assertTrue(looked(List.of()) >= usual + 8);
    }

    /** A liar can name a peer that is not there: whoever has found enough says so. */
    @Test
    void whereSomebodyIsFoundOthersAreAskedToo() {
        int usual = looked(List.of(at(300)));
        deceive();
        assertTrue(looked(List.of(at(300))) >= usual + 8);
    }

    @Test
    void whoHasEnoughIsNotLookedForAnyMore() {
        deceive();
        int asked = asked(key -> {
            lone.node.find(key, NOBODY);
            lone.node.leave(key, NOBODY);
        }, List.of());
        assertTrue(asked <= Lookup.MOST_AT_ONCE, asked + " asked");
    }

    @Test
    void itIsAnnouncedAgainToAsMany() {
        deceive();
        DhtId key = DhtId.random(lone.random);
        List<Announced> came = new ArrayList<>();
        asked(ignored -> lone.node.announce(key, 4711, List.of(), came::add), List.of());
        assertEquals(2 * Lookup.NEAREST, came.getFirst().by().size());
        asked(ignored -> lone.node.announce(key, 4711, came.getFirst().by(), came::add), List.of());
        assertEquals(2 * Lookup.NEAREST, came.getLast().by().size());
        assertEquals(2, came.size());
    }

    @Test
    void whatIsToBeFoundIsAnnouncedByMorePathsAndToMore() {
        int usual = announced();
        assertEquals(Lookup.NEAREST, told());
        deceive();
        assertTrue(announced() >= usual + 8);
        assertEquals(2 * Lookup.NEAREST, told());
    }
}
