// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;

/** Is honest, and notes which blocks it is asked for; those from one on it holds back until it is released. */
final class Holding extends Giving {
    private final Lies.Gate released = new Lies.Gate();
    private final Collection<Integer> asked = new ConcurrentLinkedQueue<>();
    private final int from;

    Holding(Offers real, int from) {
        super(real);
        this.from = from;
    }

    /** It gives all blocks from now on, those that it holds back too. */
    void release() {
        released.open();
    }

    /** The blocks that it was asked for since it was made, or since the last {@link #forget}. */
    List<Integer> asked() {
        return List.copyOf(asked);
    }

    void forget() {
        asked.clear();
    }

    @Override
    public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
        asked.add(index);
        CompletionStage<byte[]> block = real.block(nar, root, index);
        return index < from ? block : released.then(block);
    }
}
