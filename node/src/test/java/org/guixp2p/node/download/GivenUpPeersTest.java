// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.config.AutoSeed;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Holding;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A download turns away from its peers: their links are not filled with what nobody waits for. */
class GivenUpPeersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int BLOCKS = 6;

    @TempDir
    private Path directory;

    private final byte[] nar = new byte[BLOCKS * BlockLayout.BLOCK_BYTES];
    private final PeerId peer = new PeerId(Sha256.hash(new byte[]{1}));

    private NarRequest request() {
        NarSupply silent = new NarSupply() {
            @Override
            public String url() {
                return "http://a/nar/x";
            }

            @Override
            public Source<ByteString, NotUsed> open() {
                return Source.never();
            }
        };
        return new NarRequest(new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1"),
                new NarHash(Sha256.hash(nar)), new NarSize(nar.length), new byte[]{1}, List.of(silent), true, true,
                SubstitutePolicy.P2P_FIRST, AutoSeed.OFF);
    }

    /** A download that has just been told of its only peer, whose session is the test. */
    private final class Begun implements AutoCloseable {
        private final Manifest manifest = manifest();
        private final TestSite site;
        private final TestProbe<Swarm.Command> swarm;
        private final TestProbe<PeerSession.Command> session;

        private Begun(Duration stallTimeout) throws IOException {
            site = new TestSite(directory, SubstitutePolicy.P2P_FIRST, List.of(), offers -> offers,
                    Duration.ofMinutes(5), stallTimeout);
            swarm = site.kit.createTestProbe();
            session = site.kit.createTestProbe();
            site.kit.spawn(Downloads.create(site.context(swarm.ref())))
                    .tell(new Downloads.Fetch(request(), new CompletableFuture<>()));
            var events = swarm.expectMessageClass(Swarm.Subscribe.class, PATIENCE).subscriber();
            events.tell(new Swarm.PeerUp(peer, "a group", 64, session.ref()));
            events.tell(new Swarm.Snapshot());
        }

        /** The next of a kind that the peer is asked or told. */
        private <C extends PeerSession.Command> C next(Class<C> kind) {
            return kind.cast(session.fishForMessage(PATIENCE, command -> kind.isInstance(command)
                    ? FishingOutcomes.complete()
                    : FishingOutcomes.continueAndIgnore()).getLast());
        }

        /** It has all, and gives the first page of its manifest, and no block. */
        private PeerSession.First vouch() {
            PeerSession.Query query = next(PeerSession.Query.class);
            PeerSession.First first = query.first().orElseThrow();
            query.replyTo()
                    .tell(new PeerSession.Offered(manifest.narSize(), manifest.root(), new Holding.Complete()));
            first.page().accept(new PeerSession.PageReceived(manifest.page(0)));
            return first;
        }

        @Override
        public void close() {
            site.close();
        }
    }

    private Manifest manifest() {
        new Random(1).nextBytes(nar);
        ManifestBuilder builder = new ManifestBuilder(new NarSize(nar.length));
        builder.update(nar, 0, nar.length);
        return builder.finish();
    }

    /** Whoever tells of blocks that there are not, under the root that is followed, wants to see what happens. */
    @Test
    void newsOfBlocksBeyondTheLastEndsTheConnection() throws Exception {
        try (Begun download = new Begun(Duration.ofMinutes(5))) {
            var listener = download.next(PeerSession.Follow.class).listener();
            var beyond = new PeerSession.Told(peer, download.manifest.root(), BlockBits.of(0, new byte[]{1}));
            listener.tell(beyond);
            download.vouch();
            // What is told before a root is followed may be of another NAR; when this is looked at, it is followed.
            download.next(PeerSession.CountBytes.class);
            download.swarm.expectNoMessage(Duration.ZERO);
            listener.tell(beyond);
            assertEquals(Offence.MALFORMED,
                    download.swarm.expectMessageClass(Swarm.Misbehaved.class, PATIENCE).offence());
        }
    }

    @Test
    void whatTheyOweIsCancelledWhenServersTakeOver() throws Exception {
        try (Begun download = new Begun(Duration.ofSeconds(1))) {
            PeerSession.First first = download.vouch();
            assertEquals(4, first.blocks());
            Set<Integer> cancelled = new TreeSet<>();
            while (cancelled.size() < first.blocks()) {
                cancelled.add(download.next(PeerSession.CancelBlock.class).index());
            }
            assertEquals(Set.of(0, 1, 2, 3), cancelled);
        }
    }
}
