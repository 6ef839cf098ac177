// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.Manifest;

/** Gives what another gives, with something changed. */
class Changed implements Offers {
    final Offers real;

    Changed(Offers real) {
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

    @Override
    public CompletionStage<byte[]> block(NarHash nar, Sha256 root, int index) {
        return real.block(nar, root, index);
    }

    @Override
    public CompletionStage<Manifest> manifest(NarHash nar, Sha256 root) {
        return real.manifest(nar, root);
    }
}
