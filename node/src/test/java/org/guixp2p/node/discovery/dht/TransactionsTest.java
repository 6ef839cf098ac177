// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.dht.KrpcMethod;
import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.Test;

class TransactionsTest {
    private static final InetSocketAddress HERE = at("8.8.8.8", 6881);

    private long now = Long.MAX_VALUE - 1;
    private final Transactions transactions = new Transactions(new Random(1), () -> now);

    private Octets open(InetSocketAddress to) {
        return transactions.open(to, Optional.empty(), KrpcMethod.PING, false, false, ignored -> {}).orElseThrow();
    }

    @Test
    void aNameIsForOneAddress() {
        Octets name = open(HERE);
        assertEquals(Optional.of(KrpcMethod.PING), transactions.asked(HERE, name));
        for (InetSocketAddress other : List.of(at("8.8.8.8", 6882), at("8.8.8.9", 6881))) {
            assertEquals(Optional.empty(), transactions.asked(other, name));
            assertEquals(Optional.empty(), transactions.close(other, name));
        }
        assertEquals(Optional.empty(), transactions.asked(HERE, Octets.ascii("aa")));
        assertEquals(HERE, transactions.close(HERE, name).orElseThrow().to());
        assertEquals(Optional.empty(), transactions.close(HERE, name));
        assertEquals(Optional.empty(), transactions.asked(HERE, name));
    }

    @Test
    void noTwoThatWaitHaveTheSameName() {
        int[] drawn = {0};
        // Each number comes twice.
        RandomGenerator repeating = () -> drawn[0]++ / 2;
        Transactions tested = new Transactions(repeating, () -> now);
        Set<Octets> names = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            assertTrue(names
                    .add(tested.open(HERE, Optional.empty(), KrpcMethod.PING, false, false, ignored -> {})
                            .orElseThrow()));
        }
        assertTrue(tested.hasRoom(Transactions.MAX_PENDING - 10));
        assertFalse(tested.hasRoom(Transactions.MAX_PENDING - 9));
    }

    @Test
    void namesAreNotGuessedFromOthers() {
        Transactions other = new Transactions(new Random(2), () -> now);
        assertNotEquals(open(HERE),
                other.open(HERE, Optional.empty(), KrpcMethod.PING, false, false, ignored -> {}).orElseThrow());
    }

    @Test
    void whatWaitsTooLongIsGivenUpInItsOrder() {
        assertEquals(OptionalLong.empty(), transactions.nextExpiry());
        open(HERE);
        now += Duration.ofSeconds(1).toNanos();
        Octets second = open(at(2));
        open(at(3));
        transactions.close(at(2), second);
        now += Transactions.TIMEOUT.toNanos() - Duration.ofSeconds(1).toNanos() - 1;
        assertEquals(List.of(), transactions.expired());
        assertEquals(OptionalLong.of(now + 1), transactions.nextExpiry());
        now++;
        assertEquals(List.of(HERE), transactions.expired().stream().map(Transactions.Question::to).toList());
        now += Duration.ofSeconds(1).toNanos();
        assertEquals(List.of(at(3)), transactions.expired().stream().map(Transactions.Question::to).toList());
        assertEquals(OptionalLong.empty(), transactions.nextExpiry());
        assertTrue(transactions.hasRoom(Transactions.MAX_PENDING));
    }
}
