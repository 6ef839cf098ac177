// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.node.swarm.Swarm;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.PeerId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long a NAR is waited for: by what its peer does, and, from when somebody wants to read it, for that reader. */
@Timeout(60)
class SmallGiversTest extends ManySmall {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long LONG = SharedItem.LONG.toNanos();
    private static final long GRACE = TestSite.GRACE.toNanos();

    private final Nar wanted = Nar.of(1, 1000);
    private SmallGivers givers;
    private TestProbe<PeerSession.Command> session;
    private PeerId peer;

    /** One peer is connected. Its clock, and that of the readers, is the real one: what is asked is far ahead of both. */
    @BeforeEach
    void connect() throws IOException {
        TestSite site = site(new InMemory(List.of()));
        givers = new SmallGivers(site.context(site.swarm), site.kit.<PeerSession.QueryReply>createTestProbe().ref());
        session = site.kit.createTestProbe();
        peer = site.identity.peerId();
        givers.up(new Swarm.PeerUp(peer, "group", 64, session.ref()));
    }

    private SmallNar asked(NarRequest request, boolean hasOthers, long nanos) {
        SmallNar nar = new SmallNar(request, peer, hasOthers, new Begun(last -> {}, nanos));
        assertTrue(givers.choose(List.of(peer), false, nanos).isPresent());
        givers.ask(nar, true, reply -> {});
        return nar;
    }

    private PeerSession.First first() {
        return session.expectMessageClass(PeerSession.Query.class).first().orElseThrow();
    }

    private void answers(PeerSession.First first) {
        first.page().accept(new PeerSession.PageReceived(wanted.manifest().page(0)));
    }

    @Test
    void whatHasArrivedIsNotLate() {
        long now = System.nanoTime();
        SmallNar nar = asked(wanted.request(), false, now);
        assertTrue(givers.isLate(nar, now + LONG + SECOND));
        first().block().accept(new PeerSession.BlockReceived(0, BlockPayload.raw(wanted.bytes())));
        assertFalse(givers.isLate(nar, now + LONG + SECOND));
    }

    @Test
    void aPeerThatSaysNothingHasTwoSecondsWhereOthersHaveItToo() {
        long now = System.nanoTime();
        SmallNar only = asked(wanted.request(), false, now);
        SmallNar nar = asked(Nar.of(2, 2000).request(), true, now);
        assertFalse(givers.isLate(nar, now + SECOND));
        assertTrue(givers.isLate(nar, now + 3 * SECOND));
        assertFalse(givers.isLate(only, now + 3 * SECOND), "nobody else has this one");
        answers(first());
        assertFalse(givers.isLate(nar, System.nanoTime() + SECOND), "it is at the one before");
        assertTrue(givers.isLate(nar, System.nanoTime() + 3 * SECOND));
    }

    /** Servers stand by. It was asked for ahead long ago; the reader's patience begins with the reader. */
    @Test
    void whoeverReadsHasAClockOfItsOwn() {
        long asked = System.nanoTime() - LONG / 2;
        SmallNar nar = asked(wanted.request(SubstitutePolicy.P2P_FIRST,
                new TestSupply("http://server/nar/x", () -> Source.single(ByteString.fromArray(wanted.bytes())))),
                false, asked);
        PeerSession.First first = first();
        assertFalse(givers.isLate(nar, System.nanoTime() + LONG / 4), "nobody reads");
        assertTrue(nar.await(new Downloads.Fetch(nar.request(), new CompletableFuture<>()), gone -> {}));
        long since = nar.waitedSinceNanos();
        assertFalse(givers.isLate(nar, since + GRACE / 2));
        assertTrue(givers.isLate(nar, since + 2 * GRACE), "not a word");
        answers(first);
        assertFalse(givers.isLate(nar, since + 2 * GRACE), "it is coming");
        assertTrue(givers.isLate(nar, since + 5 * GRACE), "too slowly");
        assertTrue(nar.leave(nar.early().getFirst()));
        assertFalse(givers.isLate(nar, since + 5 * GRACE), "nobody reads any more");
    }

    @Test
    void withoutServersAReaderHasNowhereElseToGo() {
        SmallNar nar = asked(wanted.request(), false, System.nanoTime());
        assertTrue(nar.await(new Downloads.Fetch(nar.request(), new CompletableFuture<>()), gone -> {}));
        assertFalse(givers.isLate(nar, nar.waitedSinceNanos() + 5 * GRACE));
        assertTrue(givers.isLate(nar, nar.waitedSinceNanos() + LONG + SECOND));
    }
}
