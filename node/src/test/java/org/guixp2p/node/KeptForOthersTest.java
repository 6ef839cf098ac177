// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.node.config.ConfigLoader;
import org.guixp2p.node.config.ConfigOverride;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.seed.OfferWatcher;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.LogLines;
import org.guixp2p.persistence.ledger.Exclusions;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is counted of what is given. */
class KeptForOthersTest {
    private static final StorePath HELLO = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[1]));
    private static final Seeds.Offered OFFERED = new Seeds.Offered(NAR, new NarSize(700_000), Sha256.hash(new byte[2]));

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private final TestProbe<Seeds.Command> seeds = kit.createTestProbe();
    private final List<Object> told = new ArrayList<>();
    private CompletionStage<Set<NarHash>> ofStore = CompletableFuture.completedFuture(Set.of());

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

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

    private KeptNar keep() throws Exception {
        byte[] nar = new byte[1000];
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        NarStore nars = NarStore.open(directory);
        try (PartialNar partial = nars.create(NAR, new NarSize(nar.length))) {
            partial.write(0, nar, 0, nar.length);
            return nars.keep(partial, NAR, builder.finish(), new byte[0]);
        }
    }

    private void begin(KeptForOthers kept, Exclusions taken) {
        kept.begin(new KeptForOthers.Others(seeds.ref(), any -> Optional.empty(),
                new KeptBack(NodeConfig.Store.NOTHING, Optional.of(taken)), nars -> ofStore), kit.system(),
                Runnable::run);
    }

    /** It was being fetched as he did. */
    @Test
    void whatTheUserHasTakenBackMeanwhileIsNotOffered() throws Exception {
        KeptNar file = keep();
        try (Exclusions taken = new Exclusions(directory)) {
            KeptForOthers kept = open();
            begin(kept, taken);
            taken.exclude(HELLO);
            kept.kept(HELLO, file, file.manifest());
            seeds.expectNoMessage(Duration.ZERO);
            assertEquals(List.of(new Seeds.Unproven(HELLO, file)), kept.shelf().all(), "it counts");
            taken.include(HELLO, Optional.empty());
            kept.kept(HELLO, file, file.manifest());
            assertEquals(new Seeds.AddKept(HELLO, file, file.manifest().root()), seeds.receiveMessage());
        }
    }

    /** The store has it, or the user named it, or nobody may have it. */
    @Test
    void itIsKnownWhatNobodyWouldMiss() throws Exception {
        NarHash named = new NarHash(Sha256.hash(new byte[3]));
        NarHash stored = new NarHash(Sha256.hash(new byte[4]));
        NarHash other = new NarHash(Sha256.hash(new byte[5]));
        Set<NarHash> all = Set.of(NAR, named, stored, other);
        KeptForOthers kept = open();
        assertEquals(Set.of(), Eventually.get(kept.spare(all)), "nobody can be asked yet");
        try (Exclusions taken = new Exclusions(directory)) {
            begin(kept, taken);
            taken.exclude(HELLO);
            kept.shelf().add(HELLO, keep());
            for (Set<NarHash> known : List.of(Set.of(stored), Set.<NarHash>of())) {
                ofStore = known.isEmpty()
                        ? CompletableFuture.failedFuture(new IOException("it is not known yet"))
                        : CompletableFuture.completedFuture(known);
                CompletionStage<Set<NarHash>> spare = kept.spare(all);
                Seeds.WhichNamed which = seeds.expectMessageClass(Seeds.WhichNamed.class);
                assertEquals(all, which.nars());
                which.answer().complete(Set.of(named));
                Set<NarHash> expected = new HashSet<>(known);
                expected.addAll(Set.of(NAR, named));
                assertEquals(expected, Eventually.get(spare));
            }
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
