// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.swarm.Manifest;

/** Gives what a node really has, but for what a test changes. */
abstract class Giving implements Offers {
    final Offers real;

    Giving(Offers real) {
        this.real = real;
    }

    @Override
    public CompletionStage<Optional<Offer>> find(NarHash nar) {
        return real.find(nar);
    }

    @Override
    public BitSet blocks(NarHash nar, Sha256 root) {
        return real.blocks(nar, root);
    }

    /** {@code peek} comes here too: what a test changes of blocks it changes of those that others lean on. */
    @Override
    public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
        return real.block(nar, root, index);
    }

    @Override
    public void blockGivenAgain(NarHash nar) {
        real.blockGivenAgain(nar);
    }

    @Override
    public CompletionStage<Optional<byte[]>> narinfo(ItemKey item) {
        return real.narinfo(item);
    }

    @Override
    public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
        return real.manifest(nar, root);
    }
}
