// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.stream.javadsl.Source;
import org.guixp2p.node.bridge.Substitutes;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Fallback;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.SeedStore;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.download.Downloads;
import org.guixp2p.node.download.NarRequest;
import org.guixp2p.node.download.NarSupply;
import org.guixp2p.node.download.PeersOver;
import org.guixp2p.node.events.ClaimWatcher;
import org.guixp2p.node.events.NotClaimed;
import org.guixp2p.node.download.OpenedNar;
import org.guixp2p.node.http.HttpNarSource;
import org.guixp2p.node.http.HttpSettings;
import org.guixp2p.node.metadata.AskedServers;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.metadata.MetadataSite;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestMirrors;
import org.guixp2p.node.testing.TestNars;
import org.guixp2p.node.testing.TestServer;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.persistence.ledger.Exclusions;
import org.guixp2p.persistence.mirrors.Fault;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.item.NamePattern;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.NarSource;
import org.guixp2p.protocol.narinfo.NarUrl;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.substituter.NixOptions;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.event.Level;

/** What becomes of a question of the daemon's, from real servers' narinfos to the order for a download. */
class NodeSubstitutesTest {
    private static final StorePath HELLO = TestNars.HELLO.path();
    private static final HttpSettings HTTP = TestSettings.of(Duration.ofSeconds(20), Duration.ofSeconds(20), 4, 64, 1);
    private static final NixOptions NO_OPTIONS = NixOptions.parse("");

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private final TestProbe<Downloads.Command> downloads = kit.createTestProbe();
    private final Queue<NarHash> asked = new ConcurrentLinkedQueue<>();
    private final Queue<NotClaimed> notClaimed = new ConcurrentLinkedQueue<>();
    private final Queue<StorePath> claimed = new ConcurrentLinkedQueue<>();
    private volatile boolean peersHaveIt;
    private volatile boolean keptHere;
    private KeptBack keptBack = new KeptBack(NodeConfig.Store.NOTHING, Optional.empty());
    private final HttpNarSource source = new HttpNarSource(kit.system(), HTTP, RateLimits.none().download(),
            64 << 20, TestMirrors.unknown());

    @AfterEach
    void close() {
        source.close();
        kit.shutdownTestKit();
    }

    private NodeSubstitutes substitutes(MetadataSite site, URI... urls) {
        return substitutes(site, SubstitutePolicy.P2P_FIRST, urls);
    }

    private NodeSubstitutes substitutes(MetadataSite site, SubstitutePolicy policy, URI... urls) {
        return substitutes(site, policy, List.of(), urls);
    }

    private NodeSubstitutes substitutes(MetadataSite site, SubstitutePolicy policy, List<URI> found, URI... urls) {
        NodeConfig config = new NodeConfig(
                new NodeConfig.Substitutes(policy, List.of(urls), 1, directory.resolve("acl")),
                new NodeConfig.Seeding(Share.LAN, List.of(), List.of(), AutoSeed.P2P),
                new NodeConfig.Network(List.of(), List.of(), List.of(), 50),
                new NodeConfig.Transfers(Duration.ofSeconds(5), Duration.ofSeconds(5), 8, ByteRate.UNLIMITED,
                        ByteRate.UNLIMITED),
                new NodeConfig.Files(directory, directory, directory),
                new NodeConfig.Bridge(directory.resolve("socket"), Optional.empty(), Fallback.NONE), Optional.empty(),
                Level.INFO);
        TestProbe<Swarm.Command> swarm = kit.createTestProbe();
        TestProbe<Seeds.Command> seeds = kit.createTestProbe();
        return new NodeSubstitutes(config, keptBack, config.substitutes()::policy, site.metadata,
                (trusted, size) -> trusted.offers().stream()
                        .<NarSupply>map(offer -> new ServerNar(source, offer, size, site.mirrors, List.of())).toList(),
                (nar, ahead) -> {
                    asked.add(nar);
                    return CompletableFuture
                            .completedFuture(peersHaveIt ? Optional.empty() : Optional.of(PeersOver.NO_PROVIDER));
                }, new Actors(kit.system(), swarm.ref(), seeds.ref(), downloads.ref()),
                nar -> CompletableFuture.completedFuture(keptHere), named -> found,
                new ClaimWatcher() {
                    @Override
                    public void claimed(StorePath path) {
                        claimed.add(path);
                    }

                    @Override
                    public void notClaimed(NotClaimed item) {
                        notClaimed.add(item);
                    }
                });
    }

    /** A server that has this fixture for every question. */
    private static TestServer serving(String fixture, CountDownLatch go) throws Exception {
        byte[] narinfo = Fixtures.bytes("narinfo/" + HELLO.hashPart() + fixture + ".narinfo");
        return TestServer.pages((path, connection) -> {
            go.await();
            connection.answer(path.equals("/" + HELLO.hashPart() + ".narinfo") ? 200 : 404, narinfo);
        });
    }

    @Test
    void aClientsServersStandInPlaceOfOurs() throws Exception {
        CountDownLatch now = new CountDownLatch(0);
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP);
                TestServer ours = serving("", now);
                TestServer theirs = serving("", now)) {
            NodeSubstitutes substitutes = substitutes(site, ours.uri());
            NixOptions options = NixOptions.parse("substitute-urls=" + theirs.uri() + "\n");
            assertEquals(List.of(HELLO), Eventually.get(substitutes.lookup(List.of(HELLO), options)).stream()
                    .map(Substitutes.Available::path).toList());
            assertEquals(List.of(), ours.requests());
            assertFalse(theirs.requests().isEmpty());
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            assertFalse(ours.requests().isEmpty());
            int theirsBefore = theirs.requests().size();
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), options)).size());
            assertEquals(theirsBefore, theirs.requests().size(), "they have answered");
        }
    }

    @Test
    void serversThatWereFoundAreAskedBesidesTheNamedOnesButNotForTheGatewaysClients() throws Exception {
        CountDownLatch now = new CountDownLatch(0);
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP);
                TestServer named = TestServer.pages((path, connection) -> connection.answer(404, ""));
                TestServer found = serving("", now)) {
            NodeSubstitutes substitutes = substitutes(site, SubstitutePolicy.P2P_FIRST, List.of(found.uri()),
                    named.uri());
            assertEquals(List.of(), Eventually.get(substitutes.ofNamedServers().lookup(List.of(HELLO), NO_OPTIONS)));
            assertEquals(List.of(), Eventually.get(substitutes.lookup(List.of(HELLO),
                    NixOptions.parse("substitute-urls=\n"))));
            assertEquals(List.of(), found.requests());
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO),
                    NixOptions.parse("untrusted-substitute-urls=" + named.uri()))).size());
            assertFalse(found.requests().isEmpty());
        }
    }

    /** No more are asked than are asked in all, and the named ones first. */
    @Test
    void howeverManyWereFoundNamedOnesHavePlaces() throws Exception {
        CountDownLatch now = new CountDownLatch(0);
        URI dead = URI.create("http://127.0.0.1:" + TestServer.deadPort());
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP);
                TestServer named = serving("", now);
                TestServer last = serving("", now)) {
            List<URI> found = new ArrayList<>();
            for (int i = 1; i < Metadata.MOST_SERVERS; i++) {
                found.add(dead.resolve("/" + i));
            }
            found.add(last.uri());
            NodeSubstitutes substitutes = substitutes(site, SubstitutePolicy.P2P_FIRST, found, named.uri());
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            assertFalse(named.requests().isEmpty());
            assertEquals(List.of(), last.requests());
        }
    }

    @Test
    void aPublicItemIsOpenedAsPublicThoughAPrivateAnswerCameFirst() throws Exception {
        CountDownLatch later = new CountDownLatch(1);
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "second");
                TestServer home = serving("", new CountDownLatch(0));
                TestServer world = serving(".signed-by-second", later)) {
            NodeSubstitutes substitutes = substitutes(site, home.uri(), world.uri());
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            CompletionStage<Optional<Substitutes.Opened>> opening = substitutes.open(HELLO, NO_OPTIONS);
            later.countDown();
            Downloads.Fetch fetch = downloads.expectMessageClass(Downloads.Fetch.class);
            assertTrue(fetch.request().isPublic());
            assertTrue(fetch.request().mayAskPeers());
            assertEquals(TestNars.HELLO.hash(), fetch.request().hash());
            assertTrue(site.metadata.isPublic(HELLO, TestNars.HELLO.hash(), Narinfo.parse(fetch.request().narinfo())));
            assertEquals(List.of(home.uri().getPort(), world.uri().getPort()), fetch.request().servers().stream()
                    .map(supply -> URI.create(supply.url()).getPort()).distinct().toList());
            fetch.answer().complete(new OpenedNar(Source.empty(), CompletableFuture.completedFuture(true),
                    () -> {}));
            Substitutes.Opened opened = Eventually.get(opening).orElseThrow();
            assertEquals(TestNars.HELLO.size().bytes(), opened.narBytes());
            byte[] handedOn = new byte[opened.item().narinfo().remaining()];
            opened.item().narinfo().get(handedOn);
            assertArrayEquals(Fixtures.bytes("narinfo/" + HELLO.hashPart() + ".narinfo"), handedOn);
        }
    }

    @Test
    void whereOnlyPeersAreAskedAnItemIsClaimedWhenTheyHaveIt() throws Exception {
        CountDownLatch now = new CountDownLatch(0);
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "publisher");
                TestServer server = serving("", now)) {
            NodeSubstitutes substitutes = substitutes(site, SubstitutePolicy.P2P_ONLY, server.uri());
            assertEquals(List.of(), Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)));
            assertEquals(List.of(TestNars.HELLO.hash()), List.copyOf(asked));
            assertEquals(PeersOver.NO_PROVIDER, notClaimed.remove().known().orElseThrow().over());
            assertEquals(List.of(), List.copyOf(claimed));
            peersHaveIt = true;
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            assertEquals(List.of(), List.copyOf(notClaimed));
            assertEquals(List.of(HELLO), List.copyOf(claimed));
        }
    }

    /** What it refers to is asked about as well. */
    private static long questionsFor(StorePath path, TestServer server) {
        return server.requests().stream().filter(asked -> asked.contains(path.hashPart())).count();
    }

    /** It is promised where nobody else has it, but not for what others are asked for, and nothing of it is fetched ahead. */
    @Test
    void whatIsKeptHereIsPromisedToThisMachineAlone() throws Exception {
        CountDownLatch now = new CountDownLatch(0);
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "publisher");
                TestServer server = serving("", now)) {
            NodeSubstitutes substitutes = substitutes(site, SubstitutePolicy.P2P_ONLY, server.uri());
            keptHere = true;
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            assertEquals(List.of(), List.copyOf(asked));
            assertEquals(Optional.empty(), Eventually.get(substitutes.openAhead(HELLO, NO_OPTIONS)));
            downloads.expectNoMessage(Duration.ZERO);
            assertEquals(List.of(),
                    Eventually.get(substitutes.ofNamedServers().lookup(List.of(HELLO), NO_OPTIONS)));
            assertEquals(List.of(TestNars.HELLO.hash()), List.copyOf(asked));
        }
    }

    /** Nothing more is to come: a question that has not ended holds however much time goes by. */
    private static void settle(MetadataSite site, TestServer server) {
        assertTrue(Eventually.get(site.metadata.lookupWhole(HELLO, AskedServers.ofNamed(List.of(server.uri()))))
                .isPresent());
    }

    /** What nobody gives is not promised: a build would fail for it, instead of being done here. */
    @Test
    void whatAServerSaidThatIsOutIsNotEnough() throws Exception {
        AtomicBoolean out = new AtomicBoolean();
        byte[] narinfo = Fixtures.bytes("narinfo/" + HELLO.hashPart() + ".narinfo");
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "publisher");
                TestServer server = TestServer.pages((path, connection) -> {
                    if (out.get()) {
                        connection.reset();
                    } else {
                        connection.answer(200, narinfo, "Cache-Control: max-age=100");
                    }
                })) {
            NodeSubstitutes substitutes = substitutes(site, server.uri());
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            assertEquals(List.of(), List.copyOf(asked));
            out.set(true);
            settle(site, server);
            site.pass(Duration.ofSeconds(200));
            assertEquals(List.of(), Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)));
            assertEquals(List.of(TestNars.HELLO.hash()), List.copyOf(asked));
            assertEquals("no server that has it answers", notClaimed.remove().known().orElseThrow().noServers());
            peersHaveIt = true;
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            out.set(false);
            peersHaveIt = false;
            site.pass(Duration.ofHours(3));
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
        }
    }

    /** What it said was to hold for a day. It is asked anew before it counts again, and then it counts at once. */
    @Test
    void whatIsRememberedOfAServerThatIsOutCountsWhenItHasAnsweredAgain() throws Exception {
        AtomicBoolean out = new AtomicBoolean();
        byte[] narinfo = Fixtures.bytes("narinfo/" + HELLO.hashPart() + ".narinfo");
        StorePath other = new StorePath("0123456789abcdfghijklmnpqrsvwxyz-other");
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "publisher");
                TestServer server = TestServer.pages((path, connection) -> {
                    if (out.get()) {
                        connection.reset();
                    } else if (path.contains(HELLO.hashPart())) {
                        connection.answer(200, narinfo, "Cache-Control: max-age=86400");
                    } else {
                        connection.answer(404, "");
                    }
                })) {
            NodeSubstitutes substitutes = substitutes(site, server.uri());
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            out.set(true);
            assertEquals(List.of(), Eventually.get(substitutes.lookup(List.of(other), NO_OPTIONS)));
            // Longer than an answer is remembered in memory, and than the pause: it is out as ever.
            for (int i = 0; i < 3; i++) {
                site.pass(Duration.ofMinutes(6));
                assertEquals(List.of(), Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)));
            }
            out.set(false);
            site.pass(Duration.ofMinutes(1));
            assertEquals(List.of(), Eventually.get(substitutes.lookup(List.of(other), NO_OPTIONS)));
            long requests = questionsFor(HELLO, server);
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            assertEquals(requests, questionsFor(HELLO, server), "it answers, and what it said still holds");
        }
    }

    /** Everything about it is remembered, so that no lookup fails: what is known then is that no NAR came. */
    @Test
    void whereNarsAreOutOfReachTheServerIsAskedAnewWhetherItIsThere() throws Exception {
        AtomicBoolean out = new AtomicBoolean();
        byte[] narinfo = Fixtures.bytes("narinfo/" + HELLO.hashPart() + ".narinfo");
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "publisher");
                TestServer server = TestServer.pages((path, connection) -> {
                    if (out.get()) {
                        connection.reset();
                    } else {
                        connection.answer(200, narinfo, "Cache-Control: max-age=86400");
                    }
                })) {
            NodeSubstitutes substitutes = substitutes(site, server.uri());
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            settle(site, server);
            site.pass(Duration.ofMinutes(6));
            site.mirrors.failed(new ServerUrl(server.uri()), Mirrors.Use.NARS, Fault.CONNECT, site.mirrors.now());
            long requests = questionsFor(HELLO, server);
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size(),
                    "its NARs alone are out");
            assertTrue(questionsFor(HELLO, server) > requests);
            out.set(true);
            settle(site, server);
            site.pass(Duration.ofMinutes(6));
            site.mirrors.failed(new ServerUrl(server.uri()), Mirrors.Use.NARS, Fault.CONNECT, site.mirrors.now());
            assertEquals(List.of(), Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)));
        }
    }

    /** A server that is silent is waited for by whoever needs its word, and by nobody else. */
    @ParameterizedTest
    @EnumSource(names = {"P2P_ONLY", "P2P_FIRST"})
    void peersAreAskedWhileAServerThatWasOutIsWaitedFor(SubstitutePolicy policy) throws Exception {
        AtomicBoolean out = new AtomicBoolean();
        AtomicBoolean silent = new AtomicBoolean();
        CountDownLatch later = new CountDownLatch(1);
        byte[] narinfo = Fixtures.bytes("narinfo/" + HELLO.hashPart() + ".narinfo");
        StorePath other = new StorePath("0123456789abcdfghijklmnpqrsvwxyz-other");
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "publisher");
                TestServer server = TestServer.pages((path, connection) -> {
                    if (silent.get()) {
                        later.await();
                    }
                    if (out.get()) {
                        connection.reset();
                    } else {
                        connection.answer(200, narinfo, "Cache-Control: max-age=86400");
                    }
                })) {
            NodeSubstitutes substitutes = substitutes(site, policy, server.uri());
            peersHaveIt = true;
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            asked.clear();
            settle(site, server);
            out.set(true);
            var _ = Eventually.get(substitutes.lookup(List.of(other), NO_OPTIONS));
            silent.set(true);
            site.pass(Duration.ofMinutes(6));
            int requests = server.requests().size();
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            assertEquals(List.of(TestNars.HELLO.hash()), List.copyOf(asked));
            Eventually.holds(() -> server.requests().size() > requests, () -> "a question whether it is back");
            // What it says in the end counts for whom peers have denied it.
            peersHaveIt = false;
            out.set(false);
            CompletionStage<List<Substitutes.Available>> waiting = substitutes.lookup(List.of(HELLO), NO_OPTIONS);
            Eventually.holds(() -> asked.size() == 2, () -> "asked of peers: " + asked);
            later.countDown();
            assertEquals(policy == SubstitutePolicy.P2P_ONLY ? 0 : 1, Eventually.get(waiting).size());
        }
    }

    /** The one that answers takes longer than it takes to remember. */
    @Test
    void aServerThatAnswersIsWaitedForWhereAnotherIsOut() throws Exception {
        AtomicBoolean out = new AtomicBoolean();
        byte[] narinfo = Fixtures.bytes("narinfo/" + HELLO.hashPart() + ".narinfo");
        CountDownLatch later = new CountDownLatch(1);
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "second");
                TestServer first = TestServer.pages((path, connection) -> {
                    if (out.get()) {
                        connection.reset();
                    } else {
                        connection.answer(200, narinfo, "Cache-Control: max-age=100");
                    }
                });
                TestServer second = serving("", later)) {
            assertEquals(1, Eventually.get(substitutes(site, first.uri()).lookup(List.of(HELLO), NO_OPTIONS)).size());
            out.set(true);
            settle(site, first);
            site.pass(Duration.ofSeconds(200));
            CompletionStage<List<Substitutes.Available>> both = substitutes(site, first.uri(), second.uri())
                    .lookup(List.of(HELLO), NO_OPTIONS);
            Eventually.holds(() -> !second.requests().isEmpty(), () -> "a question");
            later.countDown();
            assertEquals(1, Eventually.get(both).size());
            assertEquals(List.of(), List.copyOf(asked), "it is private");
        }
    }

    @Test
    void whereOnlyPeersAreAskedADownloadKnowsNoServers() throws Exception {
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "publisher");
                TestServer server = serving("", new CountDownLatch(0))) {
            for (SubstitutePolicy policy : List.of(SubstitutePolicy.P2P_ONLY, SubstitutePolicy.HTTP_FIRST)) {
                var _ = substitutes(site, policy, server.uri()).open(HELLO, NO_OPTIONS);
                Downloads.Fetch fetch = downloads.expectMessageClass(Downloads.Fetch.class);
                assertEquals(policy == SubstitutePolicy.P2P_ONLY, fetch.request().servers().isEmpty());
            }
        }
    }

    private AutoSeed forOthers(MetadataSite site, TestServer server) {
        var _ = substitutes(site, server.uri()).open(HELLO, NO_OPTIONS);
        return downloads.expectMessageClass(Downloads.Fetch.class).request().autoSeed();
    }

    private static NodeConfig.Store never(String pattern) {
        return new NodeConfig.Store(SeedStore.OFF, List.of(), List.of(new NamePattern(pattern)));
    }

    /** Nobody is given it while it comes, and it is not kept. */
    @Test
    void whatTheUserKeepsBackIsFetchedForNobodyElse() throws Exception {
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "publisher");
                TestServer server = serving("", new CountDownLatch(0));
                Exclusions taken = new Exclusions(directory)) {
            keptBack = new KeptBack(never("world-*"), Optional.empty());
            assertEquals(AutoSeed.P2P, forOthers(site, server));
            keptBack = new KeptBack(never("hello-*"), Optional.empty());
            assertEquals(AutoSeed.OFF, forOthers(site, server));
            keptBack = new KeptBack(never("world-*"), Optional.of(taken));
            assertEquals(AutoSeed.OFF, forOthers(site, server), "it is not known yet what was taken back");
            assertEquals(Set.of(), taken.known().paths());
            assertEquals(AutoSeed.P2P, forOthers(site, server));
            taken.exclude(HELLO);
            assertEquals(AutoSeed.OFF, forOthers(site, server));
            taken.include(HELLO, Optional.empty());
            taken.exclude(TestNars.HELLO.hash());
            assertEquals(AutoSeed.OFF, forOthers(site, server));
        }
    }

    /** Servers may be asked for it: whether they have it, no HEAD would tell. */
    @Test
    void whereServersMayBeAskedASignedNarinfoIsEnough() throws Exception {
        CountDownLatch now = new CountDownLatch(0);
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "publisher");
                TestServer server = serving("", now)) {
            assertEquals(1, Eventually.get(substitutes(site, server.uri()).lookup(List.of(HELLO), NO_OPTIONS)).size());
            assertEquals(List.of(), List.copyOf(asked));
        }
    }

    @Test
    void whereOnlyPeersAreAskedTheyAreNotAskedAboutWhatIsPrivate() throws Exception {
        CountDownLatch now = new CountDownLatch(0);
        peersHaveIt = true;
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "second");
                TestServer server = serving("", now)) {
            NodeSubstitutes substitutes = substitutes(site, SubstitutePolicy.P2P_ONLY, server.uri());
            assertEquals(List.of(), Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)));
            assertEquals(List.of(), List.copyOf(asked));
            assertEquals(PeersOver.PRIVATE, notClaimed.remove().known().orElseThrow().over());
        }
    }

    @Test
    void whatNoNarinfoCountsOfIsToldOf() throws Exception {
        CountDownLatch now = new CountDownLatch(0);
        StorePath other = new StorePath("0123456789abcdfghijklmnpqrsvwxyz-other");
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP, "publisher");
                TestServer server = serving("", now)) {
            NodeSubstitutes substitutes = substitutes(site, server.uri());
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO, other), NO_OPTIONS)).size());
            assertEquals(List.of(other), notClaimed.stream().map(NotClaimed::path).toList());
            assertEquals(Optional.empty(), notClaimed.remove().known());
        }
    }

    @Test
    void whatIsSaidToBeSmallerThanAnyNarIsNotOpened() throws Exception {
        NarinfoDraft draft = new NarinfoDraft(HELLO, TestNars.HELLO.hash(), new NarSize(NarRequest.SMALLEST_NAR - 1),
                List.of(), Optional.empty());
        byte[] narinfo = new NarinfoSigner(SigningKey.parse(Fixtures.bytes("keys/publisher.sec")), "test")
                .sign(draft, List.of(new NarSource(new NarUrl("nar/" + HELLO.baseName()), "none", Optional.empty())))
                .raw();
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP);
                TestServer server = TestServer.pages((path, connection) -> connection.answer(200, narinfo))) {
            NodeSubstitutes substitutes = substitutes(site, server.uri());
            assertEquals(1, Eventually.get(substitutes.lookup(List.of(HELLO), NO_OPTIONS)).size());
            assertEquals(Optional.empty(), Eventually.get(substitutes.open(HELLO, NO_OPTIONS)));
            downloads.expectNoMessage(Duration.ZERO);
        }
    }

    @Test
    void whatNobodyHasIsNotOpened() throws Exception {
        try (MetadataSite site = new MetadataSite(kit, directory, HTTP);
                TestServer server = TestServer.pages((path, connection) -> connection.answer(404, ""))) {
            assertEquals(Optional.empty(),
                    Eventually.get(substitutes(site, server.uri()).open(HELLO, NO_OPTIONS)));
            downloads.expectNoMessage(Duration.ZERO);
        }
    }
}
