// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.Collection;
import java.util.Collections;
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
import java.util.stream.Stream;

/**
 * Which manifest root a download follows while peers claim different ones.
 *
 * <p>A NAR's hash cannot verify one block, so peers vouch for a Merkle root; only the whole NAR tells whether it was
 * right. Identities are free, so what counts is from how many address groups a root is vouched for; the first seen wins a
 * tie. A root whose NAR proved wrong is out for good, and so is a peer that vouched for two.
 *
 * <p>A new peer's word always counts: of those who stood for something and left, only some are remembered. When these are too
 * many, the network that has most of them loses its oldest: none loses any while another has more. So the many of one network
 * push out each other, and not the few of another, who may be found out yet; and a liar that has its own forgotten saves a name
 * that it got for nothing.
 *
 * @param <R> a root
 * @param <P> a peer
 */
final class RootElection<R, P> {
    /** Roots that may fail before the swarm is given up. */
    static final int MAX_FAILED_ROOTS = 4;
    /** Of how many that were withdrawn it is remembered what they vouched for. */
    static final int MOST_GONE = 128;

    private final Map<R, Map<P, String>> vouchers = new LinkedHashMap<>();
    private final Map<P, Claim<R>> claims = new HashMap<>();
    /** Of those who were withdrawn, and not found out yet; the last one last. */
    private final Map<P, Claim<R>> gone = new LinkedHashMap<>();
    private final Set<R> failed = new HashSet<>();
    private final Set<P> contradictory = new HashSet<>();

    private record Claim<T>(T root, String addressGroup) {}

    /**
     * A peer vouches for a root.
     *
     * @param addressGroup what stands for the peer's network: its /24 or /48
     * @return whether the claim counts; false for a root that failed, or a peer that contradicts itself
     */
    boolean vouch(P peer, String addressGroup, R root) {
        Claim<R> back = gone.remove(peer);
        Claim<R> earlier = back == null ? claims.get(peer) : back;
        R first = earlier == null ? root : earlier.root();
        claims.put(peer, new Claim<>(first, addressGroup));
        if (!first.equals(root)) {
            contradictory.add(peer);
            dropVote(peer);
        }
        if (isRefuted(peer)) {
            return false;
        }
        vouchers.computeIfAbsent(root, r -> new HashMap<>()).put(peer, addressGroup);
        return true;
    }

    private void dropVote(P peer) {
        vouchers.values().forEach(peers -> peers.remove(peer));
        vouchers.values().removeIf(Map::isEmpty);
    }

    /**
     * A peer is gone: its word counts no more for a choice that is still to be made, though it stays its word. To be called for
     * every peer in the end, since what is kept of those who were not withdrawn has no bound.
     */
    void withdraw(P peer) {
        dropVote(peer);
        Claim<R> claim = claims.remove(peer);
        // Whoever was refuted has been named as such.
        if (!contradictory.remove(peer) && claim != null && !failed.contains(claim.root())) {
            remember(peer, claim);
        }
    }

    private void remember(P peer, Claim<R> claim) {
        if (gone.size() >= MOST_GONE) {
            forgetOne();
        }
        gone.put(peer, claim);
    }

    private void forgetOne() {
        Map<String, Integer> many = new HashMap<>();
        gone.values().forEach(claim -> many.merge(claim.addressGroup(), 1, Integer::sum));
        int most = Collections.max(many.values());
        gone.entrySet().stream().filter(each -> many.getOrDefault(each.getValue().addressGroup(), 0) == most)
                .findFirst().map(Map.Entry::getKey).ifPresent(gone::remove);
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
        Collection<P> liars = claimants(root::equals);
        gone.keySet().removeAll(liars);
        return liars;
    }

    /** The NAR under {@code root} has its hash, and no NAR has two roots. Returns the peers that vouched for another. */
    Collection<P> prove(R root) {
        return claimants(claim -> !claim.equals(root));
    }

    private Collection<P> claimants(Predicate<R> claimed) {
        return Stream.of(claims, gone).flatMap(words -> words.entrySet().stream())
                .filter(word -> claimed.test(word.getValue().root())).map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether what the peer vouches for cannot be true: it failed, or the peer contradicts itself. */
    boolean isRefuted(P peer) {
        Claim<R> claim = claims.get(peer);
        return contradictory.contains(peer) || (claim != null && failed.contains(claim.root()));
    }

    /** Whether so many roots have failed that the swarm is no longer worth asking. */
    boolean exhausted() {
        return failed.size() >= MAX_FAILED_ROOTS;
    }
}
