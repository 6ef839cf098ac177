// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.api.ConnectivityStatus;
import org.guixp2p.api.LimitsStatus;
import org.guixp2p.api.MirrorStatus;
import org.guixp2p.api.NodeStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Fallback;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Rates;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.discovery.dht.DhtStatus;
import org.guixp2p.node.discovery.dht.DhtTraffic;
import org.guixp2p.node.download.Downloads;
import org.guixp2p.node.events.NodeJournal;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestMirrors;
import org.guixp2p.persistence.mirrors.Fault;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.event.Level;

/** What the API is told of a node. */
class LiveViewTest {
    private final ActorTestKit kit = ActorTestKit.create();
    private final TestProbe<Swarm.Command> swarm = kit.createTestProbe();
    private final TestProbe<Seeds.Command> seeds = kit.createTestProbe();
    private final TestProbe<Downloads.Command> downloads = kit.createTestProbe();
    private final RateLimits limits = RateLimits.none();

    private List<DhtStatus> dht = List.of();

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private static DhtStatus dht(AddressFamily family, int nodes, int announced) {
        return new DhtStatus(family, DhtId.of(new byte[DhtId.BYTES]), new InetSocketAddress(6881), Optional.empty(),
                nodes,
                false, false, announced, announced, 0, 0, 6881, 0, new DhtTraffic(0, 0, 0, 0, 0, 0));
    }

    private final Mirrors mirrors = TestMirrors.unknown(() -> Instant.parse("2026-11-28T00:00:00Z"));

    private LiveView view(SubstitutePolicy policy, Share share) {
        Path unused = Path.of("/nonexistent");
        NodeConfig config = new NodeConfig(new NodeConfig.Substitutes(policy, List.of(), 1, unused),
                new NodeConfig.Seeding(share, List.of(), List.of(), AutoSeed.P2P),
                new NodeConfig.Network(List.of(), List.of(), List.of(), 50),
                new NodeConfig.Transfers(Duration.ofSeconds(5), Duration.ofSeconds(5), 8, ByteRate.UNLIMITED,
                        ByteRate.UNLIMITED),
                new NodeConfig.Files(unused, unused, unused),
                new NodeConfig.Bridge(unused, Optional.empty(), Fallback.NONE), Optional.empty(), Level.INFO);
        return new LiveView(config, new CurrentPolicy(policy), PeerId.ofPublicKey(new byte[PeerId.KEY_BYTES]),
                new Actors(kit.system(), swarm.ref(), seeds.ref(), downloads.ref()), new Transfers(), limits,
                () -> CompletableFuture.completedFuture(dht), () -> new ConnectivityStatus("reachable", "unreachable"),
                mirrors, new NodeJournal(InstantSource.system()), new SeedPages(Optional.empty()), Optional::empty);
    }

    @ParameterizedTest
    @CsvSource({"P2P_ONLY,OFF,p2p-only,off", "P2P_FIRST,LAN,p2p-first,lan", "HTTP_FIRST,WORLD,http-first,world"})
    void choicesAreWrittenAsInTheSettings(SubstitutePolicy policy, Share share, String policyWord, String shareWord) {
        var status = view(policy, share).status();
        swarm.expectMessageClass(Swarm.Count.class).replyTo().tell(new Swarm.Counted(2, 1, List.of()));
        seeds.expectMessageClass(Seeds.Count.class).replyTo().tell(new Seeds.Counted(Set.of(), 0));
        downloads.expectMessageClass(Downloads.WhatRuns.class).replyTo()
                .tell(new Downloads.Running(List.of(), List.of()));
        NodeStatus found = Eventually.get(status);
        assertEquals(List.of(policyWord, shareWord), List.of(found.policy(), found.share()));
        assertEquals(List.of(2, 1), List.of(found.connectedPeers(), found.lightPeers()));
    }

    /** What is announced in both families is the same. */
    @Test
    void theDhtIsOneOfTwoFamilies() {
        dht = List.of(dht(AddressFamily.IPV4, 30, 5), dht(AddressFamily.IPV6, 12, 4));
        var status = view(SubstitutePolicy.P2P_FIRST, Share.WORLD).status();
        swarm.expectMessageClass(Swarm.Count.class).replyTo().tell(new Swarm.Counted(2, 1, List.of()));
        seeds.expectMessageClass(Seeds.Count.class).replyTo().tell(new Seeds.Counted(Set.of(), 0));
        downloads.expectMessageClass(Downloads.WhatRuns.class).replyTo()
                .tell(new Downloads.Running(List.of(), List.of()));
        NodeStatus found = Eventually.get(status);
        assertEquals(List.of(42, 5), List.of(found.dhtNodes(), found.providerRecords()));
    }

    @Test
    void serversAreAsTheyWereFound() {
        ServerUrl server = new ServerUrl(URI.create("https://a.example"));
        mirrors.looked(server, Duration.ofMillis(20), true);
        mirrors.began(server, 1000, Duration.ofMillis(5));
        mirrors.came(server, 1000, 1000, Duration.ofMillis(1), true);
        mirrors.failed(server, Mirrors.Use.NARS, Fault.DAMAGED, mirrors.now());
        MirrorStatus found = Eventually.get(view(SubstitutePolicy.P2P_FIRST, Share.LAN).mirrors()).getFirst();
        assertEquals(List.of("https://a.example", "damaged", "2026-11-28T00:00:00Z"),
                Stream.of(found.server(), found.fault(), found.heard()).map(String::valueOf).toList());
        assertEquals(new MirrorStatus.Files("small", 5, 1_000_000), found.files().getFirst());
        assertEquals(new MirrorStatus.Files("large", 0, 0), found.files().getLast());
        assertEquals(20, found.narinfoMillis());
        assertTrue(found.why().startsWith("waits until 2026-11-28T00:00:") && found.why().endsWith("gave wrong bytes"),
                found.why());
        assertEquals(List.of(1L, 1L), List.of(found.narinfosAsked(), found.narinfosHad()));
    }

    /** Not what the configuration says: they may have been changed since. */
    @Test
    void limitsAreThoseThatHoldNow() {
        LiveView view = view(SubstitutePolicy.P2P_FIRST, Share.LAN);
        assertEquals(new LimitsStatus(0, 0, 0, 0), Eventually.get(view.limits()));
        limits.set(new Rates(new ByteRate(4), new ByteRate(3), new ByteRate(2), new ByteRate(1)));
        assertEquals(new LimitsStatus(4, 3, 2, 1), Eventually.get(view.limits()));
    }
}
