// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.SwarmMessage;

/** What this node gives to peers. Whatever it answers may go to strangers. */
public interface Offers {
    /** Whether the NAR is offered. Fails when that is not known at the moment, which says neither yes nor no. */
    CompletionStage<Optional<Offer>> find(NarHash nar);

    /**
     * The bytes of a block. Fails, with whatever cause, when they are no longer there or cannot be read at the moment:
     * callers tell one from the other by asking {@link #find} again.
     *
     * @param root that of its offer: of a NAR that is here under several, which is meant
     */
    CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index);

    /** Like {@link #block}, when the block itself is given to nobody by that. */
    default CompletionStage<byte[]> peek(NarHash nar, Sha256 root, int index) {
        return block(nar, root, index);
    }

    /**
     * Which blocks are here of a NAR that is offered in part, at this moment; from any thread, at once.
     *
     * @param root under which it is offered
     * @return a set that does not change; empty when it is not offered so (any more)
     */
    default BitSet blocks(NarHash nar, Sha256 root) {
        return new BitSet();
    }

    /** A block that was read before is given once more without being read. */
    default void blockGivenAgain(NarHash nar) {}

    /**
     * A NAR as a file, for whoever gives much of it without looking at its bytes, and closes it. Empty when it does not lie here as one
     * file (any more), or when that all of it was seen to be right is not known, or too long ago: then it is to be had in blocks.
     *
     * @param root that of its offer
     */
    default CompletionStage<Optional<NarFile>> file(NarHash nar, Sha256 root) {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    /** The NAR's manifest, when it has been opened; takes and fails like {@link #block}. */
    CompletionStage<Manifest> manifest(NarHash nar, Sha256 root);

    /** The signed narinfo of an item that is offered, and public; at most {@link SwarmMessage.SignedNarinfo#MAX_TEXT} bytes. */
    default CompletionStage<Optional<byte[]>> narinfo(ItemKey item) {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    /**
     * A NAR that is offered.
     *
     * @param complete whether the whole is here and had its NarHash, so that this node vouches for the root
     */
    record Offer(NarSize size, Sha256 root, boolean complete) {}
}
