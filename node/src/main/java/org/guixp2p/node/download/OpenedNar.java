// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/**
 * A NAR that was opened, held until it was read or cancelled, and in the end whether all came.
 *
 * @param nearlyAllAsked completes when little of it is left to ask for, or nothing more comes
 * @param release lets go of it when it is not to be read; in place of {@code events}, and once
 * @param atOnce where it is there already and small, reads it; in place of {@code events} and {@code release}
 */
public record OpenedNar(Source<NarEvent, NotUsed> events, CompletionStage<?> nearlyAllAsked,
        CompletionStage<Boolean> whole,
        Runnable release, Optional<AtOnce> atOnce) {
    /** One that comes as a whole, or is here. */
    public OpenedNar(Source<NarEvent, NotUsed> events, CompletionStage<Boolean> whole, Runnable release,
            Optional<AtOnce> atOnce) {
        this(events, whole, whole, release, atOnce);
    }

    /** One of which nothing more comes. */
    public OpenedNar(Source<NarEvent, NotUsed> events, CompletionStage<Boolean> whole, Runnable release) {
        this(events, whole, release, Optional.empty());
    }

    /**
     * One of which it is known already that it is to be opened.
     *
     * @param gone run, from any thread, when it need not be opened any more; what is read lets go of itself
     */
    static OpenedNar promised(CompletionStage<OpenedNar> opened, Runnable gone) {
        AtomicBoolean read = new AtomicBoolean();
        Source<NarEvent, NotUsed> events = Source.completionStageSource(
                opened.thenApply(what -> what.events().mapMaterializedValue(notUsed -> {
                    read.set(true);
                    return notUsed;
                }))).watchTermination((later, done) -> {
                    done.whenComplete((ok, failure) -> {
                        if (!read.get()) {
                            gone.run();
                        }
                    });
                    return NotUsed.getInstance();
                });
        return new OpenedNar(events, opened.thenCompose(OpenedNar::whole), gone, Optional.empty());
    }

    /** Nothing comes. */
    static OpenedNar failed(String reason) {
        return new OpenedNar(Source.single(new NarEvent.Failed(reason)), CompletableFuture.completedFuture(false),
                () -> {});
    }

    /** Reads a NAR as a whole. */
    public interface AtOnce {
        /**
         * Reads it, unless so many read at the moment that nobody may have as much in memory: then nothing was done.
         *
         * @param taker takes all that a reader would see; it is memory until that is complete
         */
        Optional<CompletionStage<Done>> into(Function<List<NarEvent>, CompletionStage<Done>> taker);
    }
}
