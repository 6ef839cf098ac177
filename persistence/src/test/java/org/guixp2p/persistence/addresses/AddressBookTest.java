// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.addresses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.guixp2p.protocol.swarm.AddressGroup;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses are remembered, for how long, and in which order they are tried. */
class AddressBookTest {
    private static final Duration DAY = Duration.ofDays(1);

    private Instant now = Instant.ofEpochSecond(1_800_000_000);
    private final AddressBook book = new AddressBook(() -> now);

    private static PeerId peer(int number) {
        return PeerId.ofPublicKey(ByteBuffer.allocate(PeerId.KEY_BYTES).putInt(number).array());
    }

    private static InetSocketAddress at(String host) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), 6881);
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }

    private static List<String> hosts(List<KnownAddress> addresses) {
        return addresses.stream().map(address -> address.address().endpoint().host()).toList();
    }

    private List<String> best() {
        return hosts(book.best(host -> true, 100));
    }

    @Test
    void whatWorkedIsRemembered() {
        book.worked(peer(1), at("198.51.100.7"));
        pass(DAY);
        book.worked(peer(1), at("198.51.100.7"));
        book.failed(at("198.51.100.7"));
        assertEquals(
                List.of(new KnownAddress(new PeerAddress(peer(1), new HostAndPort("198.51.100.7", 6881)),
                        1_800_086_400, 2, 1)),
                book.best(host -> true, 9));
    }

    @Test
    void whoeverAnswersThereNowCounts() {
        book.worked(peer(1), at("2001:db8::7"));
        book.worked(peer(1), at("2001:db8::7"));
        book.worked(peer(2), at("2001:db8::7"));
        KnownAddress found = book.best(host -> true, 9).getFirst();
        assertEquals(peer(2), found.address().id());
        assertEquals(1, found.successes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "::1", "169.254.1.1", "fe80::1", "0.0.0.0", "::", "224.0.0.1",
        "ff02::1"})
    void whatMeansThisMachineOrAnotherTomorrowIsNot(String host) {
        book.worked(peer(1), at(host));
        book.stands(peer(1), at(host));
        assertEquals(0, book.size());
    }

    @Test
    void ownAddressesAreForgottenAndStaySo() {
        book.worked(peer(1), at("198.51.100.7"));
        book.own(at("198.51.100.7"));
        book.worked(peer(1), at("198.51.100.7"));
        assertEquals(List.of(), best());
        HostAndPort configured = new HostAndPort("203.0.113.4", 6881);
        AddressBook other = new AddressBook(() -> now,
                List.of(new KnownAddress(new PeerAddress(peer(1), configured), 1_799_999_999, 3, 0)),
                List.of(configured));
        assertEquals(0, other.size());
        assertTrue(other.isOwn(configured));
    }

    @Test
    void theMostPromisingComeFirst() {
        book.worked(peer(1), at("198.51.1.1"));
        pass(DAY.multipliedBy(21));
        book.worked(peer(2), at("198.51.2.1"));
        for (int i = 0; i < 5; i++) {
            book.worked(peer(3), at("198.51.3.1"));
            book.worked(peer(4), at("198.51.4.1"));
        }
        for (int i = 0; i < 3; i++) {
            book.failed(at("198.51.4.1"));
        }
        assertEquals(List.of("198.51.3.1", "198.51.2.1", "198.51.4.1", "198.51.1.1"), best());
        assertEquals(List.of("198.51.2.1"), hosts(book.best(host -> host.getHostAddress().contains(".2."), 5)));
        assertEquals(List.of("198.51.3.1"), hosts(book.best(host -> true, 1)));
    }

    @Test
    void whatHasDiedIsForgottenWhenOthersAnswer() {
        book.worked(peer(1), at("198.51.1.1"));
        for (int i = 0; i < AddressBook.DEAD_FAILURES; i++) {
            book.failed(at("198.51.1.1"));
        }
        book.worked(peer(2), at("198.51.2.1"));
        assertEquals(2, book.size());
        pass(AddressBook.DEAD_AFTER.plusSeconds(1));
        book.worked(peer(2), at("198.51.2.1"));
        assertEquals(List.of("198.51.2.1"), best());
        pass(AddressBook.OLD_AFTER.plusSeconds(1));
        book.worked(peer(3), at("198.51.3.1"));
        assertEquals(List.of("198.51.3.1"), best());
    }

    private boolean isLost(int number) {
        return !book.notLost().contains(peer(number));
    }

    @Test
    void aPeerIsLostWhenNoneOfItsAddressesAnswersAnyMore() {
        assertTrue(isLost(1), "it has none");
        book.worked(peer(1), at("198.51.1.1"));
        book.worked(peer(1), at("2001:db8::7"));
        for (int i = 0; i < AddressBook.LOST_FAILURES; i++) {
            assertFalse(isLost(1));
            book.failed(at("198.51.1.1"));
            assertFalse(isLost(1));
            book.failed(at("2001:db8::7"));
        }
        assertTrue(isLost(1));
        book.worked(peer(1), at("2001:db8::7"));
        assertFalse(isLost(1));
        // What fails while nothing at all answers says where to look all the same.
        pass(DAY);
        for (int i = 0; i < AddressBook.LOST_FAILURES; i++) {
            book.failed(at("2001:db8::7"));
        }
        book.failed(at("198.51.1.1"));
        book.failed(at("198.51.1.1"));
        assertTrue(isLost(1));
    }

    /** A machine that was off the network for a week knows everybody when it is back. */
    @Test
    void whatFailsWhileNothingAnswersOnlyHasToWait() {
        book.worked(peer(1), at("198.51.1.1"));
        book.worked(peer(1), at("198.51.1.1"));
        book.worked(peer(2), at("198.51.2.1"));
        pass(DAY.multipliedBy(7));
        for (int i = 0; i < 20; i++) {
            book.failed(at("198.51.1.1"));
        }
        assertEquals(List.of("198.51.2.1", "198.51.1.1"), best());
        book.worked(peer(3), at("198.51.3.1"));
        assertEquals(3, book.size());
        assertTrue(book.best(host -> true, 9).stream().allMatch(address -> address.failures() == 0));
    }

    @Test
    void aConnectionThatStandsKeepsItsAddress() {
        book.worked(peer(1), at("198.51.1.1"));
        for (int i = 0; i < 3; i++) {
            pass(AddressBook.OLD_AFTER.minus(DAY));
            book.stands(peer(1), at("198.51.1.1"));
        }
        assertEquals(1, book.best(host -> true, 9).getFirst().successes());
    }

    @Test
    void recentAreThoseThatAnsweredLatelyAndDidNotFailSince() {
        book.worked(peer(1), at("198.51.1.1"));
        pass(DAY);
        book.worked(peer(2), at("198.51.2.1"));
        book.worked(peer(3), at("198.51.3.1"));
        book.failed(at("198.51.3.1"));
        pass(Duration.ofSeconds(1));
        book.worked(peer(4), at("198.51.4.1"));
        assertEquals(List.of("198.51.4.1", "198.51.2.1"), hosts(book.recent(Duration.ofHours(23))));
    }

    @Test
    void nobodyFillsTheBook() {
        for (int i = 0; i < 2 * AddressBook.MOST_OF_A_NETWORK; i++) {
            book.worked(peer(i), at("198.51.100." + (i + 1)));
        }
        assertEquals(AddressBook.MOST_OF_A_NETWORK, book.size());
        for (int i = 0; i < 2 * AddressBook.MOST_OF_A_PEER; i++) {
            book.worked(peer(9999), at("198.51." + i + ".1"));
        }
        assertEquals(AddressBook.MOST_OF_A_NETWORK + AddressBook.MOST_OF_A_PEER, book.size());
        for (int i = 0; i < AddressBook.CAPACITY + 10; i++) {
            book.worked(peer(10_000 + i), at("10.1." + i / 250 + "." + i % 250));
        }
        assertEquals(AddressBook.CAPACITY, book.size());
        assertTrue(hosts(book.best(host -> true, AddressBook.CAPACITY)).contains("10.1.4.33"),
                "the newest has a place");
    }

    @Test
    void whoeverWasThereOftenOutlastsAFlood() {
        for (int i = 0; i < 10; i++) {
            book.worked(peer(1), at("203.0.113.1"));
        }
        for (int i = 0; i < 2 * AddressBook.CAPACITY; i++) {
            book.worked(peer(10_000 + i), at("10.1." + i / 250 + "." + i % 250));
        }
        assertEquals("203.0.113.1", best().getFirst());
        assertFalse(AddressGroup.isLocal(at(best().getFirst()).getAddress()));
    }
}
