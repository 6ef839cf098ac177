// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Who of those that fetch the same NAR at the same time asks which blocks of the seeders: each block falls to the one for
 * whom a hash of both is the highest (D. Thaler, C. Ravishankar, "A Name-Based Mapping Scheme for Rendezvous", 1996). So they
 * agree without a word, and when one comes or goes only its own part moves. Who is done with its own helps where it comes second,
 * so that no two help with the same.
 */
final class Shares {
    private static final int RANKS = 3;

    private Shares() {}

    /**
     * The part of one of them, then what falls to it when the first does not fetch it, and then the second.
     *
     * @param blocks how many the NAR has
     */
    static List<BlockSet> of(PeerId self, Collection<PeerId> others, int blocks) {
        List<BlockSet> mine = Stream.generate(() -> BlockSet.none(blocks)).limit(RANKS).toList();
        long own = seed(self);
        long[] seeds = others.stream().filter(other -> !other.equals(self)).mapToLong(Shares::seed).toArray();
        for (int block = 0; block < blocks; block++) {
            int rank = rank(mix(own + block), seeds, block);
            if (rank < RANKS) {
                mine.get(rank).set(block);
            }
        }
        return mine;
    }

    private static int rank(long own, long[] seeds, int block) {
        int higher = 0;
        for (int i = 0; i < seeds.length && higher < RANKS; i++) {
            higher += mix(seeds[i] + block) > own ? 1 : 0;
        }
        return higher;
    }

    private static long seed(PeerId peer) {
        return ByteBuffer.wrap(peer.digest().bytes()).getLong();
    }

    /** The finalizer of SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014). */
    private static long mix(long value) {
        long first = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        long second = (first ^ (first >>> 27)) * 0x94d049bb133111ebL;
        return second ^ (second >>> 31);
    }
}
