// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.guixp2p.node.discovery.ProviderDirectory.End;
import org.guixp2p.node.discovery.dht.Dht;
import org.guixp2p.node.discovery.dht.DhtDirectory;
import org.guixp2p.node.discovery.dht.DhtTraffic;
import org.guixp2p.node.discovery.dht.LoopbackDht;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Over a real network of nodes on this machine: each provider is a node at an address of its own. */
class DhtDirectoryTest extends ProviderDirectoryContract {
    private static final Logger LOG = LoggerFactory.getLogger(DhtDirectoryTest.class);
    private static final int PORT = 7000;

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

    private static String host(int number) {
        return "127.0.1." + number;
    }

    private Dht node(int number) throws IOException {
        return network.add(host(number), PORT + number);
    }

    @Override
    ProviderHint provider(int number) {
        return new ProviderHint.Unnamed(new HostAndPort(host(number), PORT + number));
    }

    @Override
    ProviderDirectory knowing(int providers) throws IOException {
        Dht asking = node(101);
        node(102);
        List<Dht> nodes = new ArrayList<>();
        for (int i = 1; i <= providers; i++) {
            nodes.add(node(i));
        }
        network.settle();
        nodes.forEach(node -> node.directory(alarm).announce(OURS));
        nodes.forEach(node -> LoopbackDht.announced(node, 1));
        return asking.directory(alarm);
    }

    /** It ends by itself, in time that no test moves. */
    @Override
    void finish(Heard heard) {
        Eventually.holds(() -> heard.end().isPresent(), () -> "an end");
    }

    /** The figure of docs/dht.md: questions and their answers, of one lookup that goes on to its end. */
    @Test
    void aLookupTakesFewDatagrams() throws IOException {
        ProviderDirectory asking = knowing(30);
        long before = datagrams();
        Heard heard = new Heard(100);
        asking.lookup(question(100), heard);
        finish(heard);
        long took = datagrams() - before;
        LOG.info("one lookup among 32 nodes, of which 30 are providers: {} datagrams", took);
        assertEquals(30, heard.hints().size());
        // Somebody may be pinged meanwhile.
        assertTrue(took >= 16 && took <= 2 * 32, () -> took + " datagrams");
    }

    private long datagrams() {
        DhtTraffic traffic = LoopbackDht.status(network.first()).traffic();
        return traffic.sent() + traffic.received();
    }

    @Test
    void whereNobodyCanBeAskedItFails() throws IOException {
        Heard heard = new Heard(3);
        node(1).directory(alarm).lookup(question(3), heard);
        finish(heard);
        assertEquals(Optional.of(End.FAILED), heard.end());
    }

    @Test
    void wherePeersAreLookedForInVainItIsExhausted() throws IOException {
        Heard heard = new Heard(3);
        knowing(0).lookup(question(3), heard);
        finish(heard);
        assertEquals(Optional.of(End.EXHAUSTED), heard.end());
        assertEquals(List.of(), heard.hints());
    }

    @Test
    void allMeetInOnePlace() throws IOException {
        Dht one = node(1);
        Dht two = node(2);
        Dht three = node(3);
        network.settle();
        for (Dht dht : List.of(one, two, three)) {
            dht.directory(alarm).announceRendezvous();
        }
        for (Dht dht : List.of(one, two, three)) {
            LoopbackDht.announced(dht, 1);
        }
        Heard heard = new Heard(9);
        one.directory(alarm).lookupRendezvous(9, WITHIN, heard);
        finish(heard);
        assertEquals(Set.of(provider(2), provider(3)), new HashSet<>(heard.hints()));
        assertEquals(List.of(), heard.faults());
        three.directory(alarm).withdrawRendezvous();
        LoopbackDht.announced(three, 0);
    }

    /** A port below those of users may be anything; and whoever looks for providers is none to itself. */
    @Test
    void neitherThisNodeNorWhatNobodyShouldDialIsFound() throws IOException {
        Dht asking = node(1);
        Dht low = network.add(host(2), 80);
        Dht other = node(3);
        network.settle();
        for (Dht dht : List.of(asking, low, other)) {
            dht.directory(alarm).announce(OURS);
            LoopbackDht.announced(dht, 1);
        }
        Heard heard = new Heard(9);
        asking.directory(alarm).lookup(question(9), heard);
        finish(heard);
        assertEquals(List.of(provider(3)), heard.hints());
    }

    @Test
    void whatIsWithdrawnIsNotAnnouncedAgain() throws IOException {
        Dht one = node(1);
        node(2);
        network.settle();
        DhtDirectory ours = one.directory(alarm);
        ours.announce(OURS);
        LoopbackDht.announced(one, 1);
        ours.withdraw(NAR);
        ours.announce(Hints.announcement(2));
        Eventually.holds(() -> LoopbackDht.status(one).announced() == 1, () -> "the second");
        assertEquals(1, LoopbackDht.status(one).chosen());
    }
}
