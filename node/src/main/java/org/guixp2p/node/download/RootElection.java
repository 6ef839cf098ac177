// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which manifest root a download follows while peers claim different ones.
 *
 * <p>A NAR's hash cannot verify one block, so peers vouch for a Merkle root; only the whole NAR tells whether it was
 * right. Identities are free, so what counts is from how many address groups a root is vouched for; the first seen wins a
 * tie. A root whose NAR proved wrong is out for good, and so is a peer that vouched for two.
 *
 * @param <R> a root
 * @param <P> a peer
 */
final class RootElection<R, P> {
    /** Roots that may fail before the swarm is given up. */
    static final int MAX_FAILED_ROOTS = 4;

    private final Map<R, Map<P, String>> vouchers = new LinkedHashMap<>();
    private final Map<P, R> claims = new HashMap<>();
    private final Set<R> failed = new HashSet<>();
    private final Set<P> contradictory = new HashSet<>();

    /**
     * A peer vouches for a root.
     *
     * @param addressGroup what stands for the peer's network: its /24 or /48
     * @return whether the claim counts; false for a root that failed, or a peer that contradicts itself
     */
    boolean vouch(P peer, String addressGroup, R root) {
        R earlier = claims.putIfAbsent(peer, root);
        if (earlier != null && !earlier.equals(root)) {
            withdraw(peer);
            contradictory.add(peer);
            return false;
        }
        if (failed.contains(root) || contradictory.contains(peer)) {
            return false;
        }
        vouchers.computeIfAbsent(root, r -> new HashMap<>()).put(peer, addressGroup);
        return true;
    }

    /** A peer is gone: its word counts no more for a choice that is still to be made, though it stays its word. */
    void withdraw(P peer) {
        vouchers.values().forEach(peers -> peers.remove(peer));
        vouchers.values().removeIf(Map::isEmpty);
    }

    /** The root with the best standing, if any peer stands for one that has not failed. */
    Optional<R> best() {
        return ranked().stream().findFirst();
    }

    /** All roots that peers stand for and that have not failed, the one with the best standing first. */
    List<R> ranked() {
        return vouchers.keySet().stream().sorted(Comparator.comparingInt(this::standing).reversed()).toList();
    }

    /** From how many address groups a root is vouched for. */
    int standing(R root) {
        return new HashSet<>(vouchers.getOrDefault(root, Map.of()).values()).size();
    }

    /** The peers that stand for {@code root}. */
    Collection<P> vouchersFor(R root) {
        return Set.copyOf(vouchers.getOrDefault(root, Map.of()).keySet());
    }

    /** The NAR under {@code root} did not have the hash it should have. Returns the peers to blame, those too that are gone. */
    Collection<P> fail(R root) {
        failed.add(root);
        vouchers.remove(root);
        return claimants(root::equals);
    }

    /** The NAR under {@code root} has its hash, and no NAR has two roots. Returns the peers that vouched for another. */
    Collection<P> prove(R root) {
        return claimants(claim -> !claim.equals(root));
    }

    private Collection<P> claimants(Predicate<R> claimed) {
        return claims.entrySet().stream().filter(claim -> claimed.test(claim.getValue())).map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether what the peer vouched for cannot be true: it failed, or the peer contradicts itself. */
    boolean isRefuted(P peer) {
        R claim = claims.get(peer);
        return contradictory.contains(peer) || (claim != null && failed.contains(claim));
    }

    /** Whether so many roots have failed that the swarm is no longer worth asking. */
    boolean exhausted() {
        return failed.size() >= MAX_FAILED_ROOTS;
    }
}
