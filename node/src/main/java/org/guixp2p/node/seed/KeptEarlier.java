// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.guixp2p.protocol.item.NarHash;

/**
 * NARs that earlier runs kept: whether they may be given to others is found out when somebody asks for one, or else one after another
 * in the background, and until then nobody learns of them. To verify the signatures of a hundred thousand takes a minute. Part of the {@link Seeds}
 * actor, on its thread.
 */
final class KeptEarlier {
    /** Looking at them unasked takes this part of a processor, and not more: nobody waits for it. */
    private static final int PART = 4;
    private static final Duration AT_A_TIME = Duration.ofMillis(50);

    private final Map<NarHash, Seeds.Unproven> unproven = new HashMap<>();
    private final ByPath<Seeds.Unproven> byPath = new ByPath<>();
    /** Those whose NAR is offered from elsewhere: they are of use when it is not any more. */
    private final Map<NarHash, Seeds.Unproven> aside = new HashMap<>();
    /** Those that are to be looked at in any case; some were, and some are forgotten. */
    private final Deque<NarHash> next = new ArrayDeque<>();
    /** Questions about those that are being looked at. */
    private final Map<NarHash, List<Seeds.Question>> waiting = new HashMap<>();
    private Duration lookedFor = Duration.ZERO;
    private KeptProver prover = nar -> Optional.empty();

    /** @param other says from now on what may be given to others; nothing may, before there is one */
    void prover(KeptProver other) {
        prover = other;
    }

    void add(Seeds.Unproven nar) {
        Seeds.Unproven before = unproven.put(nar.nar().hash(), nar);
        if (before == null) {
            next.add(nar.nar().hash());
        } else {
            byPath.remove(before.path(), before);
        }
        byPath.add(nar.path(), nar);
    }

    /** Its NAR is offered from elsewhere. */
    void setAside(Seeds.Unproven nar) {
        aside.put(nar.nar().hash(), nar);
    }

    /**
     * A NAR is not offered from elsewhere any more.
     *
     * @return whether there is one of these to look at in its place
     */
    boolean takeBack(NarHash hash) {
        Seeds.Unproven nar = aside.remove(hash);
        if (nar != null) {
            add(nar);
        }
        return nar != null;
    }

    /** One of them, each once. */
    Optional<Seeds.Unproven> next() {
        while (!next.isEmpty()) {
            Seeds.Unproven nar = unproven.get(next.remove());
            if (nar != null) {
                return Optional.of(nar);
            }
        }
        return Optional.empty();
    }

    /**
     * Another one was kept in its place, or it is known by now whether it may be given to others.
     *
     * @return whether it was one of these
     */
    boolean forget(NarHash hash) {
        aside.remove(hash);
        Seeds.Unproven nar = unproven.remove(hash);
        if (nar != null) {
            byPath.remove(nar.path(), nar);
        }
        return nar != null;
    }

    /**
     * How long to leave the processor to others when looking at one of them took so long. Not at all most times: a pause after each
     * would be far longer than it, since timers are coarse.
     */
    Duration pause(Duration took) {
        lookedFor = lookedFor.plus(took);
        if (lookedFor.compareTo(AT_A_TIME) < 0) {
            return Duration.ZERO;
        }
        Duration pause = lookedFor.multipliedBy(PART - 1);
        lookedFor = Duration.ZERO;
        return pause;
    }

    /** Those of which nobody knows yet. */
    ByPath<Seeds.Unproven> all() {
        return byPath;
    }

    /** Whether a NAR is one of them. */
    boolean has(NarHash hash) {
        return unproven.containsKey(hash);
    }

    /**
     * Keeps a question until its NAR was looked at.
     *
     * @param look has the NAR looked at
     * @return whether it is one of these
     */
    boolean holdsUp(Seeds.Question question, Look look) {
        Seeds.Unproven nar = unproven.get(question.hash());
        if (nar == null) {
            return false;
        }
        List<Seeds.Question> those = waiting.get(question.hash());
        if (those == null) {
            waiting.put(question.hash(), new ArrayList<>(List.of(question)));
            look.at(nar);
        } else {
            those.add(question);
        }
        return true;
    }

    /** Finds out whether a NAR may be given to others; blocks, and throws what reading its narinfo throws. */
    Supplier<Optional<Seeds.AddKept>> proof(Seeds.Unproven nar) {
        KeptProver looking = prover;
        return () -> {
            try {
                return looking.look(nar.nar());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    /** The questions about a NAR that was looked at. */
    List<Seeds.Question> lookedAt(NarHash hash) {
        List<Seeds.Question> those = waiting.remove(hash);
        return those == null ? List.of() : those;
    }

    /** Begins to look at a NAR. */
    interface Look {
        void at(Seeds.Unproven nar);
    }
}
