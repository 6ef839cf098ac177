// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.swarm.PeerSession;

/**
 * The blocks that one peer's session was asked for, until it answers. What reaches a session that is ending it never takes, and
 * nobody answers that: so whoever hears that it is gone says so here, and the memory for those blocks is for others. Safe for
 * several threads.
 */
final class BlockQuestions {
    /** Over a slow link a block takes long, and the session knows best when it will not come. */
    private static final long LONGEST_MINUTES = 10;

    private final Set<Question> open = ConcurrentHashMap.newKeySet();
    private volatile boolean over;

    /** Not a record: two for one block are two. */
    private static final class Question {
        private final int block;
        private final CompletableFuture<PeerSession.BlockReply> answer = new CompletableFuture<>();

        private Question(int block) {
            this.block = block;
            var _ = answer.completeOnTimeout(new PeerSession.BlockFailed(block, "no answer in time"), LONGEST_MINUTES,
                    TimeUnit.MINUTES);
        }

        private void fail() {
            answer.complete(new PeerSession.BlockFailed(block, "the connection is lost"));
        }
    }

    /** A block is asked for: to be completed by the answer, and never with a failure. */
    CompletableFuture<PeerSession.BlockReply> ask(int block) {
        Question question = new Question(block);
        open.add(question);
        var _ = question.answer.thenRun(() -> open.remove(question));
        // It may be over since a moment ago, and what was open then is answered already.
        if (over) {
            question.fail();
        }
        return question.answer;
    }

    /** There will be no answer to anything, also of what is yet to be asked. */
    void over() {
        over = true;
        open.forEach(Question::fail);
    }
}
