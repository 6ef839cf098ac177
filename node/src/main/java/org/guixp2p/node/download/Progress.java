// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.guixp2p.api.TransferStatus;
import org.jspecify.annotations.Nullable;

/** How far one download has come: what it is at, and what became of it. Belongs to one actor. */
final class Progress {
    private final NarRequest request;
    private final Begun begun;
    private State state = State.PROVIDERS;
    private @Nullable String failure;
    private boolean ownFault;
    private long endedNanos;
    private final CompletableFuture<Boolean> whole = new CompletableFuture<>();
    private final CompletableFuture<Void> nearlyAllAsked = new CompletableFuture<>();

    /** What a download is at; the last two are for good. */
    enum State {
        PROVIDERS, BLOCKS, SERVERS, DONE, FAILED
    }

    Progress(NarRequest request, Begun begun) {
        this.request = request;
        this.begun = begun;
    }

    /** Who hears of all this. */
    DownloadTrace trace() {
        return begun.trace();
    }

    /** The next thing that it is at. */
    void at(State next) {
        state = next;
        begun.trace().at(word());
    }

    private String word() {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /** It has the NAR, verified. */
    void done() {
        end(State.DONE);
    }

    /**
     * It has come to nothing.
     *
     * @param own whether this machine is at fault
     */
    void failed(String reason, boolean own) {
        failure = reason;
        ownFault = own;
        end(State.FAILED);
    }

    private void end(State last) {
        endedNanos = System.nanoTime();
        at(last);
        nearlyAllAsked.complete(null);
        whole.complete(last == State.DONE);
    }

    /** Nobody wants it any more. */
    void stopped() {
        failure = failure == null ? "the download was stopped" : failure;
        nearlyAllAsked.complete(null);
        whole.complete(false);
    }

    /** What it asks for from now on is little. */
    void nearlyAllIsAsked() {
        nearlyAllAsked.complete(null);
    }

    /** Completes when little is left to ask for, or nothing more comes. */
    CompletionStage<Void> nearlyAllAsked() {
        return nearlyAllAsked.minimalCompletionStage();
    }

    /** Completes when nothing more comes: whether the NAR is there. */
    CompletionStage<Boolean> whole() {
        return whole.minimalCompletionStage();
    }

    boolean isAt(State asked) {
        return state == asked;
    }

    /** Whether peers have their turn. */
    boolean isAtPeers() {
        return state == State.PROVIDERS || state == State.BLOCKS;
    }

    boolean isOver() {
        return state == State.DONE || state == State.FAILED;
    }

    boolean isDone() {
        return state == State.DONE;
    }

    /** Whether it failed by a fault of this machine's. */
    boolean isOwnFault() {
        return ownFault;
    }

    /** Why it came to nothing; empty while it has not. */
    String failure() {
        return failure == null ? "" : failure;
    }

    /** As people see it. */
    TransferStatus status(Attempt attempt, PeerSide peers, Tally tally) {
        long until = isOver() ? endedNanos : System.nanoTime();
        return new TransferStatus(begun.trace().number(), request.path().path(), request.hash().toString(),
                request.size().bytes(),
                word(), attempt.verifiedBytes(), (until - begun.nanos()) / 1e9,
                peers.providers(attempt), tally.sources(), tally.blockMap(), peers.requeued(attempt),
                tally.corruptBlocks(),
                tally.duplicatedBytes(), tally.restarts(), failure);
    }
}
