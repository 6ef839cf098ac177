// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.api.BlockMap;
import org.guixp2p.api.ConnectivityStatus;
import org.guixp2p.api.PeerStatus;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.ConfigLoader;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.discovery.dht.DhtStatus;
import org.guixp2p.node.discovery.dht.DhtTraffic;
import org.guixp2p.node.doctor.RunningNode;
import org.guixp2p.node.download.Download;
import org.guixp2p.node.download.DownloadTrace;
import org.guixp2p.node.download.Downloads;
import org.guixp2p.node.download.NarRequest;
import org.guixp2p.node.events.NodeJournal;
import org.guixp2p.node.events.NotClaimed;
import org.guixp2p.node.metadata.MetadataSite;
import org.guixp2p.node.portmap.PortMapping;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.narinfo.Verdict;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is looked for when the user asks, with metadata from a server. */
class NodeAnswersTest {
    private static final StorePath ITEM = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[1000]));

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private final TestProbe<Swarm.Command> swarm = kit.createTestProbe();
    private final TestProbe<Seeds.Command> seeds = kit.createTestProbe();
    private final TestProbe<Downloads.Command> downloads = kit.createTestProbe();
    private final List<NarHash> lookedFor = new ArrayList<>();
    private final List<Map<String, ?>> lines = new ArrayList<>();
    private final CompletableFuture<ProviderDirectory.Listener> asked = new CompletableFuture<>();
    private final NodeJournal journal = new NodeJournal(InstantSource.system());
    private boolean cancelled;
    private HttpServer server;
    private Optional<MetadataSite> site = Optional.empty();

    /** Finds what the test says. */
    private final ProviderDirectory directoryOfTest = new ProviderDirectory() {
        @Override
        public void announce(Announcement announcement) {}

        @Override
        public void withdraw(NarHash nar) {}

        @Override
        public Lookup lookup(Question question, Listener asker) {
            lookedFor.add(question.nar());
            asked.complete(asker);
            return () -> cancelled = true;
        }
    };

    @BeforeEach
    void serve() throws IOException {
        byte[] narinfo = new NarinfoSigner(SigningKey.parse(Fixtures.bytes("keys/publisher.sec")), "test")
                .sign(new NarinfoDraft(ITEM, NAR, new NarSize(1000), List.of(), Optional.empty()), List.of()).raw();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            boolean known = exchange.getRequestURI().getPath().equals("/" + ITEM.hashPart() + ".narinfo");
            exchange.sendResponseHeaders(known ? 200 : 404, known ? narinfo.length : -1);
            exchange.getResponseBody().write(known ? narinfo : new byte[0]);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void close() {
        server.stop(0);
        site.ifPresent(MetadataSite::close);
        kit.shutdownTestKit();
    }

    private NodeConfig config() throws ConfigException {
        return ConfigLoader.parse(new Surroundings(Map.of(), "alice", directory, directory), "test",
                "substitute_urls = [\"http://127.0.0.1:" + server.getAddress().getPort() + "\"]").config();
    }

    private NodeAnswers answers(String... publicKeys) throws ConfigException {
        MetadataSite opened = new MetadataSite(kit, directory,
                TestSettings.of(Duration.ofSeconds(20), Duration.ofSeconds(20), 4, 64, 1), publicKeys);
        site = Optional.of(opened);
        NodeConfig config = config();
        LiveView view = new LiveView(config, new CurrentPolicy(config.substitutes().policy()),
                PeerId.ofPublicKey(new byte[PeerId.KEY_BYTES]),
                new Actors(kit.system(), swarm.ref(), seeds.ref(), downloads.ref()),
                new Transfers(), RateLimits.none(), () -> CompletableFuture.completedFuture(List.of()),
                () -> new ConnectivityStatus("reachable", "unreachable"),
                opened.mirrors, journal, new SeedPages(Optional.empty()),
                Optional::empty);
        DhtStatus dht = new DhtStatus(AddressFamily.IPV4, DhtId.of(new byte[DhtId.BYTES]), new InetSocketAddress(6881),
                Optional.of(InetAddress.ofLiteral("203.0.113.5")), 30, false, false, 5, 5, 0, 7, 6881, 0,
                new DhtTraffic(0, 0, 0, 0, 0, 0));
        return new NodeAnswers(config, view, directoryOfTest, () -> CompletableFuture.completedFuture(List.of(dht)),
                () -> Optional.of(new PortMapping.State(new HostAndPort("203.0.113.5", 7881), "PCP")),
                opened.metadata, Reputation.empty(InstantSource.system(), RandomGenerator.getDefault()),
                (question, line) -> CompletableFuture.failedFuture(new IOException("not asked here")),
                Optional.empty());
    }

    private Object said(String key) {
        return Objects.requireNonNull(lines.getLast().get(key), key);
    }

    /** What the doctor reads is what the node says. */
    @Test
    void howItIsDoingComesOverTheSocket() throws Exception {
        NodeConfig config = config();
        PeerStatus inbound = new PeerStatus("peer", "192.0.2.9:4000", "agent", true, 0.5, 0, 0, null);
        PeerStatus dialled = new PeerStatus("other", "192.0.2.10:6881", "agent", false, 0.5, 0, 0, null);
        try (ControlServer _ = ControlServer.start(ControlServer.beside(config.bridge().socketPath()),
                RateLimits.none(),
                answers())) {
            CompletableFuture<RunningNode> asked = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    asked.complete(RunningNode.ask(config));
                } catch (IOException e) {
                    asked.completeExceptionally(e);
                }
            });
            swarm.expectMessageClass(Swarm.Describe.class).replyTo().tell(new Swarm.Described(
                    List.of(inbound, dialled), 0, List.of(new HostAndPort("0.0.0.0", 6881))));
            swarm.expectMessageClass(Swarm.Count.class).replyTo().tell(
                    new Swarm.Counted(2, 0, List.of(new HostAndPort("0.0.0.0", 6881))));
            seeds.expectMessageClass(Seeds.Count.class).replyTo().tell(new Seeds.Counted(Set.of(), 0));
            downloads.expectMessageClass(Downloads.WhatRuns.class).replyTo()
                    .tell(new Downloads.Running(List.of(), List.of()));
            RunningNode said = Eventually.get(asked);
            assertEquals(PeerId.ofPublicKey(new byte[PeerId.KEY_BYTES]).toString(), said.peerId());
            assertEquals(List.of(new HostAndPort("0.0.0.0", 6881)), said.listening());
            assertEquals(Optional.of(new RunningNode.Mapped(new HostAndPort("203.0.113.5", 7881), "PCP")),
                    said.mapped());
            assertEquals(2, said.peers());
            assertEquals(List.of(new HostAndPort("192.0.2.9", 4000)), said.inbound());
            assertEquals(List.of("IPv6"), said.families("unreachable"));
            assertEquals(List.of("IPv4"), said.families("reachable"));
            assertEquals(List.of(new RunningNode.Family("ipv4", Optional.of("203.0.113.5"), 30, false, 7)), said.dht());
            assertEquals(7, said.recordKeptBy());
        }
    }

    private static TransferStatus transfer(long id, StorePath path, String state) {
        return new TransferStatus(id, path.path(), NAR.toString(), 1000, state, 300, 1.5, 1,
                List.of(new TransferStatus.Source("p", 300)), BlockMap.NONE, 0, 0, 0, 0, null);
    }

    /** Not that it was not fetched. */
    @Test
    void whatIsUnderWayIsSaid() throws Exception {
        CompletableFuture<?> answer = answers().answer(new ControlQuestion.Why(ITEM), lines::add);
        TestProbe<Download.Command> download = kit.createTestProbe();
        downloads.expectMessageClass(Downloads.WhatRuns.class).replyTo()
                .tell(new Downloads.Running(List.of(download.ref(), download.ref(), download.ref()), List.of()));
        StorePath other = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-other");
        for (TransferStatus one : List.of(transfer(1, ITEM, "blocks"), transfer(2, other, "blocks"),
                transfer(3, ITEM, "done"))) {
            download.expectMessageClass(Download.Describe.class).replyTo().tell(one);
        }
        Eventually.get(answer);
        assertEquals(1, lines.size());
        assertEquals(List.of("under-way", "blocks", "It is under way: 300 of 1000 bytes are there and verified."),
                List.of(said("outcome"), said("at"), said("answer")));
    }

    /** Also of what was not promised: no download of it has ever begun. */
    @Test
    void whatIsOverAndWhatHappenedIsSaid() throws Exception {
        NodeAnswers answers = answers();
        journal.narinfos().judged(ITEM, "https://server.example", new Verdict.Unsigned(ITEM));
        journal.claims().notClaimed(new NotClaimed(ITEM, Optional.empty(), Duration.ofMillis(5), Duration.ZERO));
        Eventually.get(answers.answer(new ControlQuestion.Builds(), lines::add));
        assertEquals(List.of(1, ITEM.path(), "not-claimed"), List.of(lines.size(), said("path"), said("outcome")));
        Eventually.get(answers.answer(new ControlQuestion.Events(0), lines::add));
        assertEquals(List.of("metadata-refused", ITEM.path()), List.of(said("type"), said("storePath")));
        int told = lines.size();
        Eventually.get(answers.answer(new ControlQuestion.Events(((Number) said("number")).longValue()), lines::add));
        assertEquals(told, lines.size());
    }

    /** Of a closure that nobody has. */
    @Test
    void whatWasNotPromisedDoesNotPushOutWhatWasDownloaded() throws Exception {
        DownloadTrace trace = journal.downloads(_ -> {}).begun(new NarRequest(ITEM, NAR, new NarSize(1000), new byte[0],
                List.of(), true, true, SubstitutePolicy.P2P_FIRST, AutoSeed.OFF));
        trace.at("done");
        trace.ended(new TransferStatus(trace.number(), ITEM.path(), NAR.toString(), 1000, "done", 1000, 0.5, 1,
                List.of(new TransferStatus.Source("p", 1000)), new BlockMap(1, 1, List.of(0, 1)), 0, 0, 0, 0, null));
        for (int item = 0; item < 110; item++) {
            journal.claims().notClaimed(new NotClaimed(new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-item-" + item),
                    Optional.empty(), Duration.ZERO, Duration.ZERO));
        }
        Eventually.get(answers().answer(new ControlQuestion.Builds(), lines::add));
        assertEquals(51, lines.size());
        assertEquals(List.of(ITEM.path()), lines.stream().filter(line -> "done".equals(line.get("outcome")))
                .map(line -> line.get("path")).toList());
    }

    @Test
    void howMuchPeersGiveAndWhyADownloadFailedIsSaid() throws Exception {
        NodeAnswers answers = answers();
        CompletableFuture<?> peers = answers.answer(new ControlQuestion.Peers(), lines::add);
        swarm.expectMessageClass(Swarm.Describe.class).replyTo().tell(new Swarm.Described(List.of(new PeerStatus(
                PeerId.ofPublicKey(new byte[PeerId.KEY_BYTES]).toString(), "192.0.2.9:4000", "agent", true, 0.5, 7, 8,
                1.5)), 0, List.of()));
        Eventually.get(peers);
        assertEquals(List.of(7L, 8L, 1.5), List.of(said("received_bytes"), said("sent_bytes"), said("round_trip_ms")));
        CompletableFuture<?> transfers = answers.answer(new ControlQuestion.Transfers(), lines::add);
        downloads.expectMessageClass(Downloads.WhatRuns.class).replyTo()
                .tell(new Downloads.Running(List.of(), List.of(new TransferStatus(1, ITEM.path(), NAR.toString(), 1000,
                        "failed", 0, 1.5, 0, List.of(), BlockMap.NONE, 0, 0, 0, 0, "nobody has it"))));
        Eventually.get(transfers);
        assertEquals("nobody has it", said("failure"));
    }

    @Test
    void whoHasAPublicItemIsSaidAsItIsFound() throws Exception {
        CompletableFuture<?> answer = answers("publisher").answer(new ControlQuestion.ProvidersOfPath(ITEM),
                lines::add);
        ProviderDirectory.Listener listener = Eventually.get(asked);
        assertEquals(List.of(NAR), lookedFor);
        assertEquals(NAR.toString(), said("nar"));
        listener.found(List.of(new ProviderHint.Unnamed(new HostAndPort("192.0.2.7", 6881))));
        assertEquals("192.0.2.7:6881", said("provider"));
        assertTrue(((Long) said("after_ms")) >= 0);
        assertEquals(false, answer.isDone());
        listener.ended(ProviderDirectory.End.EXHAUSTED);
        assertEquals("exhausted", said("ended"));
        Eventually.get(answer);
    }

    /** Whoever is asked would learn of it. */
    @Test
    void aPrivateItemIsNotLookedFor() throws Exception {
        Eventually.get(answers().answer(new ControlQuestion.ProvidersOfPath(ITEM), lines::add));
        assertEquals("private", said("refused"));
        assertEquals(List.of(), lookedFor);
    }

    @Test
    void whatNoServerKnowsIsNotLookedFor() throws Exception {
        StorePath unknown = new StorePath("0h4g6321gwygvwv47kr4bc8y0lf49fsy-unknown");
        Eventually.get(answers("publisher").answer(new ControlQuestion.ProvidersOfPath(unknown), lines::add));
        assertEquals("unknown", said("refused"));
        assertEquals(List.of(), lookedFor);
    }

    @Test
    void aSearchThatIsGivenUpEndsTheLookup() throws Exception {
        CompletableFuture<?> answer = answers().answer(new ControlQuestion.ProvidersOfNar(NAR), lines::add);
        assertEquals(List.of(NAR), lookedFor);
        answer.cancel(false);
        assertTrue(cancelled);
    }
}
