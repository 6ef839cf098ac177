// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.api.NodeStatus;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.Fallback;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.download.Downloads;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.event.Level;

/** What the API is told of a node. */
class LiveViewTest {
    private final ActorTestKit kit = ActorTestKit.create();

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @ParameterizedTest
    @CsvSource({"P2P_ONLY,OFF,p2p-only,off", "P2P_FIRST,LAN,p2p-first,lan", "HTTP_FIRST,WORLD,http-first,world"})
    void choicesAreWrittenAsInTheSettings(SubstitutePolicy policy, Share share, String policyWord, String shareWord) {
        Path unused = Path.of("/nonexistent");
        NodeConfig config = new NodeConfig(new NodeConfig.Substitutes(policy, List.of(), 1, unused),
                new NodeConfig.Seeding(share, List.of(), List.of(), AutoSeed.P2P),
                new NodeConfig.Network(List.of(), List.of(), List.of(), 50),
                new NodeConfig.Transfers(Duration.ofSeconds(5), Duration.ofSeconds(5), 8, ByteRate.UNLIMITED,
                        ByteRate.UNLIMITED),
                new NodeConfig.Files(unused, unused, unused),
                new NodeConfig.Bridge(unused, Optional.empty(), Fallback.NONE), Optional.empty(), Level.INFO);
        TestProbe<Swarm.Command> swarm = kit.createTestProbe();
        TestProbe<Seeds.Command> seeds = kit.createTestProbe();
        TestProbe<Downloads.Command> downloads = kit.createTestProbe();
        LiveView view = new LiveView(config, PeerId.ofPublicKey(new byte[PeerId.KEY_BYTES]),
                new Actors(kit.system(), swarm.ref(), seeds.ref(), downloads.ref()), new Transfers());
        var status = view.status();
        swarm.expectMessageClass(Swarm.Describe.class).replyTo().tell(new Swarm.Described(List.of(), List.of()));
        seeds.expectMessageClass(Seeds.Describe.class).replyTo().tell(new Seeds.Described(List.of()));
        downloads.expectMessageClass(Downloads.WhatRuns.class).replyTo().tell(new Downloads.Running(List.of()));
        NodeStatus found = Eventually.get(status);
        assertEquals(List.of(policyWord, shareWord), List.of(found.policy(), found.share()));
    }
}
