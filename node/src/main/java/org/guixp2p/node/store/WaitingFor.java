// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.guixp2p.protocol.item.NarHash;

/** Who waits for which NAR to be opened. One thread. */
final class WaitingFor {
    /** So many NARs may be waited for; of more the answer is no. */
    static final int MOST = 64;

    private final Map<NarHash, List<CompletableFuture<Boolean>>> waiting = new HashMap<>();

    /**
     * Keeps a question until its answer is known.
     *
     * @return whether it is the first about its NAR, which is to be opened now
     */
    boolean isFirst(NarHash hash, CompletableFuture<Boolean> answer) {
        List<CompletableFuture<Boolean>> those = waiting.get(hash);
        if (those != null) {
            those.removeIf(CompletableFuture::isDone);
            those.add(answer);
            return false;
        }
        if (waiting.size() >= MOST) {
            answer.complete(false);
            return false;
        }
        waiting.put(hash, new ArrayList<>(List.of(answer)));
        return true;
    }

    boolean isWaiting(NarHash hash) {
        return waiting.containsKey(hash);
    }

    /** Answers all who asked for it. */
    void answer(NarHash hash, boolean yes) {
        List<CompletableFuture<Boolean>> those = waiting.remove(hash);
        if (those != null) {
            those.forEach(one -> one.complete(yes));
        }
    }
}
