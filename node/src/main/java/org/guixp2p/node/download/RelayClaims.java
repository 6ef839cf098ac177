// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockBits;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * What peers say that they have of a NAR and do not vouch for: one root a peer, the last that it named. No I/O, no clock, one
 * thread.
 */
final class RelayClaims {
    /** Blocks that a peer claimed and did not give, before it is no relay any more. */
    static final int MOST_REFUSALS = 32;
    /** What it costs to take all back, or to name another root: honest relays do so a few times. */
    static final int REFUSALS_PER_CHANGE = 4;
    /** How often a peer that has all is asked whether it vouches by now, and after how long again. */
    private static final int MOST_QUESTIONS = 16;
    private static final long QUESTION_NANOS = 1_000_000_000;

    private final int blocks;
    private final Map<PeerId, Claim> claims = new HashMap<>();

    private static final class Claim {
        /** None while it claims nothing; what it has done counts all the same. */
        private @Nullable Sha256 root;
        private final BitSet has = new BitSet();
        private int refusals;
        private boolean news;
        private int questions;
        private long askedNanos = -QUESTION_NANOS;

        private void drop() {
            root = null;
            has.clear();
            news = false;
        }
    }

    /** @param blocks how many the NAR has */
    RelayClaims(int blocks) {
        this.blocks = blocks;
    }

    /**
     * A peer says what it has.
     *
     * @return false when it speaks of blocks that there are not; nothing is noted then
     */
    boolean told(PeerId peer, Sha256 root, BlockBits window) {
        if (window.end() > blocks) {
            return false;
        }
        Claim claim = claims.computeIfAbsent(peer, unknown -> new Claim());
        if (!Objects.equals(root, claim.root)) {
            claim.refusals += claim.root == null ? 0 : REFUSALS_PER_CHANGE;
            claim.drop();
            claim.root = root;
        }
        window.copyTo(claim.has);
        claim.news = true;
        return true;
    }

    /** Whether a peer says that it relays under a root, and may be believed. */
    boolean relays(PeerId peer, Sha256 root) {
        Claim claim = claims.get(peer);
        return claim != null && Objects.equals(root, claim.root) && claim.refusals < MOST_REFUSALS;
    }

    /** Those who relay under a root. */
    List<PeerId> relaysOf(Sha256 root) {
        return claims.keySet().stream().filter(peer -> relays(peer, root)).sorted().toList();
    }

    /** Those who relay under a root, and have not all of it. */
    Collection<PeerId> fetchersUnder(Sha256 root) {
        return relaysOf(root).stream().filter(peer -> !hasAll(peer)).toList();
    }

    private boolean hasAll(PeerId peer) {
        Claim claim = claims.get(peer);
        return claim != null && claim.has.nextClearBit(0) >= blocks;
    }

    /** The blocks that a peer says it has. */
    BitSet blocks(PeerId peer) {
        Claim claim = claims.get(peer);
        return claim == null ? new BitSet() : (BitSet) claim.has.clone();
    }

    /**
     * It did not give a block that it claimed: it has it not, until it says so again.
     *
     * @return whether it has done so too often
     */
    boolean refused(PeerId peer, int block) {
        Claim claim = claims.get(peer);
        if (claim == null) {
            return false;
        }
        claim.has.clear(block);
        claim.refusals++;
        return claim.refusals >= MOST_REFUSALS;
    }

    /** Those who have all, and are to be asked now whether they vouch for it; they count as asked. */
    List<PeerId> toAsk(long nanos, Predicate<PeerId> vouches) {
        List<PeerId> due = claims.keySet().stream()
                .filter(peer -> hasAll(peer) && !vouches.test(peer) && isDue(peer, nanos)).sorted().toList();
        for (PeerId peer : due) {
            Claim claim = claims.get(peer);
            if (claim != null) {
                claim.news = false;
                claim.questions++;
                claim.askedNanos = nanos;
            }
        }
        return due;
    }

    private boolean isDue(PeerId peer, long nanos) {
        Claim claim = claims.get(peer);
        return claim != null && claim.news && claim.questions < MOST_QUESTIONS
                && nanos - claim.askedNanos >= QUESTION_NANOS;
    }

    /** It takes back all that it claimed, until it says so again. */
    void withdrawn(PeerId peer) {
        Claim claim = claims.get(peer);
        if (claim != null) {
            claim.refusals += REFUSALS_PER_CHANGE;
            claim.drop();
        }
    }

    /** The peer is gone. When it comes back, what it has done still counts. */
    void gone(PeerId peer) {
        Claim claim = claims.get(peer);
        if (claim != null) {
            claim.drop();
            if (claim.refusals == 0 && claim.questions == 0) {
                claims.remove(peer);
            }
        }
    }
}
