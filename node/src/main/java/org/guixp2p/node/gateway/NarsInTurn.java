// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.guixp2p.node.stages.Stages;

/**
 * The NARs of one client's connection: a client may ask for many behind one another, and reads one at a time. Safe for several
 * threads.
 */
final class NarsInTurn {
    private final Clients.Client client;
    /** What ends when a NAR was sent, of those whose turn is, or is to come. */
    private final Map<Long, CompletableFuture<Done>> pending = new ConcurrentHashMap<>();
    private final AtomicLong turns = new AtomicLong();
    /** Ends when the NAR that was asked for last was sent. */
    private final AtomicReference<CompletableFuture<Done>> lastNar = new AtomicReference<>(
            CompletableFuture.completedFuture(Done.getInstance()));
    private volatile boolean closed;

    NarsInTurn(Clients.Client client) {
        this.client = client;
    }

    /** Whose they are. */
    Clients.Client client() {
        return client;
    }

    /** Whether one is wanted that was not sent. */
    boolean isAnyWanted() {
        return !pending.isEmpty();
    }

    /**
     * Begins with a NAR when the one before it was sent. To be called in the order of the questions, in which answers are sent. When
     * the connection has ended nothing more is begun, and what is returned does not end.
     *
     * @param sent ends when this one was
     */
    <T> CompletionStage<T> inTurn(CompletableFuture<Done> sent, Supplier<CompletionStage<T>> begin) {
        long turn = turns.incrementAndGet();
        pending.put(turn, sent);
        var _ = sent.thenRun(() -> pending.remove(turn));
        if (closed) {
            sent.complete(Done.getInstance());
        }
        return lastNar.getAndSet(sent)
                .thenCompose(before -> closed ? new CompletableFuture<>() : Stages.begin(begin));
    }

    /** The connection has ended: none is wanted any more. */
    void end() {
        closed = true;
        pending.values().forEach(one -> one.complete(Done.getInstance()));
    }
}
