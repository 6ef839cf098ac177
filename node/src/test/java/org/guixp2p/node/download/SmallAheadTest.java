// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.node.swarm.TestPeer;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many small NARs fetched ahead, between real nodes: they are asked for together, and each is verified and goes on by itself. */
@Timeout(120)
class SmallAheadTest extends ManySmall {
    @Test
    void allCome() throws Exception {
        make();
        TestSite fetcher = site(new InMemory(List.of()), site(new InMemory(nars)), site(new InMemory(nars)));
        assertWhole(fetcher, aheadOfAll(fetcher));
    }

    /** What one has not, or does not give, another one is asked for. */
    @Test
    void whatOneDoesNotGiveTheOtherOneDoes() throws Exception {
        make();
        Offers half = InMemory.failing(nars.subList(0, NARS / 2));
        TestSite fetcher = site(new InMemory(List.of()), site(half), site(new InMemory(nars)));
        assertWhole(fetcher, aheadOfAll(fetcher));
    }

    @Test
    void whatWasAskedOfOneWhoLeavesComesFromAnother() throws Exception {
        make();
        CompletableFuture<Void> asked = new CompletableFuture<>();
        TestSite leaving = site(new InMemory(nars) {
            @Override
            public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
                asked.complete(null);
                return new CompletableFuture<>();
            }
        });
        TestSite fetcher = site(new InMemory(List.of()), leaving);
        List<CompletableFuture<OpenedNar>> opened = aheadOfAll(fetcher);
        Eventually.get(asked);
        leaving.close();
        site(new InMemory(nars), fetcher);
        assertWhole(fetcher, opened);
    }

    /** One wrong block is one too many: whoever gives it is hung up on, and no byte of it is read. */
    @Test
    void whoeverGivesAWrongBlockIsPunishedAndTheRestComesFromAnother() throws Exception {
        make();
        NarHash wrong = nars.get(NARS / 2).hash();
        TestSite liar = site(InMemory.lyingAbout(wrong, nars));
        TestSite fetcher = site(new InMemory(List.of()), liar);
        List<CompletableFuture<OpenedNar>> opened = aheadOfAll(fetcher);
        String id = liar.identity.peerId().toString();
        Eventually.holds(() -> !SiteReader.connected(fetcher).contains(id), () -> "the liar is hung up on");
        site(new InMemory(nars), fetcher);
        assertWhole(fetcher, opened);
    }

    /** It vouches for a manifest of something else, of the same size: the NarHash tells. */
    @Test
    void whoeverVouchesForSomethingElseIsFoundOut() throws Exception {
        nars.add(Nar.of(1, 5000));
        InMemory lies = new InMemory(nars);
        lies.has.put(nars.getFirst().hash(), Nar.of(2, 5000));
        TestSite liar = site(lies);
        TestSite fetcher = site(new InMemory(List.of()), liar);
        List<CompletableFuture<OpenedNar>> opened = aheadOfAll(fetcher);
        String id = liar.identity.peerId().toString();
        Eventually.holds(() -> !SiteReader.connected(fetcher).contains(id), () -> "the liar is hung up on");
        site(new InMemory(nars), fetcher);
        assertWhole(fetcher, opened);
    }

    /** It has several blocks there where there is one, or none: nothing of that is taken. */
    @Test
    void anotherSizeThanTheNarinfoSaysIsNoOffer() throws Exception {
        make();
        InMemory lies = new InMemory(nars);
        lies.has.put(nars.get(0).hash(), Nar.of(2, 600_000));
        lies.has.put(nars.get(1).hash(), Nar.of(new byte[0]));
        TestSite fetcher = site(new InMemory(List.of()), site(lies), site(new InMemory(nars)));
        assertWhole(fetcher, aheadOfAll(fetcher));
        assertEquals(2, SiteReader.connected(fetcher).size(), "a size that is not signed is nobody's lie");
    }

    /** What the peer has to read of 64 NARs: with fewer frames than a query for each. */
    @Test
    void theyAreAskedForTogether() throws IOException {
        make();
        TestSite fetcher = site(new InMemory(List.of()));
        var _ = aheadOfAll(fetcher);
        try (TestPeer peer = TestPeer.dial(fetcher.address().endpoint().port(),
                new SwarmMessage.Hello(1, Set.of(SwarmMessage.QUERIES), "test peer", 0, 64))) {
            SwarmMessage said = peer.next();
            while (said != null && !(said instanceof SwarmMessage.Queries)) {
                said = peer.next();
            }
            SwarmMessage.Queries asked = assertInstanceOf(SwarmMessage.Queries.class, said);
            assertTrue(asked.small());
            assertTrue(nars.stream().map(Nar::hash).toList().containsAll(asked.nars()));
        }
    }

    // What a download asks of a session.

    private record Probed(TestProbe<PeerSession.Command> session, ActorRef<Downloads.Command> downloads) {
        private <C extends PeerSession.Command> C next(Class<C> kind) {
            return kind.cast(session.fishForMessage(ProbedDownload.PATIENCE, command -> kind.isInstance(command)
                    ? FishingOutcomes.complete()
                    : FishingOutcomes.continueAndIgnore()).getLast());
        }

        private PeerSession.Query query() {
            return next(PeerSession.Query.class);
        }
    }

    private Probed probed(Nar nar, boolean ahead) throws IOException {
        TestSite site = site(new InMemory(List.of()));
        TestProbe<Swarm.Command> swarm = site.kit.createTestProbe();
        ActorRef<Downloads.Command> downloads = site.kit.spawn(Downloads.create(site.context(swarm.ref())));
        // That of small NARs.
        swarm.expectMessageClass(Swarm.Subscribe.class, ProbedDownload.PATIENCE);
        downloads.tell(new Downloads.Fetch(nar.request(), new CompletableFuture<>(), ahead));
        TestProbe<PeerSession.Command> session = site.kit.createTestProbe();
        swarm.expectMessageClass(Swarm.Subscribe.class, ProbedDownload.PATIENCE).subscriber()
                .tell(new Swarm.PeerUp(new PeerId(nar.hash().digest()), "group", 64, session.ref()));
        return new Probed(session, downloads);
    }

    @Test
    void whatNobodyHasAskedForMayWaitAndNoLongerThanThat() throws IOException {
        Nar nar = Nar.of(1, 5000);
        Probed probed = probed(nar, true);
        PeerSession.Query query = probed.query();
        assertTrue(query.mayWait());
        assertEquals(1, query.first().orElseThrow().blocks());
        probed.downloads().tell(new Downloads.Fetch(nar.request(), new CompletableFuture<>(), false));
        probed.next(PeerSession.Hurry.class);
    }

    @Test
    void whatSomebodyReadsOrHasSeveralBlocksDoesNotWait() throws IOException {
        assertFalse(probed(Nar.of(1, 5000), false).query().mayWait());
        assertFalse(probed(Nar.of(2, 300_000), true).query().mayWait());
    }
}
