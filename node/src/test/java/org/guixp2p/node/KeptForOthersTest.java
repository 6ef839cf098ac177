// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.node.config.ConfigLoader;
import org.guixp2p.node.config.ConfigOverride;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.persistence.ledger.Exclusions;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is counted of what is given. */
class KeptForOthersTest {
    private static final StorePath HELLO = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[1]));
    private static final Seeds.Offered OFFERED = new Seeds.Offered(NAR, new NarSize(700_000), Sha256.hash(new byte[2]));

    @TempDir
    private Path directory;

    private final List<Object> told = new ArrayList<>();

    private KeptForOthers open() throws Exception {
        NodeConfig config = ConfigLoader.load(new Surroundings(Map.of(), "alice", directory, directory.resolve("none")),
                Optional.empty(),
                List.of(ConfigOverride.set("--set", "state_dir", directory.toString()),
                        ConfigOverride.set("--set", "seed_quota", "1M")))
                .config();
        return KeptForOthers.open(config, NarStore.open(directory), InstantSource.system(), nar -> 0);
    }

    private final OfferWatcher other = new OfferWatcher() {
        @Override
        public void offered(NarHash nar, NarSize size, long blocks) {
            told.add(blocks);
        }

        @Override
        public void given(Seeds.Offered nar) {
            told.add(nar);
        }

        @Override
        public void withdrawn(NarHash nar) {
            told.add(nar);
        }
    };

    @Test
    void allBlocksTogetherAreTheNarAndAreKnownAfterARestart() throws Exception {
        KeptForOthers kept = open();
        OfferWatcher watcher = kept.watching(other);
        watcher.offered(NAR, OFFERED.size(), 7);
        for (int block = 0; block < 3; block++) {
            watcher.given(OFFERED);
        }
        watcher.withdrawn(NAR);
        assertEquals(List.of(7L, OFFERED, OFFERED, OFFERED, NAR), told, "others hear of it too");
        assertEquals(700_000, kept.demand().served(NAR), 3);
        kept.close();
        assertEquals(700_000, open().demand().served(NAR), 3);
    }

    /** It was being fetched as he did. */
    @Test
    void whatTheUserHasTakenBackMeanwhileIsNotOffered() throws Exception {
        ActorTestKit kit = ActorTestKit.create();
        byte[] nar = new byte[1000];
        NarStore nars = NarStore.open(directory);
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        Manifest manifest = builder.finish();
        try (Exclusions taken = new Exclusions(directory);
                PartialNar partial = nars.create(NAR, new NarSize(nar.length))) {
            partial.write(0, nar, 0, nar.length);
            KeptNar file = nars.keep(partial, NAR, manifest, new byte[0]);
            TestProbe<Seeds.Command> seeds = kit.createTestProbe();
            KeptForOthers kept = open();
            kept.begin(seeds.ref(), any -> Optional.empty(),
                    new KeptBack(NodeConfig.Store.NOTHING, Optional.of(taken)), kit.system(), Runnable::run);
            taken.exclude(HELLO);
            kept.kept(HELLO, file, manifest);
            seeds.expectNoMessage(Duration.ZERO);
            assertEquals(List.of(new Seeds.Unproven(HELLO, file)), kept.shelf().all(), "it counts");
            taken.include(HELLO, Optional.empty());
            kept.kept(HELLO, file, manifest);
            assertEquals(new Seeds.AddKept(HELLO, file, manifest.root()), seeds.receiveMessage());
        } finally {
            kit.shutdownTestKit();
        }
    }

    @Test
    void theQuotaOfTheSettingsCounts() throws Exception {
        KeptForOthers kept = open();
        assertEquals(Optional.empty(), kept.makeRoom(NAR, new NarSize(1_000_000)));
        assertTrue(kept.makeRoom(NAR, new NarSize(1_100_000)).orElse("").contains("seed_quota"));
    }

    @Test
    void whatCannotBeWrittenIsSaid() throws Exception {
        KeptForOthers kept = open();
        kept.watching(other).given(OFFERED);
        Files.createDirectories(directory.resolve("demand/in the way"));
        try (LogLines log = new LogLines()) {
            kept.close();
            log.await("what was given could not be written: ");
        }
    }
}
