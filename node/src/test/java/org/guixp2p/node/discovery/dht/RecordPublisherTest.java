// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.guixp2p.node.identity.NodeIdentity;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.Whereabouts;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node says in the DHT where it is, and others find it by its key. */
@Timeout(120)
class RecordPublisherTest {
    private static final HostAndPort HERE = new HostAndPort("198.18.0.7", 6881);
    private static final HostAndPort THERE = new HostAndPort("198.18.0.8", 6881);
    private static final Predicate<AddressFamily> NOBODY = family -> false;
    private static final Predicate<AddressFamily> ALL = family -> true;
    private static final long START = 1_800_000_000;

    private final NodeIdentity identity = NodeIdentity.generate(new SecureRandom());
    private long now = START;

    @TempDir
    Path directory;

    private LoopbackDht network;

    @BeforeEach
    void network() {
        network = new LoopbackDht(directory);
    }

    @AfterEach
    void close() {
        network.close();
    }

    private RecordPublisher publisher(Dht dht, String state) {
        return new RecordPublisher(dht, identity.keys().getPrivate(), identity.publicKey(), directory.resolve(state),
                () -> Instant.ofEpochSecond(now));
    }

    private static InetSocketAddress at(HostAndPort address) {
        return new InetSocketAddress(InetAddress.ofLiteral(address.host()), address.port());
    }

    private static Whereabouts record(HostAndPort... addresses) {
        return new Whereabouts(List.of(addresses).stream().map(RecordPublisherTest::at).toList());
    }

    /** Looks until that is what is found. */
    private DhtItem.Mutable found(Dht by, Whereabouts expected) {
        Optional<Whereabouts> wanted = Optional.of(expected);
        Eventually.holds(() -> find(by).map(RecordPublisherTest::decoded).equals(wanted), () -> expected + " at " + by);
        return find(by).orElseThrow();
    }

    private Optional<DhtItem.Mutable> find(Dht by) {
        return Eventually.get(by.find(identity.publicKey(), Whereabouts.SALT));
    }

    private static Whereabouts decoded(DhtItem.Mutable item) {
        try {
            return Whereabouts.decode(item.value());
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    private static List<DhtStatus> status(Dht dht) {
        return List.of(LoopbackDht.status(dht));
    }

    @Test
    void whereItIsIsFoundByItsKeyAndWhereItIsLaterToo() throws IOException {
        for (int i = 0; i < 6; i++) {
            network.add("127.0.0.1", 7000 + i);
        }
        Dht own = network.add("127.0.0.1", 7100);
        Dht other = network.add("127.0.0.1", 7101);
        network.settle();
        assertEquals(Optional.empty(), find(other));
        RecordPublisher publisher = publisher(own, "first");
        publisher.look(status(own), List.of(HERE), NOBODY);
        DhtItem.Mutable first = found(other, record(HERE));
        assertTrue(first.isSigned());
        assertEquals(START, first.sequence());
        Eventually.holds(() -> LoopbackDht.status(own).recordKeptBy() > 0, () -> "kept: " + LoopbackDht.status(own));
        publisher.look(status(own), List.of(HERE), NOBODY);
        publisher.look(status(own), List.of(THERE), NOBODY);
        assertEquals(START + 1, found(other, record(THERE)).sequence(), "nothing was signed without a reason");
        // Its state is lost, and its clock is wrong: others tell that they know better.
        now = 1000;
        RecordPublisher again = publisher(own, "second");
        again.look(status(own), List.of(HERE), NOBODY);
        assertEquals(START + 2, found(other, record(HERE)).sequence());
    }

    @Test
    void whoIsNotReachedSaysNothing() throws IOException {
        Dht other = network.add("127.0.0.1", 7001);
        Dht own = network.add("127.0.0.1", 7002);
        network.settle();
        RecordPublisher publisher = publisher(own, "first");
        own.readOnly(AddressFamily.IPV4, true);
        Eventually.holds(() -> LoopbackDht.status(own).readOnly(), () -> "only to ask");
        publisher.look(status(own), List.of(HERE), NOBODY);
        assertEquals(Optional.empty(), RecordPublisher.record(status(own), List.of(HERE), ALL));
        assertEquals(Optional.empty(), find(other));
        own.readOnly(AddressFamily.IPV4, false);
        Eventually.holds(() -> !LoopbackDht.status(own).readOnly(), () -> "to answer");
        publisher.look(status(own), List.of(HERE), NOBODY);
        found(other, record(HERE));
    }

    private static DhtStatus family(String seenAt, boolean readOnly) {
        InetAddress seen = InetAddress.ofLiteral(seenAt);
        return new DhtStatus(AddressFamily.of(seen), DhtId.of(new byte[DhtId.BYTES]), new InetSocketAddress(6881),
                Optional.of(seen), 30, false, readOnly, 0, 0, 0, 0, 7881, 0, new DhtTraffic(0, 0, 0, 0, 0, 0));
    }

    @Test
    void onlyAddressesOfTheWorldAreSaidOfFamiliesInWhichOthersGetThrough() throws FormatException {
        DhtStatus ipv4 = family("203.0.113.5", false);
        DhtStatus ipv6 = family("2001:db8::5", false);
        HostAndPort seen4 = new HostAndPort("203.0.113.5", 7881);
        HostAndPort seen6 = new HostAndPort("2001:db8::5", 7881);
        assertEquals(Optional.empty(), RecordPublisher.record(List.of(), List.of(HERE), ALL));
        assertEquals(Optional.of(record(seen4, seen6)), RecordPublisher.record(List.of(ipv4, ipv6), List.of(), ALL));
        assertEquals(Optional.of(record(HERE, seen4, seen6)),
                RecordPublisher.record(List.of(ipv4, ipv6), List.of(HERE, seen4), ALL));
        assertEquals(Optional.of(record(seen6)),
                RecordPublisher.record(List.of(family("203.0.113.5", true), ipv6), List.of(HERE), ALL));
        List<HostAndPort> useless = List.of(new HostAndPort("10.0.0.1", 6881), new HostAndPort("127.0.0.1", 6881),
                new HostAndPort("node.example", 6881), new HostAndPort("198.18.0.9", 80));
        assertEquals(Optional.of(record(seen4)), RecordPublisher.record(List.of(ipv4), useless, ALL));
        assertEquals(Optional.empty(), RecordPublisher.record(List.of(family("192.168.1.5", false)), useless, ALL));
        List<HostAndPort> many = IntStream.range(0, 9).mapToObj(i -> new HostAndPort("198.18.1." + i, 6881)).toList();
        assertEquals(Optional.of(record(many.subList(0, Whereabouts.MOST).toArray(HostAndPort[]::new))),
                RecordPublisher.record(List.of(ipv4), many, ALL));
    }

    /** Others would be led in vain to whoever is behind a router that lets nobody in. */
    @Test
    void aFamilyIsSaidWhenOthersHaveGotThroughOrSomebodySaysWhere() {
        DhtStatus ipv4 = family("203.0.113.5", false);
        DhtStatus ipv6 = family("2001:db8::5", false);
        HostAndPort seen4 = new HostAndPort("203.0.113.5", 7881);
        HostAndPort seen6 = new HostAndPort("2001:db8::5", 7881);
        List<DhtStatus> both = List.of(ipv4, ipv6);
        assertEquals(Optional.empty(), RecordPublisher.record(both, List.of(), NOBODY));
        assertEquals(Optional.of(record(seen6)),
                RecordPublisher.record(both, List.of(), AddressFamily.IPV6::equals));
        assertEquals(Optional.of(record(HERE, seen4)), RecordPublisher.record(both, List.of(HERE), NOBODY));
        assertEquals(Optional.of(record(HERE, seen4, seen6)),
                RecordPublisher.record(both, List.of(HERE), AddressFamily.IPV6::equals));
        assertEquals(Optional.empty(), RecordPublisher.record(both,
                List.of(new HostAndPort("10.0.0.1", 6881), new HostAndPort("node.example", 6881)), NOBODY));
        assertEquals(Optional.empty(),
                RecordPublisher.record(List.of(family("203.0.113.5", true)), List.of(HERE), NOBODY));
    }
}
