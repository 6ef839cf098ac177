// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Answers what the user asks of a node that runs. */
@FunctionalInterface
public interface Answering {
    /**
     * Answers; does not block.
     *
     * @param line takes each object of the answer, of texts, numbers, booleans, lists and maps of such; on any thread
     * @return completes when all was said; it is cancelled when nobody waits for it any more
     */
    CompletableFuture<?> answer(ControlQuestion question, Consumer<Map<String, ?>> line);
}
