// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestAssembler;
import org.guixp2p.protocol.swarm.ManifestPage;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Whom to ask for which page of which manifest, until one manifest is whole: no I/O, no clock of its own, one thread.
 *
 * <p>Roots are tried in the order of their standing. When a root's manifest makes no headway, others that vouch for it are
 * asked too, then relays that follow it, and the next root is tried beside it: who vouches for a root and withholds its
 * manifest costs time only.
 */
final class ManifestSearch {
    /** How long a page may take before somebody else, or for something else, is asked too. */
    static final long PATIENCE_MILLIS = 2_000;
    /** How long those who are asked one after another may take without any headway: many may have agreed to say nothing. */
    static final long LONGEST_MILLIS = 3 * PATIENCE_MILLIS;

    private final RootElection<Sha256, PeerId> election;
    private final NarSize size;
    private final int minProviders;
    private final Function<Sha256, List<PeerId>> relays;
    private final Map<Sha256, Trial> trials = new HashMap<>();

    /** What to ask of whom. */
    record Ask(PeerId peer, Sha256 root, int page) {}

    private static final class Trial {
        private final ManifestAssembler pages;
        /** Since when it makes no headway. */
        private long sinceMillis;
        /** Those who vouch have had their time once: for the next page relays need not wait for that again. */
        private boolean relaysToo;
        private final Map<PeerId, Long> asked = new HashMap<>();
        private final Map<PeerId, Long> notBefore = new HashMap<>();

        private Trial(ManifestAssembler pages, long nowMillis) {
            this.pages = pages;
            this.sinceMillis = nowMillis;
        }

        private boolean isOverdue(long nowMillis) {
            return nowMillis - sinceMillis >= PATIENCE_MILLIS;
        }

        /** Whether everybody who was asked has had his time, or all of them too much. */
        private boolean isExhausted(long nowMillis) {
            return isOverdue(nowMillis)
                    && (!awaits(asked.keySet(), nowMillis) || nowMillis - sinceMillis >= LONGEST_MILLIS);
        }

        /** Those who vouch come first: a relay has its turn when none of them may be asked, and nothing came for a while. */
        private Optional<PeerId> whom(Collection<PeerId> vouchers, Collection<PeerId> relays, long nowMillis) {
            Optional<PeerId> voucher = nextOf(vouchers, nowMillis);
            if (voucher.isPresent() || awaits(vouchers, nowMillis)) {
                return voucher;
            }
            relaysToo |= isOverdue(nowMillis);
            return relaysToo ? nextOf(relays, nowMillis) : Optional.empty();
        }

        private Optional<PeerId> nextOf(Collection<PeerId> peers, long nowMillis) {
            return awaits(peers, nowMillis)
                    ? Optional.empty()
                    : peers.stream().filter(peer -> !asked.containsKey(peer)
                            && notBefore.getOrDefault(peer, nowMillis) <= nowMillis).findFirst();
        }

        /** Whether one of these was asked a moment ago. */
        private boolean awaits(Collection<PeerId> peers, long nowMillis) {
            return peers.stream()
                    .anyMatch(peer -> nowMillis - asked.getOrDefault(peer, Long.MIN_VALUE / 2) < PATIENCE_MILLIS);
        }
    }

    /**
     * @param minProviders how many peers must vouch for a root before it is worth a try
     * @param relays those who follow a root: what they give of its manifest is as good as what others give
     */
    ManifestSearch(RootElection<Sha256, PeerId> election, NarSize size, int minProviders,
            Function<Sha256, List<PeerId>> relays) {
        this.election = election;
        this.size = size;
        this.minProviders = minProviders;
        this.relays = relays;
    }

    private List<Sha256> candidates() {
        return election.ranked().stream().filter(root -> election.vouchersFor(root).size() >= minProviders)
                .limit(RootElection.MAX_FAILED_ROOTS).toList();
    }

    /** Whether any root is worth a try. */
    boolean hasCandidates() {
        return !candidates().isEmpty();
    }

    /** What is to be asked now; it counts as asked from here on. */
    List<Ask> next(long nowMillis) {
        List<Sha256> candidates = candidates();
        trials.keySet().retainAll(candidates);
        List<Ask> asks = new ArrayList<>();
        for (Sha256 root : candidates) {
            Trial trial = trials.computeIfAbsent(root, r -> new Trial(new ManifestAssembler(r, size), nowMillis));
            if (trial.pages.firstMissing().isEmpty()) {
                continue;
            }
            trial.whom(election.vouchersFor(root), relays.apply(root), nowMillis).ifPresent(peer -> {
                trial.asked.put(peer, nowMillis);
                asks.add(new Ask(peer, root, trial.pages.firstMissing().orElse(0)));
            });
            if (!trial.isOverdue(nowMillis)) {
                break;
            }
        }
        return asks;
    }

    /** Whether every root worth a try has had its time, and those who were asked for it theirs. */
    boolean isExhausted(long nowMillis) {
        return candidates().stream().map(trials::get)
                .allMatch(trial -> trial != null && trial.isExhausted(nowMillis));
    }

    /**
     * The manifest to follow, when it is whole. One whose root stands less well than another waits until that one has had its
     * time: who is quick does not win against those who are many.
     */
    Optional<Manifest> whole(long nowMillis) {
        for (Sha256 root : candidates()) {
            Trial trial = trials.get(root);
            if (trial != null && trial.pages.firstMissing().isEmpty()) {
                return Optional.of(trial.pages.manifest());
            }
            if (trial == null || !trial.isOverdue(nowMillis)) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** Whether the manifest of a root is being put together. */
    boolean tries(Sha256 root) {
        return trials.containsKey(root);
    }

    /**
     * A page has come from somebody who was asked for it, or who vouches for the root.
     *
     * @return the manifest to follow, as {@link #whole} has it
     * @throws FormatException when it is no page of that manifest
     */
    Optional<Manifest> received(PeerId peer, Sha256 root, ManifestPage page, long nowMillis) throws FormatException {
        Trial trial = trials.get(root);
        if (trial == null || (trial.asked.remove(peer) == null && !election.vouchersFor(root).contains(peer))) {
            return Optional.empty();
        }
        trial.pages.accept(page);
        trial.sinceMillis = nowMillis;
        return whole(nowMillis);
    }

    /** Those who were asked for a page that has not come. */
    Set<PeerId> asked() {
        Set<PeerId> asked = new HashSet<>();
        trials.values().forEach(trial -> asked.addAll(trial.asked.keySet()));
        return asked;
    }

    /** The peer gives it later. */
    void busy(PeerId peer, Sha256 root, long untilMillis) {
        Trial trial = trials.get(root);
        if (trial != null && trial.asked.remove(peer) != null) {
            trial.notBefore.put(peer, untilMillis);
        }
    }

    /** What the peer was asked for is not waited for any more. */
    void forget(PeerId peer) {
        trials.values().forEach(trial -> trial.asked.remove(peer));
    }

    /** Forgets every page, and what was asked. */
    void clear() {
        trials.clear();
    }
}
