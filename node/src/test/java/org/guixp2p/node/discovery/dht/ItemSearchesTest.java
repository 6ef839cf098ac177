// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Items are put and found in a network of nodes, and what liars say is passed over. */
class ItemSearchesTest {
    private static final InetSocketAddress OWNER = at(7);
    private static final InetSocketAddress READER = at(21);

    private final SignedItems owner = new SignedItems();
    private final VirtualNet net = VirtualNet.grown(40, 0, IdRule.PREFERRED);

    private int put(InetSocketAddress by, DhtItem item, OptionalLong expected) {
        List<Integer> took = new ArrayList<>();
        net.with(by, node -> node.put(item, expected, took::add));
        net.run(Duration.ofSeconds(20));
        assertEquals(1, took.size(), "it is said once how it went");
        return took.getFirst();
    }

    private Optional<DhtItem> get(InetSocketAddress by, DhtId target, String salt) {
        List<Optional<DhtItem>> found = new ArrayList<>();
        net.with(by, node -> node.get(target, Octets.ascii(salt), found::add));
        net.run(Duration.ofSeconds(20));
        assertEquals(1, found.size(), "it ends once");
        return found.getFirst();
    }

    @Test
    void whatIsPutIsFoundByItsHash() {
        DhtItem item = new DhtItem.Immutable(Octets.ascii("12:Hello World!"));
        assertEquals("e5f96f6f38320f0f33959cb4d3d656452117aadb", item.target().toString());
        assertEquals(Optional.empty(), get(READER, item.target(), ""));
        assertTrue(put(OWNER, item, OptionalLong.empty()) >= Bucket.SIZE / 2);
        assertEquals(Optional.of(item), get(READER, item.target(), ""));
    }

    @Test
    void ofItsOwnersItemsTheNewestIsFoundUnderItsSalt() {
        assertTrue(put(OWNER, owner.item("addresses", 1, "3:one"), OptionalLong.empty()) >= Bucket.SIZE / 2);
        DhtItem second = owner.item("addresses", 2, "3:two");
        assertTrue(put(OWNER, second, OptionalLong.of(1)) >= Bucket.SIZE / 2);
        assertEquals(Optional.of(second), get(READER, owner.target("addresses"), "addresses"));
        assertEquals(0, put(OWNER, owner.item("addresses", 3, "5:three"), OptionalLong.of(1)));
        assertEquals(0, put(OWNER, owner.item("addresses", 1, "3:one"), OptionalLong.empty()));
        assertEquals(0, put(READER, owner.forged("addresses", 9, "4:lies"), OptionalLong.empty()));
        assertEquals(Optional.of(second), get(READER, owner.target("addresses"), "addresses"));
    }

    @Test
    void anOwnersOlderItemIsNotPutAndHeIsToldOfTheNewerOne() {
        assertTrue(put(OWNER, owner.item("addresses", 5, "4:five"), OptionalLong.empty()) >= Bucket.SIZE / 2);
        List<String> told = new ArrayList<>();
        for (long sequence : new long[]{4, 5, 6}) {
            DhtItem.Mutable item = owner.item("addresses", sequence, sequence == 5 ? "4:five" : "5:other");
            net.with(OWNER, node -> node.renew(item, newer -> told.add("newer " + newer),
                    by -> told.add(sequence + (by >= Bucket.SIZE / 2 ? " kept" : " by " + by))));
            net.run(Duration.ofSeconds(20));
        }
        assertEquals(List.of("newer 5", "4 by 0", "5 kept", "6 kept"), told);
        assertEquals(Optional.of(owner.item("addresses", 6, "5:other")),
                get(READER, owner.target("addresses"), "addresses"));
    }

    @Test
    void aNodeThatKnowsNobodyFindsNothing() {
        LoneNode lone = new LoneNode(IdRule.PREFERRED);
        List<Optional<DhtItem>> found = new ArrayList<>();
        lone.node.get(owner.target(""), Octets.EMPTY, found::add);
        assertEquals(List.of(Optional.empty()), found);
        List<Integer> took = new ArrayList<>();
        lone.node.put(owner.item("", 1, "i1e"), OptionalLong.empty(), took::add);
        assertEquals(List.of(0), took);
    }

    /** Of four who are asked to. */
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "2, 2", "4, 4"})
    void anOwnersItemIsKeptWhenMostOfThoseWhoWereAskedTakeIt(int takers, int keptBy) {
        LoneNode lone = new LoneNode(IdRule.PREFERRED);
        List<Contact> known = IntStream.rangeClosed(1, 4).mapToObj(i -> lone.bound(at(i))).toList();
        known.forEach(lone::know);
        lone.sent.clear();
        List<Integer> took = new ArrayList<>();
        lone.node.renew(owner.item("", 1, "i1e"), newer -> {}, took::add);
        for (Contact by : known) {
            lone.respond(lastSentTo(lone, by), new KrpcResponse.Found(by.id(), Octets.ascii("token"),
                    new KrpcResponse.Held.Nothing(), List.of()));
        }
        for (Contact by : known) {
            LoneNode.Sent question = lastSentTo(lone, by);
            assertInstanceOf(KrpcQuery.Put.class, question.query().query());
            if (known.indexOf(by) < takers) {
                lone.respond(question, new KrpcResponse.Done(by.id()));
            } else {
                lone.refuse(question, Optional.empty());
            }
        }
        assertEquals(List.of(keptBy), took);
    }

    private static LoneNode.Sent lastSentTo(LoneNode lone, Contact contact) {
        return lone.sent.stream().filter(sent -> sent.to().equals(contact.address())).toList().getLast();
    }

    @Test
    void whatLiarsAnswerIsPassedOver() {
        LoneNode lone = new LoneNode(IdRule.PREFERRED);
        SignedItems other = new SignedItems();
        DhtItem.Mutable real = owner.item("", 5, "4:true");
        List<DhtItem> answers = List.of(owner.forged("", 9, "4:lies"), other.item("", 9, "i1e"), real,
                owner.item("", 4, "3:old"), new DhtItem.Immutable(Octets.ascii("i1e")));
        List<Contact> known = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            known.add(lone.bound(at(i + 1)));
            lone.know(known.getLast());
        }
        lone.sent.clear();
        List<Optional<DhtItem>> found = new ArrayList<>();
        lone.node.get(owner.target(""), Octets.EMPTY, found::add);
        for (int i = 0; i < answers.size(); i++) {
            Contact by = known.get(i);
            LoneNode.Sent question = lone.sent.stream().filter(sent -> sent.to().equals(by.address())).findFirst()
                    .orElseThrow();
            lone.respond(question, new KrpcResponse.Found(by.id(), Octets.EMPTY,
                    new KrpcResponse.Held.Item(answers.get(i)), List.of()));
        }
        assertEquals(List.of(Optional.of(real)), found);
    }
}
