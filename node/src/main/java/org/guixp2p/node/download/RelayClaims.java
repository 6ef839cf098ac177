// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
    /** Identities are free: of so many that have gone it is remembered what they did. */
    static final int MOST_GONE = 128;

    private final int blocks;
    private final Map<PeerId, Claim> claims = new HashMap<>();
    /** Of those who have gone, the last one last. */
    private final LinkedHashMap<PeerId, Conduct> gone = new LinkedHashMap<>();

    /** What a peer has done, whatever it claims. */
    private static final class Conduct {
        private int refusals;
        private int questions;
        private long askedNanos = -QUESTION_NANOS;

        private boolean isBlank() {
            return refusals == 0 && questions == 0;
        }
    }

    private static final class Claim {
        private final Conduct conduct;
        /** None while it claims nothing. */
        private @Nullable Sha256 root;
        private final BitSet has = new BitSet();
        private boolean news;

        private Claim(Conduct conduct) {
            this.conduct = conduct;
        }

        private boolean stands(Sha256 asked) {
            return Objects.equals(asked, root) && conduct.refusals < MOST_REFUSALS;
        }

        private boolean hasAll(int blocks) {
            return has.nextClearBit(0) >= blocks;
        }

        private boolean isDue(long nanos) {
            return news && conduct.questions < MOST_QUESTIONS && nanos - conduct.askedNanos >= QUESTION_NANOS;
        }

        private void asked(long nanos) {
            news = false;
            conduct.questions++;
            conduct.askedNanos = nanos;
        }

        private void takeBack() {
            conduct.refusals += REFUSALS_PER_CHANGE;
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
        Claim claim = claims.computeIfAbsent(peer, unknown -> new Claim(conduct(peer)));
        if (claim.root != null && !claim.root.equals(root)) {
            claim.takeBack();
        }
        claim.root = root;
        window.copyTo(claim.has);
        claim.news = true;
        return true;
    }

    private Conduct conduct(PeerId peer) {
        Conduct earlier = gone.remove(peer);
        return earlier == null ? new Conduct() : earlier;
    }

    /** Whether a peer says that it relays under a root, and may be believed. */
    boolean relays(PeerId peer, Sha256 root) {
        Claim claim = claims.get(peer);
        return claim != null && claim.stands(root);
    }

    /** Those who relay under a root. */
    List<PeerId> relaysOf(Sha256 root) {
        return those(claim -> claim.stands(root));
    }

    /** Those who relay under a root, and have not all of it. */
    List<PeerId> fetchersUnder(Sha256 root) {
        return those(claim -> claim.stands(root) && !claim.hasAll(blocks));
    }

    private List<PeerId> those(Predicate<Claim> wanted) {
        return claims.entrySet().stream().filter(each -> wanted.test(each.getValue())).map(Map.Entry::getKey).sorted()
                .toList();
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
        claim.conduct.refusals++;
        return claim.conduct.refusals >= MOST_REFUSALS;
    }

    /** Those who have all, and are to be asked now whether they vouch for it; they count as asked. */
    List<PeerId> toAsk(long nanos, Predicate<PeerId> vouches) {
        List<PeerId> due = those(claim -> claim.isDue(nanos) && claim.hasAll(blocks)).stream()
                .filter(vouches.negate()).toList();
        due.forEach(peer -> Objects.requireNonNull(claims.get(peer)).asked(nanos));
        return due;
    }

    /** It takes back all that it claimed, until it says so again. */
    void withdrawn(PeerId peer) {
        Claim claim = claims.get(peer);
        if (claim != null) {
            claim.takeBack();
        }
    }

    /** The peer is gone. When it comes back before very many others have gone too, what it has done still counts. */
    void gone(PeerId peer) {
        Claim claim = claims.remove(peer);
        if (claim == null || claim.conduct.isBlank()) {
            return;
        }
        if (gone.size() >= MOST_GONE) {
            gone.pollFirstEntry();
        }
        gone.put(peer, claim.conduct);
    }
}
