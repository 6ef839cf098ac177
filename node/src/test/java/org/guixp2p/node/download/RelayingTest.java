// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which downloads are announced while they go on, and for how long. */
class RelayingTest {
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[]{1}));
    private static final long LATE = Relaying.ANNOUNCED_AFTER_NANOS;

    @TempDir
    private Path directory;

    private TestSite site;
    private TestProbe<Swarm.Command> swarm;
    private final List<String> told = new ArrayList<>();
    private final List<PartialNar> files = new ArrayList<>();

    private final class Told implements ProviderDirectory {
        @Override
        public void announce(Announcement announcement) {
            told.add("whole");
        }

        @Override
        public void withdraw(NarHash nar) {
            told.add("no whole");
        }

        @Override
        public void announcePart(Announcement announcement) {
            assertEquals(NAR, announcement.nar());
            told.add("part of " + announcement.size());
        }

        @Override
        public void withdrawPart(NarHash nar) {
            assertEquals(NAR, nar);
            told.add("no part");
        }

        @Override
        public Lookup lookup(Question question, Listener listener) {
            throw new AssertionError("nobody is looked for");
        }
    }

    @BeforeEach
    void open() throws IOException {
        site = new TestSite(directory, SubstitutePolicy.P2P_ONLY, List.of(), UnaryOperator.identity());
        swarm = site.kit.createTestProbe();
    }

    @AfterEach
    void close() throws Exception {
        for (PartialNar file : files) {
            file.delete();
            file.close();
        }
        site.close();
    }

    private Relaying begin(long size, boolean isPublic, AutoSeed seeding) throws IOException {
        StorePath path = StorePath.parse("/gnu/store/" + "0".repeat(32) + "-big");
        NarRequest request = new NarRequest(path, NAR, new NarSize(size), new byte[0], List.of(), isPublic, isPublic,
                SubstitutePolicy.P2P_ONLY, seeding);
        Relaying relaying = new Relaying(request, site.context(swarm.ref(), new Told()));
        begin(relaying, size, 0);
        return relaying;
    }

    private void begin(Relaying relaying, long size, long nanos) throws IOException {
        files.add(site.store().create(NAR, new NarSize(size)));
        relaying.begin(files.getLast(), manifest(size), nanos);
    }

    private static Manifest manifest(long size) {
        ManifestBuilder builder = new ManifestBuilder(new NarSize(size));
        byte[] zeros = new byte[1 << 20];
        for (long left = size; left > 0; left -= zeros.length) {
            builder.update(zeros, 0, (int) Math.min(left, zeros.length));
        }
        return builder.finish();
    }

    private static void come(Relaying relaying, int block, long nanos) {
        relaying.add(block);
        relaying.tell(nanos);
    }

    @Test
    void aLargeOneThatTakesLongIsAnnouncedUntilItEnds() throws IOException {
        Relaying relaying = begin(Relaying.LEAST_ANNOUNCED, true, AutoSeed.P2P);
        come(relaying, 0, LATE - 1);
        assertEquals(List.of(), told);
        relaying.tell(LATE + 1);
        assertEquals(List.of(), told, "nothing has come since");
        come(relaying, 1, 2 * LATE);
        come(relaying, 2, 3 * LATE);
        assertEquals(List.of("part of 16777216"), told);
        relaying.stop();
        relaying.stop();
        assertEquals(List.of("part of 16777216", "no part"), told);
    }

    @Test
    void whatIsKeptIsAnnouncedAsAWholeAndNoMoreAsAPart() throws IOException {
        Relaying relaying = begin(Relaying.LEAST_ANNOUNCED, true, AutoSeed.P2P);
        come(relaying, 0, LATE);
        relaying.kept();
        assertEquals(List.of("part of 16777216", "no part"), told);
    }

    @Test
    void underAnotherRootItBeginsAnew() throws IOException {
        Relaying relaying = begin(Relaying.LEAST_ANNOUNCED, true, AutoSeed.P2P);
        come(relaying, 0, LATE);
        begin(relaying, Relaying.LEAST_ANNOUNCED, 2 * LATE);
        assertEquals(List.of("part of 16777216", "no part"), told);
        come(relaying, 0, 2 * LATE + Duration.ofSeconds(1).toNanos());
        assertEquals(2, told.size());
        come(relaying, 1, 3 * LATE);
        assertEquals(List.of("part of 16777216", "no part", "part of 16777216"), told);
    }

    @Test
    void whatIsSmallOrPrivateOrKeptForNobodyIsNot() throws IOException {
        for (Relaying relaying : List.of(begin(Relaying.LEAST_ANNOUNCED - 1, true, AutoSeed.P2P),
                begin(Relaying.LEAST_ANNOUNCED, false, AutoSeed.P2P),
                begin(Relaying.LEAST_ANNOUNCED, true, AutoSeed.OFF))) {
            come(relaying, 0, LATE);
            come(relaying, 1, 10 * LATE);
            relaying.stop();
        }
        assertEquals(List.of(), told);
    }
}
