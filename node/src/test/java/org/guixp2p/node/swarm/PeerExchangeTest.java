// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.guixp2p.node.config.Share;
import org.guixp2p.persistence.addresses.AddressBook;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one peer is told of others, and who is met of those it tells of. */
class PeerExchangeTest {
    private static final PeerId PEER = peer(1);

    private final AddressBook book = new AddressBook(() -> Instant.ofEpochSecond(1_800_000_000));
    private final List<List<PeerAddress>> sent = new ArrayList<>();
    private final List<Swarm.Neighbour> met = new ArrayList<>();
    private long now = -5;

    private static PeerId peer(int number) {
        return PeerId.ofPublicKey(ByteBuffer.allocate(PeerId.KEY_BYTES).putInt(number).array());
    }

    private static PeerAddress at(int peer, String host) {
        return new PeerAddress(peer(peer), new HostAndPort(host, 6881));
    }

    private PeerExchange with(String host, Share share) {
        return new PeerExchange(PEER, InetAddress.ofLiteral(host), share, book,
                peers -> sent.add(peers.addresses()), met::add, now);
    }

    private void worked(PeerAddress address) {
        book.worked(address.id(), new InetSocketAddress(InetAddress.ofLiteral(address.endpoint().host()),
                address.endpoint().port()));
    }

    private void tell(PeerExchange exchange, Duration later) {
        now += later.toNanos();
        exchange.tell(now);
    }

    private static SwarmMessage.Peers peers(PeerAddress... addresses) {
        return new SwarmMessage.Peers(List.of(addresses));
    }

    @Test
    void whatIsNewIsToldOnceAMinute() {
        PeerExchange exchange = with("198.51.100.1", Share.WORLD);
        tell(exchange, Duration.ZERO);
        assertEquals(List.of(), sent);
        worked(at(2, "198.51.100.2"));
        tell(exchange, Duration.ZERO);
        assertEquals(List.of(List.of(at(2, "198.51.100.2"))), sent);
        worked(at(3, "2001:db8::3"));
        worked(at(2, "198.51.100.2"));
        tell(exchange, PeerExchange.PAUSE.minusNanos(1));
        assertEquals(1, sent.size());
        tell(exchange, Duration.ofNanos(1));
        assertEquals(List.of(at(3, "2001:db8::3")), sent.get(1));
        tell(exchange, Duration.ofDays(1));
        assertEquals(2, sent.size());
    }

    @Test
    void noPeerIsToldOfItselfNorOfWhoFailed() {
        PeerExchange exchange = with("198.51.100.1", Share.WORLD);
        worked(new PeerAddress(PEER, new HostAndPort("198.51.100.1", 6881)));
        worked(at(2, "198.51.100.2"));
        book.failed(new InetSocketAddress(InetAddress.ofLiteral("198.51.100.2"), 6881));
        book.worked(peer(4), new InetSocketAddress(InetAddress.ofLiteral("198.51.100.4"), 443));
        tell(exchange, Duration.ZERO);
        assertEquals(List.of(), sent);
    }

    @Test
    void aSessionHasABound() {
        for (int i = 0; i < 2 * PeerExchange.MOST_TOLD; i++) {
            worked(at(100 + i, "198.51." + i % 250 + "." + (i / 250 + 1)));
        }
        PeerExchange exchange = with("203.0.113.1", Share.WORLD);
        for (int i = 0; i < 20; i++) {
            tell(exchange, PeerExchange.PAUSE);
        }
        assertEquals(List.of(50, 50, 50, 50, 50), sent.stream().map(List::size).toList());
        Set<PeerAddress> all = new HashSet<>();
        sent.forEach(all::addAll);
        assertEquals(PeerExchange.MOST_TOLD, all.size());
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.2,198.51.100.1,WORLD,false", "10.0.0.2,10.9.9.9,WORLD,true", "10.0.0.2,10.9.9.9,LAN,true",
        "10.0.0.2,10.9.9.9,OFF,false", "192.168.1.2,10.9.9.9,WORLD,false", "198.51.100.2,10.9.9.9,WORLD,true",
        "198.51.100.2,10.9.9.9,LAN,false", "198.51.100.2,127.0.0.1,WORLD,true", "fd00::2,fd00::1,LAN,true",
        "fd00::2,2001:db8::1,WORLD,false"})
    void privateAddressesStayInTheirNetworks(String told, String with, Share share, boolean expected) {
        worked(at(2, told));
        tell(with(with, share), Duration.ZERO);
        assertEquals(expected, !sent.isEmpty());
        PeerExchange other = with(with, share);
        other.told(peers(at(3, told)), now);
        assertEquals(expected, !met.isEmpty());
    }

    @Test
    void thoseToldOfAreMetButNotThisNode() {
        InetSocketAddress own = new InetSocketAddress(InetAddress.ofLiteral("198.51.100.9"), 6881);
        book.own(own);
        PeerExchange exchange = with("198.51.100.1", Share.WORLD);
        exchange.told(peers(at(2, "2001:db8::2"), at(3, "198.51.100.9")), now);
        assertEquals(List.of(new Swarm.Neighbour(peer(2),
                new InetSocketAddress(InetAddress.ofLiteral("2001:db8::2"), 6881), Swarm.Neighbour.Source.TOLD)), met);
    }

    @Test
    void whoTellsTooOftenIsNotListenedTo() {
        PeerExchange exchange = with("198.51.100.1", Share.WORLD);
        IntStream.range(0, 5).forEach(i -> exchange.told(peers(at(2 + i, "198.51.100.2")), now));
        assertEquals(2, met.size());
        now += PeerExchange.PAUSE.toNanos();
        exchange.told(peers(at(2, "198.51.100.2")), now);
        exchange.told(peers(at(2, "198.51.100.2")), now);
        assertEquals(3, met.size());
        for (int i = 0; i < 3; i++) {
            now += PeerExchange.PAUSE.toNanos();
            exchange.told(peers(at(2, "198.51.100.2")), now);
        }
        assertEquals(6, met.size());
    }

    @Test
    void whatIsHeardIsNotToldOn() {
        PeerExchange exchange = with("198.51.100.1", Share.WORLD);
        exchange.told(peers(at(2, "198.51.100.2")), now);
        assertFalse(met.isEmpty());
        tell(with("198.51.100.3", Share.WORLD), Duration.ZERO);
        assertTrue(sent.isEmpty());
    }
}
