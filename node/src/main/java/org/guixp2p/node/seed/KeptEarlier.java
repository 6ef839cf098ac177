// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.guixp2p.protocol.item.NarHash;

/**
 * NARs that earlier runs kept and nobody has asked for yet: whether they may be given to others is found out when somebody does,
 * and until then nobody learns of them. To verify the signatures of a hundred thousand takes a minute. Part of the {@link Seeds}
 * actor, on its thread.
 */
final class KeptEarlier {
    private final Map<NarHash, Seeds.Unproven> unproven = new HashMap<>();
    /** Questions about those that are being looked at. */
    private final Map<NarHash, List<Seeds.Question>> waiting = new HashMap<>();
    private KeptProver prover = nar -> Optional.empty();

    /** @param next says from now on what may be given to others; nothing may, before there is one */
    void prover(KeptProver next) {
        prover = next;
    }

    void add(Seeds.Unproven nar) {
        unproven.put(nar.nar().hash(), nar);
    }

    /**
     * Another one was kept in its place, or it is known by now whether it may be given to others.
     *
     * @return whether it was one of these
     */
    boolean forget(NarHash hash) {
        return unproven.remove(hash) != null;
    }

    Collection<Seeds.Unproven> all() {
        return unproven.values();
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
