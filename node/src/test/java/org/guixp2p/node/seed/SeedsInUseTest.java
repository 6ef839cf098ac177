// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.OptionalLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is told to which seed when: the seeds are the test's own. */
class SeedsInUseTest {
    private static final long MEMORY = 1000;

    private final ActorTestKit kit = ActorTestKit.create();
    private final SeedsInUse inUse = new SeedsInUse(new SeedsInUse.Bounds(4, MEMORY, 0));
    private int named;

    /** What the seeds in use are told; {@code messages} of none may be left at the end. */
    private final class Told {
        private final NarHash hash = new NarHash(Sha256.hash(new byte[]{(byte) named++}));
        private final TestProbe<Seed.Command> probe = kit.createTestProbe();
        private final OptionalLong expected;

        private Told(OptionalLong expected) {
            this.expected = expected;
        }

        private Told use() {
            inUse.use(hash, probe::ref, expected);
            return this;
        }

        private void isToldToOpen() {
            assertEquals(new Seed.Open(), probe.receiveMessage());
        }

        private void isToldToStop() {
            assertEquals(new Seed.Stop(), probe.receiveMessage());
        }

        private void isToldNothing() {
            // All is told by this thread before it comes here.
            probe.expectNoMessage(Duration.ZERO);
        }
    }

    private Told tree() {
        return new Told(OptionalLong.empty()).use();
    }

    private Told file(long bytes) {
        return new Told(OptionalLong.of(bytes)).use();
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    /** The index of each may be as large as all may be together: that is known when it is there. */
    @Test
    void treesAreOpenedOneAfterAnother() {
        Told first = tree();
        Told second = tree();
        Told third = tree();
        first.isToldToOpen();
        second.isToldNothing();
        inUse.weighed(first.probe.ref(), 400);
        second.isToldToOpen();
        third.isToldNothing();
        inUse.weighed(second.probe.ref(), 400);
        third.isToldToOpen();
        first.isToldNothing();
    }

    @Test
    void aTreeThatCannotBeOpenedOrIsGivenUpMakesWayForTheNext() {
        Told first = tree();
        Told second = tree();
        Told third = tree();
        first.isToldToOpen();
        inUse.weighed(first.probe.ref(), 0);
        second.isToldToOpen();
        inUse.ended(second.probe.ref());
        third.isToldToOpen();
    }

    @Test
    void whatWasPutAwayCountsUntilItHasEnded() {
        Told first = tree();
        first.isToldToOpen();
        inUse.weighed(first.probe.ref(), 3 * MEMORY);
        first.isToldNothing();
        Told second = tree();
        first.isToldToStop();
        second.isToldNothing();
        assertFalse(inUse.isInUse(first.hash, first.probe.ref()));
        inUse.ended(first.probe.ref());
        second.isToldToOpen();
    }

    @Test
    void theOneThatWasAskedLongestAgoMakesRoom() {
        Told first = file(400);
        Told second = file(400);
        first.isToldToOpen();
        second.isToldToOpen();
        first.use();
        Told third = file(300);
        second.isToldToStop();
        first.isToldNothing();
        third.isToldNothing();
        inUse.ended(second.probe.ref());
        third.isToldToOpen();
        inUse.weighed(third.probe.ref(), 700);
        first.isToldToStop();
        third.isToldNothing();
    }

    /** What a file takes is known before it is opened, so it need not wait for a tree. */
    @Test
    void aFileDoesNotWaitForATree() {
        Told tree = tree();
        Told file = file(100);
        tree.isToldToOpen();
        file.isToldToOpen();
    }

    @Test
    void aSingleOneMayTakeMoreThanAllMayTogether() {
        Told large = file(2 * MEMORY);
        large.isToldToOpen();
        Told other = file(1);
        large.isToldToStop();
        other.isToldNothing();
        inUse.ended(large.probe.ref());
        other.isToldToOpen();
    }

    /** It has been asked, and must answer before it stops. */
    @Test
    void whatIsPutAwayBeforeItWasOpenedIsOpenedAllTheSame() {
        Told first = tree();
        Told second = tree();
        for (int i = 0; i < 4; i++) {
            tree();
        }
        first.isToldToOpen();
        first.isToldToStop();
        second.isToldToStop();
        inUse.weighed(first.probe.ref(), 10);
        second.isToldToOpen();
        assertTrue(!inUse.isInUse(second.hash, second.probe.ref()));
    }
}
