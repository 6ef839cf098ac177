// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.junit.jupiter.api.Test;

/** What is announced, from where, and when it would be of no use. */
class AnnouncerTest {
    private static final Octets TOKEN = Octets.ascii("token");
    private static final Worth ANY = new Worth(0, 1);

    private final LoneNode net = new LoneNode(IdRule.PREFERRED);
    private final Announcer announcer = new Announcer(net.node, AddressFamily.IPV4, 7001, 100, net.random,
            () -> net.now);
    private final DhtId key = DhtId.random(net.random);
    private final Contact other = net.bound(LoneNode.at(1));

    private void pass(Duration time) {
        net.pass(time);
        announcer.tick();
    }

    /** What others are asked to keep by now; they answer what comes before, and take it. */
    private Optional<KrpcQuery.AnnouncePeer> announced(Optional<InetSocketAddress> seenAt) {
        Optional<KrpcQuery.AnnouncePeer> found = Optional.empty();
        for (int i = 0; i < net.sent.size(); i++) {
            LoneNode.Sent sent = net.sent.get(i);
            DhtId asked = net.known().stream().filter(contact -> contact.address().equals(sent.to())).findFirst()
                    .orElse(other).id();
            KrpcQuery query = sent.query().query();
            if (query instanceof KrpcQuery.GetPeers) {
                net.respond(sent.to(), sent, new KrpcResponse.Peers(asked, TOKEN, List.of(), List.of()), seenAt);
            } else if (query instanceof KrpcQuery.AnnouncePeer announcement) {
                net.respond(sent.to(), sent, new KrpcResponse.Done(asked), seenAt);
                found = Optional.of(announcement);
            }
        }
        net.sent.clear();
        announcer.tick();
        return found;
    }

    private Optional<Integer> port() {
        return announced(Optional.empty()).map(KrpcQuery.AnnouncePeer::port);
    }

    @Test
    void nothingIsAnnouncedWhereNobodyIsKnown() {
        announcer.put(key, ANY);
        pass(Duration.ofMinutes(1));
        assertEquals(Optional.empty(), port());
        assertEquals(OptionalLong.empty(), announcer.nextWake());
        net.know(other);
        net.sent.clear();
        assertTrue(announcer.nextWake().orElseThrow() - net.now <= 0);
        announcer.tick();
        assertEquals(Optional.of(7001), port());
        assertEquals(1, announcer.held());
    }

    @Test
    void whatBecameOfItIsTold() {
        List<String> told = new ArrayList<>();
        announcer.watch((nar, which, keptBy, asked) -> told
                .add(nar.orElseThrow() + " " + which + " " + keptBy + " of " + asked));
        net.know(other);
        NarHash announced = new NarHash(Sha256.hash(new byte[]{1}));
        announcer.put(key, Optional.of(announced), ANY);
        announcer.tick();
        assertEquals(Optional.of(7001), port());
        assertEquals(List.of(announced + " " + key + " 1 of 1"), told);
    }

    @Test
    void nobodyIsLedToWhereHeCannotConnect() {
        net.know(other);
        announcer.readOnly(true);
        announcer.put(key, ANY);
        announcer.tick();
        assertEquals(Optional.empty(), port());
        assertEquals(OptionalLong.empty(), announcer.nextWake());
        announcer.readOnly(false);
        announcer.tick();
        assertEquals(Optional.of(7001), port());
    }

    @Test
    void atAnotherPortAllIsAnnouncedAnewAndAtTheSameNothing() {
        net.know(other);
        announcer.put(key, ANY);
        announcer.tick();
        assertEquals(Optional.of(7001), port());
        announcer.port(7001);
        pass(Duration.ofMinutes(1));
        assertEquals(Optional.empty(), port());
        announcer.port(7002);
        pass(Duration.ofSeconds(1));
        assertEquals(Optional.of(7002), port());
        assertEquals(7002, announcer.port());
    }

    @Test
    void seenAtAnotherAddressAllIsAnnouncedAnew() {
        net.know(other);
        announcer.put(key, ANY);
        announcer.tick();
        // The first address that anybody tells is no change.
        announced(Optional.of(LoneNode.at("77.1.2.3", 1)));
        pass(Duration.ofMinutes(1));
        assertEquals(Optional.empty(), port());
        // Others say something else, and are more.
        for (int i = 2; i < 6; i++) {
            Contact contact = net.bound(LoneNode.at(i));
            net.know(contact);
            net.respond(contact.address(), net.ask(contact, ignored -> {}), new KrpcResponse.Done(contact.id()),
                    Optional.of(LoneNode.at("66.1.2.3", 1)));
        }
        net.sent.clear();
        pass(Duration.ofSeconds(1));
        assertEquals(Optional.of(7001), port());
    }

    @Test
    void whatIsRemovedIsNotSentAnyMore() {
        net.know(other);
        announcer.put(key, ANY);
        announcer.tick();
        announcer.remove(key);
        assertEquals(Optional.empty(), port());
        assertEquals(0, announcer.chosen());
        assertEquals(OptionalLong.empty(), announcer.nextWake());
    }
}
