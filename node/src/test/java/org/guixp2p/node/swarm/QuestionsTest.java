// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.RequestId;
import org.junit.jupiter.api.Test;

class QuestionsTest {
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[]{1}));

    private final Questions questions = new Questions();
    private final TestInbox<PeerSession.BlockReply> waiting = TestInbox.create();
    private final List<Integer> crossed = new ArrayList<>();

    private Questions.Pending block(int index) {
        return new Questions.Pending.OfBlock(index, NAR, index, waiting.getRef());
    }

    @Test
    void anAnswerEndsItsQuestion() {
        Questions.Pending question = block(1);
        RequestId id = questions.ask(question);
        questions.ask(block(2));
        assertSame(question, questions.answered(id));
        assertNull(questions.answered(id));
        assertFalse(questions.crossed(id, 9));
        assertFalse(waiting.hasMessages());
    }

    @Test
    void whoeverWaitsForAGivenUpQuestionIsTold() {
        RequestId first = questions.ask(block(1));
        RequestId second = questions.ask(block(2));
        assertEquals(List.of(first),
                questions.giveUp(question -> question.deadlineNanos() < 2, "too late", crossed::add));
        assertEquals(List.of(new PeerSession.BlockFailed(1, "too late")), waiting.getAllReceived());
        assertNull(questions.answered(first));
        assertTrue(questions.crossed(first, 9));
        assertFalse(questions.crossed(first, 9));
        assertEquals(List.of(9), crossed);
        assertEquals(block(2), questions.answered(second));
    }

    @Test
    void noIdComesTwice() {
        HashSet<RequestId> ids = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            assertTrue(ids.add(questions.ask(block(i))));
        }
    }

    /** A peer that never answers what was cancelled. */
    @Test
    void onlySoManyGivenUpQuestionsAreRemembered() {
        List<RequestId> ids = new ArrayList<>();
        for (int i = 0; i < Questions.REMEMBERED + 10; i++) {
            ids.add(questions.ask(block(i)));
            questions.giveUp(question -> true, "no longer wanted", crossed::add);
        }
        assertFalse(questions.crossed(ids.get(9), 0));
        assertTrue(questions.crossed(ids.get(10), 0));
        assertTrue(questions.crossed(ids.getLast(), 0));
        assertEquals(List.of(), crossed, "no block came");
    }
}
