// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;

/** Downloads between real nodes that are not connected, and find each other. */
class DiscoveryTest extends SharedItem {
    private final Answering directory = new Answering();

    @Override
    void write(Path item) throws IOException {
        Files.write(item, noise(4 * BlockLayout.BLOCK_BYTES));
    }

    /** What the fetcher finds is what the test tells it. */
    private static final class Answering implements ProviderDirectory {
        private final List<Question> questions = new ArrayList<>();
        private final CompletableFuture<Listener> asked = new CompletableFuture<>();
        private final CompletableFuture<Void> cancelled = new CompletableFuture<>();

        @Override
        public void announce(Announcement announcement) {}

        @Override
        public void withdraw(NarHash nar) {}

        @Override
        public synchronized Lookup lookup(Question question, Listener listener) {
            questions.add(question);
            asked.complete(listener);
            return () -> cancelled.complete(null);
        }

        private synchronized int wanted() {
            return questions.getFirst().wanted();
        }

        private synchronized List<NarHash> lookedFor() {
            return questions.stream().map(Question::nar).toList();
        }
    }

    private static ProviderHint at(TestSite site) {
        return new ProviderHint.Unnamed(site.address().endpoint());
    }

    private TestSite seeder() throws IOException {
        return stocked(offers -> offers, giving -> {
            TestSite site = new TestSite(nextRoot(), SubstitutePolicy.P2P_ONLY, List.of(), giving, LONG, LONG);
            sites.add(site);
            return site;
        });
    }

    private TestSite fetcher(SubstitutePolicy policy, TestSite... named) throws IOException {
        TestSite site = new TestSite(nextRoot(), policy, addresses(named), offers -> offers, LONG, LONG);
        sites.add(site);
        return site;
    }

    private CompletionStage<List<NarEvent>> fetch(TestSite site, SubstitutePolicy policy, NarSupply... servers) {
        ActorRef<Downloads.Command> downloads = site.kit
                .spawn(Downloads.create(site.context(site.swarm, directory)));
        CompletableFuture<OpenedNar> opened = new CompletableFuture<>();
        downloads.tell(new Downloads.Fetch(new NarRequest(PATH, hash, new NarSize(nar.length), new byte[]{1},
                List.of(servers), true, true, policy, AutoSeed.OFF), opened));
        return Eventually.get(opened).events().runWith(Sink.seq(), site.kit.system());
    }

    private ProviderDirectory.Listener asked() {
        return Eventually.get(directory.asked);
    }

    @Test
    void whoIsFoundIsMetAndGivesTheWhole() throws Exception {
        TestSite seeder = seeder();
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY);
        CompletionStage<List<NarEvent>> reader = fetch(fetcher, SubstitutePolicy.P2P_ONLY);
        asked().found(List.of(at(seeder)));
        assertEquals(nar.length, from(whole(fetcher, reader), seeder));
        assertEquals(hash, directory.lookedFor().getFirst());
    }

    @Test
    void whoIsFoundByNameTooAndHewhoIsGoneIsPassedOver() throws Exception {
        TestSite seeder = seeder();
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY);
        HostAndPort gone;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            gone = new HostAndPort("127.0.0.1", closed.getLocalPort());
        }
        CompletionStage<List<NarEvent>> reader = fetch(fetcher, SubstitutePolicy.P2P_ONLY);
        asked().found(List.of(new ProviderHint.Unnamed(gone)));
        asked().found(List.of(new ProviderHint.Known(new PeerAddress(seeder.identity.peerId(),
                seeder.address().endpoint()))));
        assertEquals(nar.length, from(whole(fetcher, reader), seeder));
    }

    /** Liars on a lookup's way may name as many as they like: who turns out to have it counts. */
    @Test
    void manyWhoHaveNothingHideNobodyWhoHasIt() throws Exception {
        TestSite seeder = seeder();
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY);
        List<ProviderHint> gone = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                gone.add(new ProviderHint.Unnamed(new HostAndPort("127.0.0.1", closed.getLocalPort())));
            }
        }
        CompletionStage<List<NarEvent>> reader = fetch(fetcher, SubstitutePolicy.P2P_ONLY);
        asked().found(gone);
        asked().found(gone);
        asked().found(List.of(at(seeder)));
        assertEquals(nar.length, from(whole(fetcher, reader), seeder));
        assertEquals(ProviderDirectory.Question.MAX_WANTED, directory.wanted());
    }

    /** Servers would do: but who is being dialled is waited for. */
    @Test
    void serversComeAfterThoseWhoAreFound() throws Exception {
        TestSite seeder = seeder();
        TestSite fetcher = new TestSite(nextRoot(), TestSite.config(nextRoot(), SubstitutePolicy.P2P_FIRST, List.of(),
                LONG, LONG, 1, 8), offers -> offers, LONG);
        sites.add(fetcher);
        NarSupply unused = new TestSupply("http://a/nar/x",
                () -> Source.failed(new AssertionError("the server is asked")));
        CompletionStage<List<NarEvent>> reader = fetch(fetcher, SubstitutePolicy.P2P_FIRST, unused);
        asked().found(List.of(at(seeder)));
        asked().ended(ProviderDirectory.End.EXHAUSTED);
        assertEquals(nar.length, from(whole(fetcher, reader), seeder));
    }

    @Test
    void whenNobodyIsFoundServersAreAskedAtOnce() throws Exception {
        TestSite fetcher = new TestSite(nextRoot(), TestSite.config(nextRoot(), SubstitutePolicy.P2P_FIRST, List.of(),
                LONG, LONG, 1, 8), offers -> offers, LONG);
        sites.add(fetcher);
        CompletableFuture<Void> asked = new CompletableFuture<>();
        NarSupply server = new TestSupply("http://a/nar/x", () -> {
            asked.complete(null);
            return Source.never();
        });
        fetch(fetcher, SubstitutePolicy.P2P_FIRST, server);
        asked().ended(ProviderDirectory.End.EXHAUSTED);
        Eventually.get(asked);
    }

    @Test
    void whoeverLiesAboutAProviderCostsOnlyTheDial() throws Exception {
        TestSite seeder = seeder();
        TestSite empty = fetcher(SubstitutePolicy.P2P_ONLY);
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY);
        CompletionStage<List<NarEvent>> reader = fetch(fetcher, SubstitutePolicy.P2P_ONLY);
        asked().found(List.of(at(empty), at(fetcher), at(seeder)));
        assertEquals(nar.length, from(whole(fetcher, reader), seeder));
    }

    /** The directory is for what those who are connected have not. */
    @Test
    void whatAConnectedPeerHasIsLookedUpNowhereElse() throws Exception {
        TestSite seeder = seeder();
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, seeder);
        String id = seeder.identity.peerId().toString();
        Eventually.holds(() -> SiteReader.connected(fetcher).contains(id), () -> "a connection");
        assertEquals(nar.length, from(whole(fetcher, fetch(fetcher, SubstitutePolicy.P2P_ONLY)), seeder));
        assertEquals(List.of(), directory.lookedFor());
    }

    /** Those who may be enough, if all have what they say that they have, have longer; nobody is waited for who has answered. */
    @Test
    void whoeverSaysThatItHasItIsWaitedFor() {
        assertFalse(Discovery.isDue(false, false, Discovery.HEAD_START_MILLIS - 1));
        assertTrue(Discovery.isDue(false, false, Discovery.HEAD_START_MILLIS));
        assertFalse(Discovery.isDue(false, true, Discovery.NAMED_MILLIS - 1));
        assertTrue(Discovery.isDue(false, true, Discovery.NAMED_MILLIS));
        assertTrue(Discovery.isDue(true, true, 0));
    }

    /** A light session suffices to know whom to meet. */
    @Test
    void aStrangerWhoSaysThatItHasItIsMetAndNobodyElseIsLookedFor() throws Exception {
        TestSite seeder = seeder();
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY);
        HostAndPort there = seeder.address().endpoint();
        fetcher.swarm.tell(new Swarm.Stranger(new InetSocketAddress(there.host(), there.port())));
        List<PeerId> named = List.of(seeder.identity.peerId());
        Eventually.holds(() -> fetcher.inventories.named(hash).equals(named), () -> "its inventory");
        assertFalse(SiteReader.connected(fetcher).contains(seeder.identity.peerId().toString()));
        assertEquals(nar.length, from(whole(fetcher, fetch(fetcher, SubstitutePolicy.P2P_ONLY)), seeder));
        assertEquals(List.of(), directory.lookedFor());
    }

    @Test
    void whoeverHasNotWhatItSaysTooOftenIsNotAskedBecauseOfThatAnyMore() throws Exception {
        TestSite liar = fetcher(SubstitutePolicy.P2P_ONLY);
        liar.inventories.add(hash);
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY, liar);
        List<PeerId> named = List.of(liar.identity.peerId());
        Eventually.holds(() -> fetcher.inventories.named(hash).equals(named), () -> "its inventory");
        for (int i = 0; i < 7; i++) {
            assertFalse(fetcher.inventories.missed(liar.identity.peerId(), hash));
        }
        assertEquals(named, fetcher.inventories.named(hash));
        fetch(fetcher, SubstitutePolicy.P2P_ONLY);
        Eventually.holds(() -> fetcher.inventories.named(hash).isEmpty(), () -> "nobody who is believed");
        // What nobody connected has is looked for elsewhere.
        asked();
    }

    @Test
    void aDownloadThatIsOverLooksNoFurther() throws Exception {
        TestSite seeder = seeder();
        TestSite fetcher = fetcher(SubstitutePolicy.P2P_ONLY);
        CompletionStage<List<NarEvent>> reader = fetch(fetcher, SubstitutePolicy.P2P_ONLY);
        asked().found(List.of(at(seeder)));
        assertInstanceOf(NarEvent.Done.class,
                reader.toCompletableFuture().get(60, TimeUnit.SECONDS).getLast());
        Eventually.get(directory.cancelled);
    }
}
