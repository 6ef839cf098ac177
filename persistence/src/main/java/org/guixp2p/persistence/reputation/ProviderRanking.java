// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * The order in which peers that have the same thing are asked. Whoever is likely to give a block soonest comes first; but a part
 * of the places goes to those of whom nothing is known, or a good newcomer would never be found.
 */
final class ProviderRanking {
    /** One place in so many is for the unknown, as long as there are any. */
    static final int ONE_IN = 4;

    private ProviderRanking() {}

    /**
     * Best first.
     *
     * @param known what is remembered of each, as of now
     * @param banned whether it is refused now: such come last
     */
    static List<PeerId> rank(Collection<PeerId> peers, Function<PeerId, PeerRecord> known, Predicate<PeerId> banned,
            RandomGenerator random) {
        List<PeerId> shuffled = new ArrayList<>(peers);
        shuffle(shuffled, random);
        List<PeerId> refused = shuffled.stream().filter(banned).toList();
        List<PeerId> strangers = new ArrayList<>();
        List<PeerId> familiar = new ArrayList<>();
        for (PeerId peer : shuffled) {
            if (!banned.test(peer)) {
                (known.apply(peer).isKnown() ? familiar : strangers).add(peer);
            }
        }
        double usual = familiar.stream().map(known).filter(ProviderRanking::isMeasured)
                .mapToDouble(ProviderRanking::secondsPerBlock).average().orElse(1);
        ToDoubleFunction<PeerId> value = peer -> value(known.apply(peer), usual);
        familiar.sort(Comparator.comparingDouble(value).reversed());
        List<PeerId> ranked = mix(familiar, strangers, value, random);
        ranked.addAll(refused);
        return ranked;
    }

    /** Strangers stand where a peer of the middling kind would, and each place may be theirs by chance. */
    private static List<PeerId> mix(List<PeerId> familiar, List<PeerId> strangers, ToDoubleFunction<PeerId> value,
            RandomGenerator random) {
        List<PeerId> ranked = new ArrayList<>(familiar.size() + strangers.size());
        int nextFamiliar = 0;
        int nextStranger = 0;
        while (nextFamiliar < familiar.size() && nextStranger < strangers.size()) {
            boolean better = value.applyAsDouble(strangers.get(nextStranger)) > value
                    .applyAsDouble(familiar.get(nextFamiliar));
            ranked.add(better || random.nextInt(ONE_IN) == 0
                    ? strangers.get(nextStranger++)
                    : familiar.get(nextFamiliar++));
        }
        ranked.addAll(familiar.subList(nextFamiliar, familiar.size()));
        ranked.addAll(strangers.subList(nextStranger, strangers.size()));
        return ranked;
    }

    private static boolean isMeasured(PeerRecord known) {
        return known.rate() > 0 && known.latency() > 0;
    }

    private static double secondsPerBlock(PeerRecord known) {
        return known.latency() / 1000 + BlockLayout.BLOCK_BYTES / known.rate();
    }

    private static double value(PeerRecord known, double usual) {
        return known.score() / (isMeasured(known) ? secondsPerBlock(known) : usual);
    }

    private static void shuffle(List<PeerId> list, RandomGenerator random) {
        for (int i = list.size() - 1; i > 0; i--) {
            Collections.swap(list, i, random.nextInt(i + 1));
        }
    }
}
