// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.guixp2p.persistence.mirrors.Mirrors;

/**
 * Where the rest of a file can be had that broke off: each place is tried once, that which broke off last, and not if it stalled. One
 * thread at a time.
 */
final class RestOfFile {
    private final NarOffer begun;
    private final long total;
    private final GoingOn goingOn;
    private final Asking asking;
    private final Deque<NarOffer> left = new ArrayDeque<>();
    private NarOffer last;

    /** Asks a server. */
    interface Asking {
        /**
         * Begins to ask for a part of a file.
         *
         * @param wanted is over when nobody wants it any more
         */
        CompletionStage<OpenNar.Wire> ask(NarOffer offer, Range range, CompletableFuture<NarAnswer> wanted);
    }

    /** @param total bytes of the whole file; 0 when that is not known, and then there is no rest */
    RestOfFile(NarOffer begun, long total, GoingOn goingOn, Mirrors mirrors, Asking asking) {
        this.begun = begun;
        this.last = begun;
        this.total = total;
        this.goingOn = goingOn;
        this.asking = asking;
        goingOn.elsewhere().stream()
                .filter(offer -> begun.isSameFileAs(offer) && !offer.server().equals(begun.server()))
                .filter(offer -> !mirrors.isOut(offer.server(), Mirrors.Use.NARS)).forEach(left::add);
        if (goingOn.again()) {
            left.add(begun);
        }
    }

    /** Whether it may be tried where the connection broke after so many bytes. */
    boolean isThere(long from, HttpFaultException why) {
        return from > 0 && from < total && left.stream().anyMatch(offer -> !hasStalled(offer, why));
    }

    /** One timeout is enough. */
    private boolean hasStalled(NarOffer offer, HttpFaultException why) {
        return why.fault() instanceof HttpFault.Stalled && offer.server().equals(last.server());
    }

    /** What follows the first {@code from} bytes; fails with {@code why} when nobody gives it. */
    CompletionStage<OpenNar.Wire> after(long from, HttpFaultException why, CompletableFuture<NarAnswer> wanted) {
        left.removeIf(offer -> hasStalled(offer, why));
        NarOffer next = left.poll();
        if (next == null || wanted.isDone()) {
            return CompletableFuture.failedFuture(why);
        }
        return asking.ask(next, new Range(from, total), wanted).thenApply(wire -> {
            last = next;
            if (!next.server().equals(begun.server())) {
                goingOn.told().accept(next);
            }
            return wire;
        }).exceptionallyCompose(failure -> after(from, why, wanted));
    }
}
