// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.junit.jupiter.api.Test;

class PeerRecordsTest {
    private static final Duration LIFETIME = Duration.ofMinutes(45);
    private static final PeerRecords.Limits SMALL = new PeerRecords.Limits(LIFETIME, 6, 2, 4, 20);

    private final Random random = new Random(1);
    private final DhtId key = DhtId.random(random);
    private long now = Long.MAX_VALUE - 1;
    private final PeerRecords records = new PeerRecords(SMALL, random, () -> now);

    private static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void whoAnnouncesItselfIsFound() {
        assertTrue(records.announce(key, at("192.0.2.1", 1)));
        assertTrue(records.announce(key, at("192.0.2.2", 1)));
        assertEquals(Set.of(at("192.0.2.1", 1), at("192.0.2.2", 1)), Set.copyOf(records.peers(key, 20)));
        assertEquals(List.of(), records.peers(DhtId.random(random), 20));
    }

    @Test
    void whoDoesNotComeAgainIsForgotten() {
        records.announce(key, at("192.0.2.1", 1));
        pass(LIFETIME.dividedBy(2));
        records.announce(key, at("192.0.2.2", 1));
        pass(LIFETIME.dividedBy(2));
        assertEquals(List.of(at("192.0.2.2", 1)), records.peers(key, 20));
        assertTrue(records.announce(key, at("192.0.2.2", 1)));
        assertEquals(1, records.size());
        pass(LIFETIME.minusNanos(1));
        assertEquals(1, records.peers(key, 20).size());
        pass(Duration.ofNanos(1));
        records.expire();
        assertEquals(0, records.size());
    }

    @Test
    void aKeyHasABoundAndThoseOfOneNetworkStay() {
        for (int i = 1; i <= 6; i++) {
            assertTrue(records.announce(key, at("192.0.2." + i, 1)));
        }
        assertFalse(records.announce(key, at("192.0.2.7", 1)));
        assertTrue(records.announce(key, at("192.0.2.1", 1)));
        assertTrue(records.announce(DhtId.random(random), at("192.0.2.7", 1)));
        pass(LIFETIME);
        assertTrue(records.announce(key, at("192.0.2.7", 1)));
    }

    @Test
    void aMachineHasABoundUnderAKey() {
        assertTrue(records.announce(key, at("2001:db8::1", 1)));
        assertTrue(records.announce(key, at("2001:db8::2", 1)));
        assertFalse(records.announce(key, at("2001:db8::3", 1)));
        assertTrue(records.announce(key, at("2001:db8:0:1::3", 1)));
    }

    @Test
    void aMachineHasABoundInAll() {
        for (int i = 1; i <= 4; i++) {
            assertTrue(records.announce(DhtId.random(random), at("192.0.2.1", i)));
        }
        assertFalse(records.announce(DhtId.random(random), at("192.0.2.1", 5)));
        assertTrue(records.announce(DhtId.random(random), at("192.0.2.2", 5)));
        pass(LIFETIME);
        assertTrue(records.announce(DhtId.random(random), at("192.0.2.1", 5)));
    }

    @Test
    void allHaveABound() {
        for (int i = 1; i <= 20; i++) {
            assertTrue(records.announce(DhtId.random(random), at("192.0.2." + i, 1)));
        }
        assertFalse(records.announce(DhtId.random(random), at("192.0.2.21", 1)));
        pass(LIFETIME);
        assertTrue(records.announce(DhtId.random(random), at("192.0.2.21", 1)));
        assertEquals(1, records.size());
    }

    @Test
    void ofManyAnyAreTold() {
        for (int i = 1; i <= 6; i++) {
            records.announce(key, at("192.0.2." + i, 1));
        }
        Set<InetSocketAddress> told = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            List<InetSocketAddress> some = records.peers(key, 2);
            assertEquals(2, Set.copyOf(some).size());
            told.addAll(some);
        }
        assertEquals(6, told.size());
    }

    /** Some machines of one network have filled a key, and have to make way until others have about as much. */
    @Test
    void whoFillsAKeyMakesWayForOtherNetworks() {
        for (int i = 1; i <= 6; i++) {
            assertTrue(records.announce(key, at("192.0.2." + i, 1)));
        }
        for (int network = 1; network <= 5; network++) {
            assertTrue(records.announce(key, at("9.9." + network + ".9", 1)));
            assertEquals(6, records.peers(key, 20).size());
        }
        assertFalse(records.announce(key, at("9.9.6.9", 1)));
        assertTrue(records.peers(key, 20).contains(at("192.0.2.6", 1)), "the last that came");
        assertTrue(records.announce(key, at("192.0.2.6", 1)));
        assertEquals(6, records.size());
    }

    @Test
    void whoFillsItAllMakesWayForOtherNetworks() {
        List<DhtId> keys = IntStream.range(0, 20).mapToObj(i -> DhtId.random(random)).toList();
        for (int i = 0; i < 20; i++) {
            assertTrue(records.announce(keys.get(i), at("192.0.2." + i, 1)));
        }
        assertTrue(records.announce(key, at("9.9.9.9", 1)));
        assertTrue(records.announce(keys.get(1), at("9.9.9.9", 1)));
        assertEquals(20, records.size());
        assertEquals(List.of(at("9.9.9.9", 1)), records.peers(key, 20));
        assertEquals(List.of(), records.peers(keys.get(0), 20));
        assertEquals(List.of(at("9.9.9.9", 1)), records.peers(keys.get(1), 20));
    }

    @Test
    void ofManyThoseOfAsManyNetworksAreToldAsThereAre() {
        for (int i = 1; i <= 4; i++) {
            records.announce(key, at("192.0.2." + i, 1));
        }
        records.announce(key, at("9.9.9.9", 1));
        records.announce(key, at("7.7.7.7", 1));
        for (int i = 0; i < 20; i++) {
            assertTrue(records.peers(key, 3).containsAll(List.of(at("9.9.9.9", 1), at("7.7.7.7", 1))));
        }
    }

    @Test
    void limitsFollowFromTheMemory() {
        PeerRecords.Limits little = PeerRecords.Limits.in(1 << 20);
        assertTrue(little.total() > 1300 && little.total() < 1400, little::toString);
        assertEquals(little.total() / 2, little.perMachine(), "one machine does not have it all");
        PeerRecords.Limits much = PeerRecords.Limits.in(1L << 40);
        assertEquals(65_536, much.total());
        assertEquals(8_192, much.perMachine());
        assertTrue(PeerRecords.Limits.in(0).total() > 0);
    }

    @Test
    void limitsMakeSense() {
        assertThrows(IllegalArgumentException.class, () -> new PeerRecords.Limits(Duration.ZERO, 1, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new PeerRecords.Limits(LIFETIME, 1, 2, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new PeerRecords.Limits(LIFETIME, 1, 1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new PeerRecords.Limits(LIFETIME, 1, 1, 1, 0));
    }

    /** Against a model that counts anew each time. */
    @Property(tries = 100)
    void itRemembersWhatAModelDoes(@ForAll long seed) {
        Random chance = new Random(seed);
        long[] clock = {0};
        PeerRecords tested = new PeerRecords(SMALL, chance, () -> clock[0]);
        List<DhtId> keys = IntStream.range(0, 5).mapToObj(ignored -> DhtId.random(chance)).toList();
        Map<Map.Entry<DhtId, InetSocketAddress>, Long> model = new LinkedHashMap<>();
        for (int step = 0; step < 200; step++) {
            clock[0] += chance.nextLong(LIFETIME.toNanos() / 10);
            model.values().removeIf(then -> clock[0] - then >= LIFETIME.toNanos());
            Map.Entry<DhtId, InetSocketAddress> entry = Map.entry(keys.get(chance.nextInt(5)),
                    at("192.0.2." + chance.nextInt(6), 1 + chance.nextInt(3)));
            boolean taken = model.containsKey(entry) || fits(model.keySet(), entry);
            assertEquals(taken, tested.announce(entry.getKey(), entry.getValue()));
            if (taken) {
                model.put(entry, clock[0]);
            }
            assertEquals(model.size(), tested.size());
            for (DhtId each : keys) {
                Set<InetSocketAddress> expected = new HashSet<>();
                model.keySet().stream().filter(one -> one.getKey().equals(each))
                        .forEach(one -> expected.add(one.getValue()));
                assertEquals(expected, Set.copyOf(tested.peers(each, 20)));
            }
        }
    }

    private static boolean fits(Set<Map.Entry<DhtId, InetSocketAddress>> model,
            Map.Entry<DhtId, InetSocketAddress> entry) {
        AddressGroup machine = AddressGroup.machine(entry.getValue().getAddress());
        List<Map.Entry<DhtId, InetSocketAddress>> onMachine = model.stream()
                .filter(one -> AddressGroup.machine(one.getValue().getAddress()).equals(machine)).toList();
        return model.size() < SMALL.total() && onMachine.size() < SMALL.perMachine()
                && model.stream().filter(one -> one.getKey().equals(entry.getKey())).count() < SMALL.perKey()
                && onMachine.stream().filter(one -> one.getKey().equals(entry.getKey()))
                        .count() < SMALL.perKeyAndMachine();
    }
}
