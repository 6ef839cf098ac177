// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.KrpcDecoder;
import org.guixp2p.protocol.dht.KrpcEncoder;
import org.guixp2p.protocol.dht.KrpcMessage;
import org.guixp2p.protocol.dht.KrpcMethod;
import org.guixp2p.protocol.dht.KrpcQuery;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DhtTest {
    private static final HostAndPort HERE = new HostAndPort("127.0.0.1", 0);

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

    private DhtSettings settings(String state, List<HostAndPort> listen, List<HostAndPort> routers) {
        return new DhtSettings(IdRule.PREFERRED, listen, routers, List.of(),
                List.of(new HostAndPort("node.example", 6881)), 100,
                directory.resolve(state));
    }

    private Dht start(String state, HostAndPort... routers) throws IOException {
        return network.add(settings(state, List.of(HERE), List.of(routers)));
    }

    private static InetSocketAddress udp(Dht dht) {
        HostAndPort address = dht.listening().getFirst();
        return new InetSocketAddress(InetAddress.ofLiteral(address.host()), address.port());
    }

    @Test
    void whoeverIsKnownIsKnownAfterARestartWithoutRouters() throws IOException {
        Dht other = start("a");
        Dht first = start("b", other.listening().getFirst());
        network.settle();
        DhtId id = LoopbackDht.status(first).id();
        Eventually.get(first.stop());
        assertEquals(List.of("ipv4"), names(directory.resolve("b")));
        Dht again = start("b");
        Eventually.holds(() -> !LoopbackDht.status(again).isAlone(), () -> "to be known again");
        assertEquals(id, LoopbackDht.status(again).id());
    }

    private static List<String> names(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aForeignFileIsToldAndReplaced() throws Exception {
        Dht other = start("a");
        Path file = Files.createDirectories(directory.resolve("b")).resolve("ipv4");
        Files.writeString(file, "something else");
        try (LogLines log = new LogLines()) {
            Dht dht = start("b", other.listening().getFirst());
            log.await("b/ipv4 cannot be read, and a new one begins");
            network.settle();
            Eventually.get(dht.stop());
        }
        assertEquals(AddressFamily.IPV4, DhtState.decode(Files.readAllBytes(file), AddressFamily.IPV4).family());
    }

    @Test
    void whereNothingCanBeKeptItRunsAllTheSame() throws Exception {
        Dht other = start("a");
        Files.createDirectories(directory.resolve("b/ipv4/x"));
        try (LogLines log = new LogLines()) {
            Dht dht = start("b", other.listening().getFirst());
            log.await("b/ipv4 cannot be read, and a new one begins");
            network.settle();
            Eventually.get(dht.stop());
            log.await("b/ipv4 could not be written");
        }
    }

    @Test
    void anAddressInUseIsToldInOneLine() throws IOException {
        Dht other = start("a");
        IOException e = assertThrows(IOException.class,
                () -> network.add(settings("b", other.listening(), List.of())));
        String said = String.valueOf(e.getMessage());
        assertTrue(said.startsWith("dht: cannot listen at UDP " + other.listening().getFirst() + ": "), said);
    }

    @Test
    void aRouterThatIsNotThereIsToldAndOthersAreJoined() throws Exception {
        Dht other = start("a");
        try (LogLines log = new LogLines()) {
            start("b", new HostAndPort("nobody.invalid", 6881), other.listening().getFirst());
            log.await("nobody.invalid:6881 is not there to join by");
        }
        network.settle();
    }

    @Test
    void aRoutersFailureIsToldOnceAndWhatItStoodForStays() {
        HostAndPort name = new HostAndPort("a.example", 1);
        InetSocketAddress address = LoneNode.at(1);
        Routers routers = new Routers(List.of(name), AddressFamily.IPV4);
        Routers.Resolved failed = new Routers.Resolved(name, List.of(), "no such host");
        Routers.Resolved found = new Routers.Resolved(name, List.of(address), "");
        assertEquals(List.of(), routers.with(failed));
        assertEquals(List.of(address), routers.with(found));
        try (LogLines log = new LogLines()) {
            assertEquals(List.of(address), routers.with(failed));
            assertEquals(List.of(address), routers.with(failed));
            assertEquals(1, log.count("a.example:1 is not there"));
        }
    }

    /** Both families, by one socket where it is bound to every address. */
    @Test
    void bothFamiliesMeetByOneSocket() throws IOException {
        Dht all = network.add(settings("a", List.of(new HostAndPort("::", 0)), List.of()));
        int port = all.listening().getFirst().port();
        Dht both = network.add(settings("b", List.of(HERE, new HostAndPort("::1", 0)),
                List.of(new HostAndPort("127.0.0.1", port), new HostAndPort("::1", port))));
        assertEquals(2, both.listening().size());
        for (Dht dht : List.of(all, both)) {
            Eventually.holds(() -> Eventually.get(dht.describe()).stream().noneMatch(DhtStatus::isAlone),
                    () -> "both families to be joined");
            assertEquals(List.of(AddressFamily.IPV4, AddressFamily.IPV6),
                    Eventually.get(dht.describe()).stream().map(DhtStatus::family).toList());
        }
    }

    /** A stranger with a socket. */
    private final class Stranger implements AutoCloseable {
        private final DhtSocket socket = DhtSocket.bind(new InetSocketAddress("127.0.0.1", 0));
        private final BlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();
        private final DhtId id = DhtId.random(new Random(1));

        Stranger() throws IOException {
            socket.start((from, datagram, answer) -> answers.add(datagram));
        }

        void ping(Dht dht, String transaction) {
            socket.send(udp(dht), KrpcEncoder.encode(new KrpcMessage.Query(Octets.ascii(transaction), Octets.EMPTY,
                    true, new KrpcQuery.Ping(id))));
        }

        /** To what the next answer is one. */
        Octets answered() throws Exception {
            byte[] answer = answers.poll(30, TimeUnit.SECONDS);
            if (answer == null) {
                throw new AssertionError("no answer");
            }
            return KrpcDecoder.decode(answer, ignored -> Optional.of(KrpcMethod.PING)).transaction();
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    @Test
    void whoOnlyAsksAnswersNobody() throws Exception {
        Dht dht = start("a");
        dht.readOnly(AddressFamily.IPV4, true);
        Eventually.holds(() -> LoopbackDht.status(dht).readOnly(), () -> "only to ask");
        try (Stranger stranger = new Stranger()) {
            stranger.ping(dht, "a1");
            Eventually.holds(() -> LoopbackDht.status(dht).traffic().received() == 1, () -> "the first one");
            dht.readOnly(AddressFamily.IPV4, false);
            stranger.ping(dht, "b2");
            assertEquals(Octets.ascii("b2"), stranger.answered());
        }
    }

    @Test
    void whoOnlyAsksAnnouncesNothing() throws Exception {
        Dht other = start("a");
        Dht dht = start("b", other.listening().getFirst());
        network.settle();
        dht.readOnly(AddressFamily.IPV4, true);
        dht.directory((delay, action) -> () -> {}).announceRendezvous();
        assertEquals(1, LoopbackDht.status(dht).chosen());
        // An announcement takes two questions to the same node, one after the other; each of these takes one.
        lookUp(dht);
        lookUp(dht);
        lookUp(dht);
        assertEquals(0, LoopbackDht.status(dht).announced());
        dht.readOnly(AddressFamily.IPV4, false);
        LoopbackDht.announced(dht, 1);
    }

    /** Looks for somebody, to the end. */
    private static void lookUp(Dht dht) {
        CompletableFuture<ProviderDirectory.End> end = new CompletableFuture<>();
        ProviderDirectory.Question question = new ProviderDirectory.Question(
                new NarHash(Sha256.hash(new byte[]{1})), 9, Duration.ofSeconds(10));
        dht.directory((delay, action) -> () -> {}).lookup(question, new ProviderDirectory.Listener() {
            @Override
            public void found(List<ProviderHint> hints) {}

            @Override
            public void ended(ProviderDirectory.End how) {
                end.complete(how);
            }
        });
        assertEquals(ProviderDirectory.End.EXHAUSTED, Eventually.get(end));
    }

    @Test
    void whateverStrangersSendItGoesOn() throws Exception {
        Dht dht = start("a");
        Random random = new Random(5);
        try (Stranger stranger = new Stranger(); Stranger other = new Stranger()) {
            for (int i = 0; i < 2000; i++) {
                byte[] datagram = new byte[random.nextInt(1500)];
                random.nextBytes(datagram);
                stranger.socket.send(udp(dht), datagram);
            }
            other.ping(dht, "c3");
            assertEquals(Octets.ascii("c3"), other.answered());
        }
        assertTrue(LoopbackDht.status(dht).traffic().dropped() > 0);
    }

    /** An actor that has much else to do is not buried. */
    @Test
    void onlySoManyDatagramsWait() {
        TestProbe<DhtActor.Command> slow = network.kit.createTestProbe();
        Backlog backlog = new Backlog();
        for (int i = 0; i < Backlog.MOST + 10; i++) {
            backlog.offer(LoneNode.at(i), new byte[1], false, slow.ref());
        }
        assertEquals(10, backlog.dropped());
        assertEquals(Backlog.MOST, slow.receiveSeveralMessages(Backlog.MOST).size());
        backlog.taken(false);
        backlog.offer(LoneNode.at(1), new byte[]{7}, false, slow.ref());
        assertArrayEquals(new byte[]{7}, slow.expectMessageClass(DhtActor.Received.class).datagram());
        backlog.offer(LoneNode.at(1), new byte[1], false, slow.ref());
        assertEquals(11, backlog.dropped());
        // What was asked for has places of its own.
        for (int i = 0; i < Backlog.MOST_ANSWERS; i++) {
            backlog.offer(LoneNode.at(i), new byte[1], true, slow.ref());
        }
        assertEquals(11, backlog.dropped());
        backlog.offer(LoneNode.at(1), new byte[1], true, slow.ref());
        assertEquals(12, backlog.dropped());
    }

    /** Others keep the port from before for a while. */
    @Test
    void aPortThatTheRouterHasIsAnnouncedInPlaceOfTheOwn() throws IOException {
        Dht seeder = network.add("127.0.0.1", 7001);
        Dht other = network.add("127.0.0.1", 7002);
        network.settle();
        seeder.directory((delay, action) -> () -> {}).announceRendezvous();
        LoopbackDht.announced(seeder, 1);
        assertEquals(Set.of(7001), portsFoundBy(other));
        seeder.port(OptionalInt.of(7881));
        Eventually.holds(() -> portsFoundBy(other).equals(Set.of(7001, 7881)), () -> "found " + portsFoundBy(other));
    }

    @Test
    void aPartIsAnnouncedUntilItIsWithdrawnOrTheWholeIsThere() throws IOException {
        Dht own = network.add("127.0.0.1", 7001);
        for (int i = 0; i < 5; i++) {
            network.add("127.0.0.1", 7010 + i);
        }
        network.settle();
        DhtDirectory directory = own.directory((delay, action) -> () -> {});
        NarHash nar = new NarHash(Sha256.hash(new byte[]{7}));
        ProviderDirectory.Announcement announcement = new ProviderDirectory.Announcement(nar, 1 << 24, 0);
        directory.announcePart(announcement);
        LoopbackDht.announced(own, 1);
        directory.withdrawPart(nar);
        LoopbackDht.announced(own, 0);
        directory.announcePart(announcement);
        directory.announce(announcement);
        directory.withdrawPart(nar);
        LoopbackDht.announced(own, 1);
        assertEquals(1, LoopbackDht.status(own).chosen());
        directory.withdraw(nar);
        LoopbackDht.announced(own, 0);
    }

    private static Set<Integer> portsFoundBy(Dht dht) {
        Set<Integer> ports = ConcurrentHashMap.newKeySet();
        CompletableFuture<ProviderDirectory.End> end = new CompletableFuture<>();
        dht.directory((delay, action) -> () -> {}).lookupRendezvous(9, Duration.ofSeconds(30),
                new ProviderDirectory.Listener() {
                    @Override
                    public void found(List<ProviderHint> hints) {
                        hints.forEach(hint -> ports.add(((ProviderHint.Unnamed) hint).address().port()));
                    }

                    @Override
                    public void ended(ProviderDirectory.End how) {
                        end.complete(how);
                    }
                });
        Eventually.get(end);
        return ports;
    }

    @Test
    void afterTheEndItsPortIsFree() throws IOException {
        Dht dht = start("a");
        List<HostAndPort> listening = dht.listening();
        assertNotEquals(0, listening.getFirst().port());
        Eventually.get(dht.stop());
        network.add(settings("b", listening, List.of()));
    }
}
