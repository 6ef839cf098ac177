// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.Map;
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

    private final Map<CompletableFuture<PeerSession.BlockReply>, Integer> open = new ConcurrentHashMap<>();
    private volatile boolean over;

    /** A block is asked for: to be completed by the answer, and never with a failure. */
    CompletableFuture<PeerSession.BlockReply> ask(int block) {
        CompletableFuture<PeerSession.BlockReply> answer = new CompletableFuture<PeerSession.BlockReply>()
                .completeOnTimeout(new PeerSession.BlockFailed(block, "no answer in time"), LONGEST_MINUTES,
                        TimeUnit.MINUTES);
        open.put(answer, block);
        var _ = answer.thenRun(() -> open.remove(answer));
        // It may be over since a moment ago, and what was open then is answered already.
        if (over) {
            fail(answer, block);
        }
        return answer;
    }

    /** There will be no answer to anything, also of what is yet to be asked. */
    void over() {
        over = true;
        open.forEach(BlockQuestions::fail);
    }

    private static void fail(CompletableFuture<PeerSession.BlockReply> answer, int block) {
        answer.complete(new PeerSession.BlockFailed(block, "the connection is lost"));
    }
}
