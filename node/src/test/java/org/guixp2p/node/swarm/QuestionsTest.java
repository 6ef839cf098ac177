// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.RequestId;
import org.guixp2p.protocol.swarm.SwarmMessage;
import org.junit.jupiter.api.Test;

class QuestionsTest {
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[]{1}));

    private final Questions questions = new Questions();
    private final TestInbox<PeerSession.BlockReply> waiting = TestInbox.create();
    private final Consumer<PeerSession.BlockReply> waits = waiting.getRef()::tell;
    private final List<Integer> crossed = new ArrayList<>();

    private Questions.Pending block(int index) {
        return new Questions.Pending.OfBlock(index, NAR, index, waits);
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

    private static Questions.Pending.OfQuery query(TestInbox<PeerSession.QueryReply> waits, int also) {
        return new Questions.Pending.OfQuery(1, NAR, also, 1, waits.getRef());
    }

    /** Whatever was asked before, and where the ids begin again: the wire protocol says which id is whose. */
    @Property(tries = 200)
    void theIdsOfWhatAQueryAsksForFollowItsOwn(@ForAll int start, @ForAll @IntRange(max = 4) int blocks,
            @ForAll @IntRange(max = 5) int before, @ForAll @IntRange(max = 6) int from) {
        Questions some = new Questions(new RequestId(start));
        Map<RequestId, Questions.Pending> all = new HashMap<>();
        for (int i = 0; i < before; i++) {
            all.put(some.ask(block(i)), block(i));
        }
        TestInbox<PeerSession.ManifestReply> page = TestInbox.create();
        Questions.Pending.OfQuery query = query(TestInbox.create(), 1 + blocks);
        RequestId id = some.ask(query);
        all.put(id, query);
        Questions.Pending ofPage = new Questions.Pending.OfPage(1, 0, page.getRef()::tell);
        all.put(some.ask(ofPage), ofPage);
        for (int i = 0; i < blocks; i++) {
            all.put(some.ask(block(i)), block(i));
        }
        all.put(some.ask(block(77)), block(77));
        assertEquals(before + blocks + 3, all.size(), "no id twice");
        SwarmMessage.Query sent = new SwarmMessage.Query(id, List.of(NAR), true, blocks);
        assertSame(ofPage, all.get(sent.pageId()));
        for (int i = 0; i < blocks; i++) {
            assertEquals(block(i), all.get(sent.blockId(i)));
        }

        assertSame(query, some.answered(id));
        some.absent(id, query, Math.max(1, from));
        Set<RequestId> gone = new HashSet<>(Set.of(id));
        for (int distance = Math.max(1, from); distance <= 1 + blocks; distance++) {
            gone.add(id.plus(distance));
        }
        all.forEach((each, question) -> assertEquals(gone.contains(each) ? null : question, some.answered(each)));
        assertEquals(gone.contains(sent.pageId()), page.hasMessages());
        assertEquals(gone.size() - 1 - (page.hasMessages() ? 1 : 0), waiting.getAllReceived().size());
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
