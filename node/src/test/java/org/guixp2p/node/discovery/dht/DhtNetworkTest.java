// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.AddressBound;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.KrpcResponse;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many nodes among themselves. */
class DhtNetworkTest {
    /** Which share of the nodes nearest to each node it names when it is asked for them. */
    private static double known(VirtualNet net) {
        // What is lost on the way of this question is not what they do not know.
        net.loss(0);
        List<Contact> all = net.nodes();
        long expected = 0;
        long found = 0;
        for (Contact one : all) {
            DhtId target = DhtId.random(net.random);
            Set<Contact> named = net.walked(one.address(), target);
            List<Contact> nearest = all.stream().filter(other -> !other.equals(one))
                    .sorted(Comparator.comparing(Contact::id, target::compareDistances)).limit(8).toList();
            expected += nearest.size();
            found += nearest.stream().filter(named::contains).count();
        }
        return (double) found / expected;
    }

    @Test
    void allFindEachOtherFromOneAddress() {
        VirtualNet net = VirtualNet.grown(300, 0.03, IdRule.PREFERRED);
        net.run(Duration.ofMinutes(5));
        double known = known(net);
        assertTrue(known > 0.98, "found " + known);
        assertTrue(net.nodes().stream().allMatch(one -> AddressBound.matches(one.id(), one.address().getAddress())));
    }

    @Test
    void itIsTheSameWithTheOtherFamily() {
        VirtualNet net = new VirtualNet(6, 0.03);
        InetSocketAddress router = at("2a00::1", 6881);
        for (int i = 0; i < 40; i++) {
            net.start(at("2a00:0:" + Integer.toHexString(i) + "::1", 6881),
                    DhtState.first(AddressFamily.IPV6, net.random), IdRule.ENFORCED, List.of(router));
            net.run(Duration.ofMillis(500));
        }
        net.run(Duration.ofMinutes(2));
        double known = known(net);
        assertTrue(known > 0.98, "found " + known);
    }

    @Test
    void whereBoundIdsAreEnforcedTheFirstNodesLearnTheirAddresses() {
        VirtualNet net = VirtualNet.grown(3, 0, IdRule.ENFORCED);
        net.run(Duration.ofMinutes(1));
        for (Contact one : net.nodes()) {
            assertTrue(AddressBound.matches(one.id(), one.address().getAddress()));
            Set<Contact> others = new HashSet<>(net.nodes());
            others.remove(one);
            assertEquals(others, Set.copyOf(net.node(one.address()).state().nodes()));
        }
    }

    @Test
    void whoAnnouncesItselfIsFoundByOthers() {
        VirtualNet net = VirtualNet.grown(100, 0, IdRule.ENFORCED);
        net.run(Duration.ofMinutes(1));
        DhtId key = DhtId.random(net.random);
        Comparator<Contact> nearest = Comparator.comparing(Contact::id, key::compareDistances);
        for (Contact holder : net.walked(at(5), key).stream().sorted(nearest).limit(8).toList()) {
            net.with(at(5), node -> node.ask(holder, new KrpcQuery.GetPeers(node.id(), key, Set.of()), outcome -> {
                KrpcResponse.Peers peers = (KrpcResponse.Peers) ((Outcome.Answered) outcome).response();
                node.ask(holder, new KrpcQuery.AnnouncePeer(node.id(), key, 4444, false, peers.token()), done -> {});
            }));
        }
        net.run(Duration.ofSeconds(2));
        List<InetSocketAddress> found = new ArrayList<>();
        for (Contact holder : net.walked(at(70), key).stream().sorted(nearest).limit(8).toList()) {
            net.with(at(70), node -> node.ask(holder, new KrpcQuery.GetPeers(node.id(), key, Set.of()),
                    outcome -> found
                            .addAll(((KrpcResponse.Peers) ((Outcome.Answered) outcome).response()).peers())));
        }
        net.run(Duration.ofSeconds(2));
        assertTrue(found.size() >= 6, found::toString);
        assertEquals(Set.of(at("5.0.5.1", 4444)), Set.copyOf(found));
    }

    @Test
    void thoseThatAreGoneAreForgotten() {
        VirtualNet net = VirtualNet.grown(150, 0.03, IdRule.PREFERRED);
        net.run(Duration.ofMinutes(5));
        IntStream.range(50, 100).forEach(i -> net.stop(at(i)));
        net.run(Duration.ofHours(1));
        long named = 0;
        long running = 0;
        for (Contact one : net.nodes()) {
            List<Contact> known = net.node(one.address()).state().nodes();
            named += known.size();
            running += known.stream().filter(net::runs).count();
        }
        assertTrue(running > 0.98 * named, running + " of " + named);
        double known = known(net);
        assertTrue(known > 0.98, "found " + known);
    }

    /** Those that came first are known to most; when they are gone at once, the others of their part are not cut off. */
    @Tag("slow")
    @Test
    void thoseThatAreKnownToMostAreNotTheOnlyOnesKnown() {
        // Chance decides of a single network. When nobody's place was for those that answered last, 53 of these 500 were blind.
        int blind = IntStream.rangeClosed(196, 200).map(DhtNetworkTest::blind).sum();
        assertTrue(blind <= 3, blind + " know nobody else");
    }

    /** How many know of the other half of the key space nobody but the 16 that are known to most. */
    private static int blind(int count) {
        VirtualNet net = VirtualNet.grown(count, 0.03, IdRule.PREFERRED);
        net.run(Duration.ofMinutes(5));
        List<Contact> half = net.nodes().stream().filter(one -> one.id().bytes()[0] < 0).toList();
        Map<Contact, Long> known = half.stream().flatMap(one -> far(net, one).stream())
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        Set<Contact> first = known.keySet().stream().sorted(Comparator.comparing(known::get).reversed())
                .limit(2 * Bucket.SIZE).collect(Collectors.toSet());
        return (int) half.stream().filter(one -> first.containsAll(far(net, one))).count();
    }

    /** Whom one whose id begins with a bit of 1 knows of the other half. */
    private static List<Contact> far(VirtualNet net, Contact one) {
        return net.node(one.address()).state().nodes().stream().filter(node -> node.id().bytes()[0] >= 0).toList();
    }

    /** Each ping is a question, and must not cause another where there is no room for who asks. */
    @Test
    void twoNodesWithFullBucketsDoNotPingEachOtherForEver() {
        VirtualNet net = new VirtualNet(3, 0);
        InetSocketAddress left = at(1000);
        InetSocketAddress right = at(1001);
        // Both are in the others' far bucket, whose places are taken; so are those of nodes of the bucket that is next.
        DhtId ofLeft = boundWithFirstBit(net, left, 0);
        DhtId ofRight = boundWithFirstBit(net, right, 1);
        net.start(left, new DhtState(AddressFamily.IPV4, ofLeft, started(net, 1, 2000)), IdRule.PREFERRED, List.of());
        net.start(right, new DhtState(AddressFamily.IPV4, ofRight, started(net, 0, 4000)), IdRule.PREFERRED, List.of());
        net.run(Duration.ofSeconds(5));
        assertTrue(net.node(left).state().nodes().size() >= 8);
        assertTrue(net.node(right).state().nodes().size() >= 8);
        int[] between = {0};
        net.passes = (from, to) -> {
            between[0] += Set.of(from, to).equals(Set.of(left, right)) ? 1 : 0;
            return true;
        };
        net.with(left, node -> node.ask(new Contact(ofRight, right), new KrpcQuery.Ping(ofLeft), outcome -> {}));
        net.run(Duration.ofMinutes(4));
        // They know each other from then on, and ask for a sign of life now and then.
        assertTrue(between[0] >= 2 && between[0] <= 16, between[0] + " datagrams");
    }

    private static DhtId boundWithFirstBit(VirtualNet net, InetSocketAddress address, int bit) {
        for (int i = 0; i < 1000; i++) {
            DhtId id = AddressBound.id(address.getAddress(), net.random);
            if (id.bytes()[0] < 0 == (bit == 1)) {
                return id;
            }
        }
        throw new AssertionError("no id at " + address + " begins with " + bit);
    }

    /** Eight nodes whose bound ids begin with {@code bit}, and one whose id begins with the other; they know nobody. */
    private static List<Contact> started(VirtualNet net, int bit, int network) {
        List<Contact> nodes = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            InetSocketAddress address = at(network + i);
            DhtId id = boundWithFirstBit(net, address, i < 8 ? bit : 1 - bit);
            nodes.add(new Contact(id, address));
            net.start(address, new DhtState(AddressFamily.IPV4, id, List.of()), IdRule.PREFERRED, List.of());
        }
        return nodes;
    }
}
