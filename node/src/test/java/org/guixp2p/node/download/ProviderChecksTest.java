// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.guixp2p.node.discovery.InventoryExchange;
import org.guixp2p.node.discovery.InventoryLog;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

/** What is claimed where only peers may be asked, of real peers. */
class ProviderChecksTest extends SharedItem {
    private static final Optional<PeersOver> HAD = Optional.empty();
    private static final Optional<PeersOver> NOBODY = Optional.of(PeersOver.NO_PROVIDER);

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();

    @Override
    void write(Path item) throws IOException {
        Files.createDirectories(item);
        Files.write(item.resolve("noise"), noise(1000));
    }

    private TestSite site(UnaryOperator<Offers> giving, int minProviders, PeerAddress... peers) throws IOException {
        Path root = nextRoot();
        TestSite site = new TestSite(root,
                TestSite.config(root, SubstitutePolicy.P2P_ONLY, List.of(peers), LONG, LONG, minProviders, 8), giving);
        sites.add(site);
        return site;
    }

    private TestSite seeder() throws IOException {
        return stocked(real -> new Changed(real) {
            @Override
            public CompletionStage<Optional<Offer>> find(NarHash nar) {
                asked.incrementAndGet();
                return real.find(nar);
            }
        }, giving -> site(giving, 1));
    }

    private ActorRef<ProviderChecks.Command> checks(TestSite site) {
        return checks(site, site.context(site.swarm));
    }

    private ActorRef<ProviderChecks.Command> checks(TestSite site, DownloadContext context) {
        return site.kit.spawn(ProviderChecks.create(context, nanos::get));
    }

    private static NarHash hash(int number) {
        return new NarHash(Sha256.hash(ByteBuffer.allocate(4).putInt(number).array()));
    }

    @Test
    void whatAPeerHasCanBeHadAndWhatNobodyHasCannot() throws Exception {
        TestSite fetcher = site(o -> o, 1, seeder().address());
        ActorRef<ProviderChecks.Command> checks = checks(fetcher);
        assertEquals(HAD, Eventually.get(ProviderChecks.ask(checks, hash, false)));
        assertEquals(NOBODY, Eventually.get(ProviderChecks.ask(checks, hash(1), false)));
    }

    @Test
    void fewerThanMustStandForItAreNotEnough() throws Exception {
        TestSite one = seeder();
        ActorRef<ProviderChecks.Command> checks = checks(site(o -> o, 2, one.address()));
        assertEquals(Optional.of(PeersOver.TOO_FEW), Eventually.get(ProviderChecks.ask(checks, hash, false)));
        ActorRef<ProviderChecks.Command> more = checks(site(o -> o, 2, one.address(), seeder().address()));
        assertEquals(HAD, Eventually.get(ProviderChecks.ask(more, hash, false)));
    }

    /** Nobody's answer comes before all have been asked. */
    @Test
    void manyAreAskedAboutInOneRoundTrip() throws Exception {
        int many = 200;
        CompletableFuture<Void> all = new CompletableFuture<>();
        TestSite seeder = site(offers -> new Changed(offers) {
            @Override
            public CompletionStage<Optional<Offer>> find(NarHash nar) {
                if (asked.incrementAndGet() == many) {
                    all.complete(null);
                }
                return all.thenCompose(go -> real.find(nar));
            }
        }, 1);
        ActorRef<ProviderChecks.Command> checks = checks(site(o -> o, 1, seeder.address()));
        List<CompletionStage<Optional<PeersOver>>> answers = IntStream.range(0, many)
                .mapToObj(i -> ProviderChecks.ask(checks, hash(i), false)).toList();
        Eventually.get(all);
        answers.forEach(answer -> assertEquals(NOBODY, Eventually.get(answer)));
    }

    /** A peer that is connected, and says that it has it. */
    private final class Named {
        private final PeerId id;
        private final TestProbe<PeerSession.Command> session;

        private Named(int number, TestSite fetcher, ActorRef<Swarm.Event> events) throws FormatException {
            id = new PeerId(hash(number).digest());
            session = fetcher.kit.createTestProbe();
            InventoryExchange own = new InventoryExchange(1 << 20, new Random(number), () -> 0);
            own.add(hash);
            InventoryLog.Reader told = own.reader();
            for (var frame = told.next(); frame.isPresent(); frame = told.next()) {
                if (frame.get() instanceof SwarmMessage.Inventory begun) {
                    fetcher.inventories.begin(id, begun.key());
                } else if (frame.get() instanceof SwarmMessage.InventoryChange change) {
                    fetcher.inventories.change(id, change);
                }
            }
            events.tell(new Swarm.PeerUp(id, "group", 8, session.ref()));
        }

        private PeerSession.Query asked() {
            PeerSession.Query query = session.expectMessageClass(PeerSession.Query.class);
            session.expectMessage(new PeerSession.Hurry(false));
            return query;
        }

        /** Whether it was asked nothing since this was looked at last. */
        private boolean wasAskedNothing() {
            session.ref().tell(new PeerSession.Hurry(true));
            boolean nothing = true;
            while (!session.receiveMessage().equals(new PeerSession.Hurry(true))) {
                nothing = false;
            }
            return nothing;
        }
    }

    /** Checks of a node whose swarm the test is. */
    private record Probed(TestSite fetcher, ActorRef<ProviderChecks.Command> checks, ActorRef<Swarm.Event> events) {}

    private Probed probed(BiFunction<TestSite, ActorRef<Swarm.Command>, DownloadContext> context) throws IOException {
        TestSite fetcher = site(o -> o, 1);
        TestProbe<Swarm.Command> swarm = fetcher.kit.createTestProbe();
        ActorRef<ProviderChecks.Command> checks = checks(fetcher, context.apply(fetcher, swarm.ref()));
        return new Probed(fetcher, checks, swarm.expectMessageClass(Swarm.Subscribe.class).subscriber());
    }

    /** In a swarm of fifty each item of a closure would cost fifty questions. */
    @Test
    void ofThoseWhoSayThatTheyHaveItOthersAreAskedWhenOneDoesNotStandByIt() throws Exception {
        Probed probed = probed(TestSite::context);
        List<Named> named = List.of(new Named(1, probed.fetcher(), probed.events()),
                new Named(2, probed.fetcher(), probed.events()));
        CompletionStage<Optional<PeersOver>> answer = ProviderChecks.ask(probed.checks(), hash, false);
        Named first = named.get(Math.floorMod(hash.hashCode(), 2));
        Named second = named.get(1 - named.indexOf(first));
        first.asked().replyTo().tell(new PeerSession.NotOffered());
        second.asked().replyTo()
                .tell(new PeerSession.Offered(new NarSize(1000), hash.digest(), new Holding.Complete()));
        assertEquals(HAD, Eventually.get(answer));
        // Where one stands by it nobody else is asked, if this machine lets him answer in time.
        boolean alone = false;
        for (int i = 0; i < 20 && !alone; i++) {
            nanos.addAndGet(ProviderChecks.FOUND.toNanos());
            var _ = second.wasAskedNothing();
            CompletionStage<Optional<PeersOver>> again = ProviderChecks.ask(probed.checks(), hash, false);
            first.asked().replyTo()
                    .tell(new PeerSession.Offered(new NarSize(1000), hash.digest(), new Holding.Complete()));
            assertEquals(HAD, Eventually.get(again));
            alone = second.wasAskedNothing();
        }
        assertTrue(alone, "the second is asked in any case");
    }

    /** However much is looked up ahead of the daemon's questions. */
    @Test
    void whatSomebodyWaitsForGoesFirst() throws Exception {
        Probed probed = probed(TestSite::context);
        ActorRef<ProviderChecks.Command> checks = probed.checks();
        TestProbe<PeerSession.Command> session = probed.fetcher().kit.createTestProbe();
        probed.events().tell(new Swarm.PeerUp(new PeerId(hash.digest()), "group", 8, session.ref()));
        for (int i = 0; i < 1000; i++) {
            var _ = ProviderChecks.ask(checks, hash(i), true);
        }
        List<CompletionStage<Optional<PeersOver>>> answers = List.of(ProviderChecks.ask(checks, hash(2000), false),
                ProviderChecks.ask(checks, hash(999), false));
        Map<NarHash, PeerSession.Query> queries = new LinkedHashMap<>();
        while (queries.size() < ProviderChecks.MOST_AHEAD + 2) {
            if (session.receiveMessage() instanceof PeerSession.Query query) {
                queries.put(query.nar(), query);
            }
        }
        assertEquals(List.of(hash(2000), hash(999)),
                List.copyOf(queries.keySet()).subList(ProviderChecks.MOST_AHEAD, queries.size()));
        for (int i : new int[]{2000, 999}) {
            Objects.requireNonNull(queries.get(hash(i))).replyTo()
                    .tell(new PeerSession.Offered(new NarSize(1000), hash.digest(), new Holding.Complete()));
        }
        answers.forEach(answer -> assertEquals(HAD, Eventually.get(answer)));
    }

    /** What came together goes out together, and at once. */
    @Test
    void manyThatComeTogetherAreAskedAboutTogether() throws Exception {
        int many = 50;
        CompletableFuture<Void> looking = new CompletableFuture<>();
        CompletableFuture<Void> allThere = new CompletableFuture<>();
        ProviderDirectory directory = new ProviderDirectory() {
            @Override
            public void announce(Announcement announcement) {}

            @Override
            public void withdraw(NarHash nar) {}

            @Override
            public Lookup lookup(Question question, Listener listener) {
                // On the thread of those who ask.
                looking.complete(null);
                allThere.join();
                return () -> {};
            }
        };
        Probed probed = probed((site, swarm) -> site.context(swarm, directory));
        TestSite fetcher = probed.fetcher();
        ActorRef<ProviderChecks.Command> checks = probed.checks();
        ActorRef<Swarm.Event> events = probed.events();
        var _ = ProviderChecks.ask(checks, hash(0), false);
        Eventually.get(looking);
        TestProbe<PeerSession.Command> session = fetcher.kit.createTestProbe();
        events.tell(new Swarm.PeerUp(new PeerId(hash.digest()), "group", 8, session.ref()));
        for (int i = 1; i < many; i++) {
            var _ = ProviderChecks.ask(checks, hash(i), false);
        }
        allThere.complete(null);
        for (int i = 0; i < many; i++) {
            PeerSession.Query query = session.expectMessageClass(PeerSession.Query.class);
            assertEquals(hash(i), query.nar());
            assertTrue(query.mayWait() && query.first().isEmpty());
        }
        session.expectMessage(new PeerSession.Hurry(false));
        var _ = ProviderChecks.ask(checks, hash(many), false);
        session.expectMessageClass(PeerSession.Query.class);
        session.expectMessage(new PeerSession.Hurry(false));
        // Whoever was asked nothing is not hurried.
        TestProbe<PeerSession.Command> another = fetcher.kit.createTestProbe();
        events.tell(new Swarm.PeerUp(new PeerId(hash(1).digest()), "group", 8, another.ref()));
        another.fishForMessage(Duration.ofSeconds(10), command -> command.equals(new PeerSession.Hurry(false))
                ? FishingOutcomes.complete()
                : FishingOutcomes.continueAndIgnore());
        session.ref().tell(new PeerSession.Hurry(true));
        session.expectMessage(new PeerSession.Hurry(true));
    }

    @Test
    void whatCameOutIsKnownForAWhile() throws Exception {
        TestSite seeder = seeder();
        ActorRef<ProviderChecks.Command> checks = checks(site(o -> o, 1, seeder.address()));
        assertEquals(HAD, Eventually.get(ProviderChecks.ask(checks, hash, false)));
        assertEquals(1, asked.get());
        nanos.addAndGet(ProviderChecks.FOUND.toNanos() - 1);
        assertEquals(HAD, Eventually.get(ProviderChecks.ask(checks, hash, false)));
        assertEquals(1, asked.get());
        nanos.addAndGet(1);
        assertEquals(HAD, Eventually.get(ProviderChecks.ask(checks, hash, false)));
        assertEquals(2, asked.get());
    }

    @Test
    void whoeverIsNotConnectedIsFoundAndMet() throws Exception {
        TestSite seeder = seeder();
        TestSite fetcher = site(o -> o, 1);
        ProviderDirectory directory = new ProviderDirectory() {
            @Override
            public void announce(Announcement announcement) {}

            @Override
            public void withdraw(NarHash nar) {}

            @Override
            public Lookup lookup(Question question, Listener listener) {
                listener.found(List.of(new ProviderHint.Known(seeder.address())));
                listener.ended(End.EXHAUSTED);
                return () -> {};
            }
        };
        ActorRef<ProviderChecks.Command> checks = checks(fetcher, fetcher.context(fetcher.swarm, directory));
        assertEquals(HAD, Eventually.get(ProviderChecks.ask(checks, hash, false)));
        assertEquals(NOBODY, Eventually.get(ProviderChecks.ask(checks, hash(1), false)));
    }

    /** A peer that is asked and says nothing costs whoever asks so much and no more. */
    @Test
    void whoSaysNothingIsWaitedForNoLongerThanThat() throws Exception {
        TestSite mute = site(offers -> new Changed(offers) {
            @Override
            public CompletionStage<Optional<Offer>> find(NarHash nar) {
                asked.incrementAndGet();
                return new CompletableFuture<>();
            }
        }, 1);
        ActorRef<ProviderChecks.Command> checks = checks(site(o -> o, 1, mute.address()));
        CompletionStage<Optional<PeersOver>> answer = ProviderChecks.ask(checks, hash, false);
        Eventually.holds(() -> asked.get() == 1, () -> "a question");
        assertFalse(answer.toCompletableFuture().isDone());
        assertEquals(NOBODY, Eventually.get(answer));
        assertTrue(ProviderChecks.WITHIN.compareTo(Duration.ofSeconds(5)) < 0);
    }
}
