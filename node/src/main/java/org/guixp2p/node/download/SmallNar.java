// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.PeerId;

/** One of the {@link SmallNars}, from the question until nobody reads it any more. Belongs to their actor. */
final class SmallNar {
    private final NarRequest request;
    private final PeerId peer;
    private final Begun begun;
    private final Tally tally;
    private final boolean hasOthers;
    private volatile boolean answered;
    private volatile boolean arrived;
    /** Those who were told before it was known whether it comes. */
    private final List<Reader> early = new ArrayList<>();
    private boolean waitedFor;
    private long waitedSinceNanos;
    private boolean hurried;
    private State state = State.ASKED;
    private long endedNanos;
    private Optional<PartialNar> file = Optional.empty();
    private int readers;
    private CompletableFuture<?> keeping = CompletableFuture.completedFuture(null);

    /** How far it is. */
    enum State {
        ASKED("blocks"),
        HERE("done"),
        GIVEN_UP("failed"),
        /** All have read it, or a download says how it goes on. */
        GONE("done");

        private final String word;

        State(String word) {
            this.word = word;
        }
    }

    /** One who was told before it was known whether it comes. */
    static final class Reader {
        private final boolean ahead;
        /** What it gets in the end: from the file that is here, or from the download that took over. */
        private final CompletableFuture<OpenedNar> opened = new CompletableFuture<>();

        private Reader(boolean ahead) {
            this.ahead = ahead;
        }

        boolean isAhead() {
            return ahead;
        }

        CompletableFuture<OpenedNar> opened() {
            return opened;
        }

        /** Needs nothing more of what it got, or gets. */
        void letGo() {
            var _ = opened.thenAccept(what -> what.release().run());
        }

        /**
         * What it is told at once.
         *
         * @param gone told, from any thread, that it needs no more of it
         */
        private OpenedNar promise(Consumer<Reader> gone) {
            return OpenedNar.promised(opened, () -> gone.accept(this));
        }
    }

    /** @param hasOthers whether other peers who are connected say that they have it, too */
    SmallNar(NarRequest request, PeerId peer, boolean hasOthers, Begun begun) {
        this.request = request;
        this.peer = peer;
        this.hasOthers = hasOthers;
        this.begun = begun;
        this.tally = new Tally(begun.trace(), new BlockLayout(request.size()));
        begun.trace().at(state.word);
    }

    NarRequest request() {
        return request;
    }

    /** Who was asked. */
    PeerId peer() {
        return peer;
    }

    /** Since when it is being fetched. */
    Begun begun() {
        return begun;
    }

    DownloadTrace trace() {
        return begun.trace();
    }

    boolean isAt(State asked) {
        return state == asked;
    }

    long askedNanos() {
        return begun.nanos();
    }

    /** Whether other peers say that they have it, too. */
    boolean hasOthers() {
        return hasOthers;
    }

    /** The peer has it, as it has said again; the block comes behind. From any thread. */
    void answered() {
        answered = true;
    }

    boolean isAnswered() {
        return answered;
    }

    /** The block is here; it is being verified. From any thread. */
    void arrived() {
        arrived = true;
    }

    boolean hasArrived() {
        return arrived;
    }

    /** Whether servers may be asked for it, too. */
    boolean hasServers() {
        return request.policy() == SubstitutePolicy.P2P_FIRST && !request.servers().isEmpty();
    }

    /** Whether somebody waits for it, and not only for the case that it is asked for. */
    boolean isWaitedFor() {
        return waitedFor;
    }

    /** Since when; only while it is. */
    long waitedSinceNanos() {
        return waitedSinceNanos;
    }

    /** Whether its question, which may wait to be asked with others, is to wait no longer; said once. */
    boolean isToHurry() {
        boolean now = waitedFor && !hurried;
        hurried |= now;
        return now;
    }

    /** The question waits for nothing. */
    void hurried() {
        hurried = true;
    }

    // Readers.

    /** One more reader, before it is known whether it comes; false when it has gone already. */
    boolean await(Downloads.Fetch fetch, Consumer<Reader> gone) {
        Reader reader = new Reader(fetch.ahead());
        if (!fetch.answer().complete(reader.promise(gone))) {
            return false;
        }
        early.add(reader);
        if (!waitedFor && !fetch.ahead()) {
            waitedFor = true;
            waitedSinceNanos = System.nanoTime();
        }
        return true;
    }

    /** Those who were told before it was known whether it comes. */
    List<Reader> early() {
        return List.copyOf(early);
    }

    /** One of them waits no longer; whether nobody does. */
    boolean leave(Reader reader) {
        early.remove(reader);
        waitedFor = early.stream().anyMatch(each -> !each.isAhead());
        return early.isEmpty();
    }

    /** One more reads what is here. */
    void reads() {
        readers++;
    }

    /** One less. */
    void hasRead() {
        readers--;
    }

    /** Whether nobody needs it any more. */
    boolean isOver() {
        return state == State.HERE && readers == 0 && keeping.isDone();
    }

    // What becomes of it.

    /** It is here, verified. */
    void came(PartialNar there, long nowNanos) {
        file = Optional.of(there);
        tally.received(peer.toString(), 0, request.size().bytes());
        become(State.HERE, nowNanos);
        begun.trace().over(status(nowNanos));
    }

    /** What the peer gave is something else. */
    void lied(String reason) {
        begun.trace().corrupt(peer, 0);
        begun.trace().excluded(peer, reason);
    }

    /** It has to be asked for again. */
    void requeued() {
        begun.trace().requeued(0, 1);
    }

    /** It does not come any more, since nobody wants it. */
    void givenUp(long nowNanos) {
        become(State.GIVEN_UP, nowNanos);
        begun.trace().ended(status(nowNanos));
    }

    /** It was here, and nobody needs it any more. */
    void over(long nowNanos) {
        begun.trace().ended(status(nowNanos));
        state = State.GONE;
    }

    /** It is a download's from now on, which has its trace, too. */
    void handedOver() {
        state = State.GONE;
    }

    private void become(State next, long nowNanos) {
        state = next;
        endedNanos = nowNanos;
        begun.trace().at(next.word);
    }

    /** Once it is here. */
    PartialNar file() {
        return file.orElseThrow();
    }

    /** It is being kept, until {@code work} is done. */
    void keeping(CompletableFuture<?> work) {
        keeping = work;
    }

    /** Completes when it is not being kept. */
    CompletableFuture<?> keeping() {
        return keeping;
    }

    /** As people see it. */
    TransferStatus status(long nowNanos) {
        boolean here = state == State.HERE;
        long until = state == State.ASKED ? nowNanos : endedNanos;
        return new TransferStatus(begun.trace().number(), request.path().path(), request.hash().toString(),
                request.size().bytes(), state.word, here ? request.size().bytes() : 0, (until - begun.nanos()) / 1e9, 1,
                tally.sources(), tally.blockMap(), 0, 0, 0, 0,
                state == State.GIVEN_UP ? "the download was stopped" : null);
    }
}
