// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.guixp2p.protocol.item.NarHash;

/** Who waits for which NAR to be opened. One thread. */
final class WaitingFor {
    /** So many NARs may wait to be hashed, the small ones of a closure at once; for more there is no answer. Each takes about 1 kB. */
    static final int MOST = 1024;

    private final Map<NarHash, List<CompletableFuture<Boolean>>> waiting = new HashMap<>();

    /**
     * Keeps a question until its answer is known; when there is no room, it fails.
     *
     * @param soon whether the NAR need not be hashed, which needs no room
     * @return whether it is the first about its NAR, which is to be opened now
     */
    boolean isFirst(NarHash hash, CompletableFuture<Boolean> answer, boolean soon) {
        List<CompletableFuture<Boolean>> those = waiting.get(hash);
        if (those != null) {
            those.removeIf(CompletableFuture::isDone);
            those.add(answer);
            return false;
        }
        if (!soon && waiting.size() >= MOST) {
            waiting.values().removeIf(WaitingFor::isOver);
            if (waiting.size() >= MOST) {
                answer.completeExceptionally(new RejectedExecutionException("too many wait to be hashed"));
                return false;
            }
        }
        waiting.put(hash, new ArrayList<>(List.of(answer)));
        return true;
    }

    private static boolean isOver(List<CompletableFuture<Boolean>> those) {
        return those.stream().allMatch(CompletableFuture::isDone);
    }

    /** Whether anybody still waits for it. */
    boolean isWaiting(NarHash hash) {
        List<CompletableFuture<Boolean>> those = waiting.get(hash);
        if (those != null && isOver(those)) {
            waiting.remove(hash);
            return false;
        }
        return those != null;
    }

    /** It may be had later, and whether is not known now: all who asked for it get no answer. */
    void fail(NarHash hash, String why) {
        List<CompletableFuture<Boolean>> those = waiting.remove(hash);
        if (those != null) {
            those.forEach(one -> one.completeExceptionally(new IOException(why)));
        }
    }

    /** Answers all who asked for it. */
    void answer(NarHash hash, boolean yes) {
        List<CompletableFuture<Boolean>> those = waiting.remove(hash);
        if (those != null) {
            those.forEach(one -> one.complete(yes));
        }
    }
}
