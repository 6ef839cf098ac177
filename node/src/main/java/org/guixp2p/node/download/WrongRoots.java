// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import org.guixp2p.persistence.reputation.Offence;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * What roots that peers vouched for cost a download once they prove wrong, and who answers for it. Part of the {@link Download}
 * actor, on its thread.
 */
final class WrongRoots {
    /** Besides one NAR, what of each root may be wrong though the rest is of use under the next. */
    private static final long MAX_WRONG_BYTES = (long) RootElection.MAX_FAILED_ROOTS * BlockLayout.BLOCK_BYTES;

    private final RootElection<Sha256, PeerId> election;
    private final BlockFetch blocks;
    private final long narBytes;
    private long wastedBytes;

    WrongRoots(RootElection<Sha256, PeerId> election, BlockFetch blocks, long narBytes) {
        this.election = election;
        this.blocks = blocks;
        this.narBytes = narBytes;
    }

    /** The NAR under the attempt's root was wrong: those who vouched for it are to blame. */
    void blame(Attempt wrong) {
        abandon(wrong);
        wrong.manifest().ifPresent(manifest -> election.fail(manifest.root())
                .forEach(id -> blocks.exclude(id, Offence.VOUCHED_WRONGLY, "the NAR it vouched for has another hash",
                        wrong)));
    }

    /** What there is of an attempt is of no use, unless it stands under the next root. */
    void abandon(Attempt attempt) {
        wastedBytes += Math.min(narBytes, attempt.scheduler().doneCount() * (long) BlockLayout.BLOCK_BYTES);
    }

    /** Some of what was thought wasted stands under the root that is followed now. */
    void reused(long bytes) {
        wastedBytes -= bytes;
    }

    /** The whole has its NarHash, and came under this attempt's root: whoever vouched for another one lied. */
    void proven(Attempt right) {
        right.ownManifest().ifPresent(manifest -> election.prove(manifest.root())
                .forEach(id -> blocks.exclude(id, Offence.VOUCHED_WRONGLY,
                        "the NAR has another root than it vouched for", right)));
    }

    /** Whether so much was wrong that the swarm is no longer worth asking. */
    boolean areTooMany() {
        return election.exhausted() || wastedBytes > narBytes + MAX_WRONG_BYTES;
    }
}
