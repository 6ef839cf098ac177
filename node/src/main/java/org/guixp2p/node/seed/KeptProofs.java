// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.protocol.item.NarHash;
import org.jspecify.annotations.Nullable;

/** Finds out of NARs that were {@link KeptEarlier kept earlier} whether they may be offered. Part of the {@link Seeds} actor, on its thread. */
final class KeptProofs {
    /** What is heard of that. */
    sealed interface Step extends Seeds.Proving {}

    /** One was looked at. */
    private record Looked(NarHash hash, Optional<Seeds.AddKept> proven, @Nullable Throwable failure) implements Step {}

    /** One was looked at of this node's own accord, which took so long. */
    private record LookedUnasked(Looked looked, Duration took) implements Step {}

    private record LookAtNext() implements Step {}

    private final ActorContext<Seeds.Command> context;
    private final KeptEarlier earlier;
    private final Catalogue catalogue;
    private final Executor disk;
    private final Consumer<Seeds.AddKept> offering;
    private final Consumer<Seeds.Question> answering;
    private boolean looking;

    /**
     * @param offering offers one that may be
     * @param answering answers what had to wait for that
     */
    KeptProofs(ActorContext<Seeds.Command> context, KeptEarlier earlier, Catalogue catalogue, Executor disk,
            Consumer<Seeds.AddKept> offering, Consumer<Seeds.Question> answering) {
        this.context = context;
        this.earlier = earlier;
        this.catalogue = catalogue;
        this.disk = disk;
        this.offering = offering;
        this.answering = answering;
    }

    void add(Seeds.AddKeptEarlier kept) {
        earlier.prover(kept.prover());
        for (Seeds.Unproven nar : kept.nars()) {
            Optional<Catalogue.Entry> there = catalogue.find(nar.nar().hash());
            if (there.isEmpty()) {
                earlier.add(nar);
            } else if (!(there.get().origin() instanceof NarOrigin.Kept)) {
                earlier.setAside(nar);
            }
        }
        lookAtAll();
    }

    void receive(Step step) {
        switch (step) {
            case Looked looked -> looked(looked);
            case LookAtNext _ -> lookAtNext();
            case LookedUnasked unasked -> {
                looked(unasked.looked());
                Duration pause = earlier.pause(unasked.took());
                if (pause.isZero()) {
                    lookAtNext();
                } else {
                    context.scheduleOnce(pause, context.getSelf(), new LookAtNext());
                }
            }
        }
    }

    void lookAtAll() {
        if (!looking) {
            looking = true;
            lookAtNext();
        }
    }

    /** Whoever looks for a NAR finds only those who are known to have it: that is not to wait until somebody asks here. */
    private void lookAtNext() {
        Optional<Seeds.Unproven> next = earlier.next();
        looking = next.isPresent();
        long begun = System.nanoTime();
        next.ifPresent(nar -> look(nar, looked -> new LookedUnasked(looked,
                Duration.ofNanos(System.nanoTime() - begun))));
    }

    /** Somebody asks for one. */
    void look(Seeds.Unproven nar) {
        look(nar, looked -> looked);
    }

    private void look(Seeds.Unproven nar, Function<Looked, Step> then) {
        context.pipeToSelf(CompletableFuture.supplyAsync(earlier.proof(nar), disk),
                (proven, failure) -> then.apply(
                        new Looked(nar.nar().hash(), proven == null ? Optional.empty() : proven, failure)));
    }

    /** What could not be found out is asked for in vain this time. */
    private void looked(Looked looked) {
        if (looked.failure() == null) {
            if (earlier.forget(looked.hash())) {
                looked.proven().ifPresent(offering);
            }
        } else {
            context.getLog().warn("kept NAR {} is not offered for now: {}", looked.hash().base32(),
                    String.valueOf(looked.failure().getMessage()));
        }
        earlier.lookedAt(looked.hash()).forEach(answering);
    }
}
